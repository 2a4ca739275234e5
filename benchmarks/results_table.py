"""Print the tables of docs/results.md from reports/metrics.json.

python -m benchmarks.results_table [metrics.json]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FAMILIES = {
    "prevalence": "training prevalence",
    "linear": "linear",
    "gbt": "gbt",
    "stack": "stack",
}


def interval(score: dict[str, Any], metric: str = "log_loss") -> str:
    """Return a score with its interval, e.g. 0.145 (0.136-0.155)."""
    value, low, high = (score[f"{metric}{end}"] for end in ("", "_low", "_high"))
    return f"{value:.4f} ({low:.3f}-{high:.3f})"


def main() -> None:
    """Print overall, per-label and per-instrument tables as Markdown."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "reports/metrics.json")
    metrics = json.loads(path.read_text())
    for role in ("out_of_fold", "holdout"):
        if role in metrics:
            _print_role(metrics, role)


def _print_role(metrics: dict[str, Any], role: str) -> None:
    print(f"\n### {role.replace('_', ' ')}\n")
    print("| family | log-loss | AUC | average precision | Brier | calibration error |")
    print("|---|---|---|---|---|---|")
    for family, name in FAMILIES.items():
        score = metrics[role][family]
        print(
            f"| {name} | {interval(score)} | {score['auc']:.3f} | "
            f"{score['average_precision']:.3f} | {score['brier']:.4f} | "
            f"{score['calibration_error']:.4f} |"
        )
    labels = metrics["by_label"][role]
    print("\n| compound | positives | prevalence | linear | gbt | stack | AUC |")
    print("|---|---|---|---|---|---|---|")
    for label, score in labels["stack"].items():
        others = " | ".join(
            f"{labels[family][label]['log_loss']:.3f}"
            for family in ("prevalence", "linear", "gbt")
        )
        auc = "-" if score["auc"] is None else f"{score['auc']:.3f}"
        print(
            f"| {label} | {score['positives']} | {others} | {interval(score)} | {auc} |"
        )
    instruments = metrics["by_instrument"][role]
    print("\n| instrument | runs | prevalence | linear | gbt | stack |")
    print("|---|---|---|---|---|---|")
    for name, score in instruments["stack"].items():
        others = " | ".join(
            f"{instruments[family][name]['log_loss']:.3f}"
            for family in ("prevalence", "linear", "gbt")
        )
        print(f"| {name} | {score['runs']} | {others} | {interval(score)} |")


if __name__ == "__main__":
    main()
