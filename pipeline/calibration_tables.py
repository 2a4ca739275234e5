"""Calibration of every family before and after the stacker, and of the blend.

After: for a family, the cross-fitted blend of it alone, which is a Platt scaling; for
the blend, the blend. Before: a family's own probabilities; for the blend, the plain
average of all families' logits. All labels are pooled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtri

from models.calibration import calibration_line, reliability_curve
from models.metrics import calibration_error
from pipeline.evaluate import DIGITS
from pipeline.params import Params
from pipeline.stack import NAME
from pipeline.subset_scores import SubsetScores

System = tuple[str, str, np.ndarray]


def systems(scores: SubsetScores) -> Iterator[System]:
    """Yield name, "before" or "after", and probabilities (n_runs, n_labels)."""
    for name in scores.families:
        yield name, "before", scores.alone(name)
        yield name, "after", scores.blend([name])
    yield NAME, "before", scores.average()
    yield NAME, "after", scores.blend(scores.families)


def calibration_table(scores: SubsetScores, params: Params) -> pl.DataFrame:
    """Return one row a system, before and after.

    Returns
    -------
    DataFrame
        `system`, `when`, `log_loss`, `calibration_error` (bins of equal size over all
        labels), `slope` and `intercept` of the calibration line; all but the error with
        `_low` and `_high`. Null where no line can be fitted.
    """
    y, z = scores.scorer.y, interval_width(params)
    runs = np.repeat(np.arange(len(y)), y.shape[1])
    once = np.ones((1, y.size))
    rows = []
    for name, when, p in systems(scores):
        line = calibration_line(y.ravel(), p.ravel(), runs)
        row: dict[str, Any] = {"system": name, "when": when}
        row |= scores.scorer.summary("log_loss", scores.losses(p))
        row["calibration_error"] = calibration_error(y.ravel(), p.ravel(), once)[0]
        for part, value, error in (
            ("slope", line.slope, line.slope_error),
            ("intercept", line.intercept, line.intercept_error),
        ):
            row[part] = value
            row[f"{part}_low"], row[f"{part}_high"] = (
                value - z * error,
                value + z * error,
            )
        rows.append(row)
    numbers = pl.selectors.float()
    return pl.DataFrame(rows).with_columns(numbers.round(DIGITS).fill_nan(None))


def curve_table(scores: SubsetScores, params: Params) -> pl.DataFrame:
    """Return the reliability curve of each system, one row a bin of probability."""
    y, z = scores.scorer.y.ravel(), interval_width(params)
    bins = params.evaluate.reliability_bins
    rows = [
        {"system": name, "when": when, **row}
        for name, when, p in systems(scores)
        for row in reliability_curve(y, p.ravel(), bins, z)
    ]
    return pl.DataFrame(rows).with_columns(pl.selectors.float().round(DIGITS))


def interval_width(params: Params) -> float:
    """Return how many standard errors an interval reaches to each side."""
    return float(ndtri((1 + params.evaluate.interval) / 2))
