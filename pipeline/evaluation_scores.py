"""Scores of metrics.json and of single folds, as the evaluation page shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline.ensemble_words import system_words
from pipeline.evaluation_figures import DotRow
from pipeline.report_scores import BASELINE, MISSING, Score, score
from pipeline.report_words import label_words
from pipeline.stability import Stability, folds_won
from pipeline.stack import NAME

# shown in this order; an interval of the calibration error would mislead: drawing runs
# anew adds to every bin's gap, so that it can lie above the error itself
METRICS = ("log_loss", "auc", "average_precision", "brier", "calibration_error")
WITHOUT_INTERVAL = "calibration_error"
ROLE = "out_of_fold"
Spreads = dict[tuple[str, str | None], Stability]


def scores_of(metrics: Any, *path: str) -> dict[str, Score]:
    """Return all metrics of one place in metrics.json."""
    found = {name: score(metrics, *path, name=name) for name in METRICS}
    found[WITHOUT_INTERVAL] = Score(found[WITHOUT_INTERVAL].value)
    return found


def ordered_systems(metrics: Any) -> list[str]:
    """Return the families from the highest log-loss to the lowest, then the blend."""
    losses = {
        name: score(metrics, ROLE, name, name="log_loss").value
        for name in metrics.get(ROLE, {})
        if name not in (BASELINE, NAME)
    }
    return [*sorted(losses, key=lambda name: (-losses[name], name)), NAME]


def system_rows(
    metrics: Any, spreads: Spreads, folds: pl.DataFrame
) -> list[dict[str, Any]]:
    """Return the rows of the table of families: scores, folds, repeats."""
    rows = []
    for name in ordered_systems(metrics):
        spread = spreads[name, None]
        losses = [loss for values in spread.values.values() for loss in values]
        won, of = folds_won(folds, name)
        rows.append(
            {
                "name": system_words(name),
                "blend": name == NAME,
                "scores": scores_of(metrics, ROLE, name),
                "repeats": ", ".join(f"{loss:.3f}" for loss in spread.repeats),
                "spread": number(spread.spread),
                "expected": number(spread.expected),
                "range": f"{min(losses):.3f}–{max(losses):.3f}",
                "won": MISSING if name == NAME else f"{won} of {of}",
            }
        )
    return rows


def system_dots(metrics: Any, spreads: Spreads) -> list[DotRow]:
    """Return the rows of the figure of families: all runs, and every fold."""
    return [
        dots(
            system_words(name),
            score(metrics, ROLE, name, name="log_loss"),
            fold_marks(spreads[name, None]),
            strong=name == NAME,
        )
        for name in ordered_systems(metrics)
    ]


def fold_marks(spread: Stability) -> list[tuple[float, str, str]]:
    """Return a mark a fold; repeats differ in shape."""
    return [
        (loss, f"repeat-{min(place, 1)}", f"repeat {repeat + 1}: {loss:.3f}")
        for place, (repeat, losses) in enumerate(spread.values.items())
        for loss in losses
    ]


def dots(
    name: str,
    value: Score,
    marks: Sequence[tuple[float, str, str]],
    *,
    strong: bool = False,
) -> DotRow:
    """Return a row of a figure; a score without interval is its own interval."""
    ends = [value.value if math.isnan(end) else end for end in (value.low, value.high)]
    return DotRow(name, value.value, ends[0], ends[1], marks, strong=strong)


def label_rows(
    metrics: Any, spreads: Spreads, labels: Sequence[str], n_runs: int
) -> list[dict[str, Any]]:
    """Return the rows of the table of compounds, the highest loss first."""
    rows = []
    for label in labels:
        scores = scores_of(metrics, "by_label", ROLE, NAME, label)
        baseline = score(metrics, "by_label", ROLE, BASELINE, label, name="log_loss")
        found = metrics["by_label"][ROLE][NAME][label]
        spread = spreads[NAME, label]
        better = 1 - scores["log_loss"].value / (baseline.value or math.nan)
        rows.append(
            {
                "id": label,
                "name": label_words(label),
                "positives": found["positives"],
                "share": f"{100 * found['positives'] / n_runs:.0f} %",
                "scores": scores,
                "baseline": str(baseline),
                "better": MISSING if math.isnan(better) else f"{100 * better:.0f} %",
                "spread": number(spread.spread),
                "expected": number(spread.expected),
            }
        )
    return sorted(rows, key=lambda row: -row["scores"]["log_loss"].value)


def label_dots(
    metrics: Any, labels: Sequence[dict[str, Any]], families: Sequence[str]
) -> list[DotRow]:
    """Return the rows of the figure of compounds: the blend, and each family."""
    by_label = metrics["by_label"][ROLE]
    return [
        dots(
            label["name"],
            label["scores"]["log_loss"],
            [
                (value, "family", f"{name}: {value:.3f}")
                for name in families
                if (value := by_label[name][label["id"]]["log_loss"]) is not None
            ],
            strong=True,
        )
        for label in labels
    ]


def instrument_rows(metrics: Any, minimum_runs: int) -> list[dict[str, Any]]:
    """Return the rows of the table of instruments, the most runs first."""
    by_instrument = metrics.get("by_instrument", {}).get(ROLE, {})
    found = by_instrument.get(NAME, {})
    rows = []
    for name, values in found.items():
        few = values["runs"] < minimum_runs
        scores = scores_of(by_instrument, NAME, name)
        if few:  # ranking hardly any positives says nothing
            scores |= {"auc": Score(), "average_precision": Score()}
        rows.append(
            {
                "name": name,
                "runs": values["runs"],
                "few": few,
                "scores": scores,
                "baseline": str(score(by_instrument, BASELINE, name, name="log_loss")),
            }
        )
    return sorted(rows, key=lambda row: (-row["runs"], row["name"]))


def number(value: float, digits: int = 3) -> str:
    """Return a number as it is printed, or a dash for none."""
    return MISSING if math.isnan(value) else f"{value:.{digits}f}"
