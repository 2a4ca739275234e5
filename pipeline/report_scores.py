"""Scores of metrics.json as the importance page shows them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

MISSING = "–"
BASELINE = "prevalence"
# the family that the page explains, and the one that is submitted
EXPLAINED, BLEND = "gbt", "stack"


@dataclass(frozen=True)
class Score:
    """One number with its interval, ready to print; NaN where there is none."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan

    def __str__(self) -> str:
        return MISSING if math.isnan(self.value) else f"{self.value:.3f}"

    @property
    def interval(self) -> str:
        """Return "low–high", or an empty text."""
        if math.isnan(self.low) or math.isnan(self.high):
            return ""
        return f"{self.low:.3f}–{self.high:.3f}"


def score(metrics: Any, *path: str, name: str) -> Score:
    """Return a score from nested metrics; parts that are missing give NaN.

    >>> str(score({"stack": {"auc": 0.98765}}, "stack", name="auc"))
    '0.988'
    >>> str(score({}, "stack", name="auc"))
    '–'
    """
    for key in path:
        metrics = metrics.get(key) if isinstance(metrics, dict) else None
    values = metrics if isinstance(metrics, dict) else {}
    return Score(*(_number(values.get(name + end)) for end in ("", "_low", "_high")))


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def headline(metrics: dict[str, Any]) -> list[dict[str, str]]:
    """Return title, score, interval and note of the page's headline scores."""
    rows = [
        ("Blend, cross-validated", "out_of_fold", BLEND, "mean log-loss"),
        ("Blend, held-out runs", "holdout", BLEND, "mean log-loss"),
        ("Trees alone", "out_of_fold", EXPLAINED, "the model explained here"),
        ("Baseline", "out_of_fold", BASELINE, "knows only how common each is"),
    ]
    shown = []
    for title, part, family, note in rows:
        found = score(metrics, part, family, name="log_loss")
        if not math.isnan(found.value):
            shown.append(
                {
                    "title": title,
                    "value": str(found),
                    "interval": found.interval,
                    "note": note,
                }
            )
    return shown


def label_scores(metrics: dict[str, Any], label: str) -> dict[str, Any]:
    """Return cross-validated scores of one label: blend, or trees if there is none."""
    families = metrics.get("by_label", {}).get("out_of_fold", {})
    family = BLEND if BLEND in families else EXPLAINED
    loss = score(families, family, label, name="log_loss")
    baseline = score(families, BASELINE, label, name="log_loss")
    better = 1 - loss.value / baseline.value if baseline.value > 0 else math.nan
    return {
        "log_loss": loss,
        "baseline": baseline,
        "auc": score(families, family, label, name="auc"),
        "better": None if math.isnan(better) else better,
    }
