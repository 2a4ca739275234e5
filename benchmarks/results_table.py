"""Print the tables of docs/results.md from reports/metrics.json and ablation.csv.

python -m benchmarks.results_table [folder of reports]
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

NAMES = {"prevalence": "training prevalence", "stack": "blend"}
LAST = "stack"


def interval(score: dict[str, Any], metric: str = "log_loss") -> str:
    """Return a score with its interval, e.g. 0.145 (0.136-0.155)."""
    value, low, high = (float(score[f"{metric}{end}"]) for end in ("", "_low", "_high"))
    return f"{value:.4f} ({low:.3f}-{high:.3f})"


def difference(score: dict[str, str], metric: str) -> str:
    """Return a difference with its interval, or a dash where there is none."""
    if not score[metric]:
        return "-"
    value, low, high = (float(score[f"{metric}{end}"]) for end in ("", "_low", "_high"))
    return f"{value:.4f} ({low:.4f} to {high:.4f})"


def main() -> None:
    """Print overall, per-label, per-instrument and ablation tables as Markdown."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "reports")
    metrics = json.loads((folder / "metrics.json").read_text())
    for role in ("out_of_fold", "holdout"):
        if role in metrics:
            _print_role(metrics, role)
    with (folder / "ablation.csv").open() as file:
        _print_ablation(list(csv.DictReader(file)))


def _print_role(metrics: dict[str, Any], role: str) -> None:
    overall = metrics[role]
    systems = sorted(overall, key=lambda name: -overall[name]["log_loss"])
    print(f"\n### {role.replace('_', ' ')}\n")
    print(
        "| family | log-loss | each repeat alone | AUC | average precision | Brier "
        "| calibration error |"
    )
    print("|---|---|---|---|---|---|---|")
    for system in systems:
        score = overall[system]
        repeats = metrics["single_repeat_log_loss"].get(system, {}).values()
        print(
            f"| {NAMES.get(system, system)} | {interval(score)} | "
            f"{', '.join(f'{x:.4f}' for x in repeats)} | {score['auc']:.3f} | "
            f"{score['average_precision']:.3f} | {score['brier']:.4f} | "
            f"{score['calibration_error']:.4f} |"
        )
    columns = [system for system in systems if system != LAST]
    heads = " | ".join(columns)
    lines = "---|" * (len(columns) + 3)
    labels = metrics["by_label"][role]
    print(f"\n| compound | positives | {heads} | blend | AUC |\n|{lines}---|")
    for label, score in labels[LAST].items():
        others = " | ".join(f"{labels[s][label]['log_loss']:.3f}" for s in columns)
        auc = "-" if score["auc"] is None else f"{score['auc']:.3f}"
        print(
            f"| {label} | {score['positives']} | {others} | {interval(score)} | {auc} |"
        )
    instruments = metrics["by_instrument"][role]
    print(f"\n| instrument | runs | {heads} | blend |\n|{lines}")
    for name, score in instruments[LAST].items():
        others = " | ".join(f"{instruments[s][name]['log_loss']:.3f}" for s in columns)
        print(f"| {name} | {score['runs']} | {others} | {interval(score)} |")


def _print_ablation(rows: list[dict[str, str]]) -> None:
    print("\n| step | family | alone, recalibrated | blend so far | gain | missed |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['step']} | {row['family']} | {float(row['recalibrated']):.4f} | "
            f"{interval(row, 'blend')} | {difference(row, 'gain')} | "
            f"{difference(row, 'missed')} |"
        )


if __name__ == "__main__":
    main()
