"""Calibration of the blend for each label alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from models.calibration import calibration_line, reliability_curve
from models.metrics import calibration_error
from pipeline.calibration_tables import interval_width
from pipeline.evaluate import DIGITS
from pipeline.params import Params
from pipeline.subset_scores import SubsetScores

# a label has a tenth of the decisions: wider bins, so that dots are not noise
WIDER = 2


def label_calibration(scores: SubsetScores, params: Params) -> pl.DataFrame:
    """Return one row a label.

    Returns
    -------
    DataFrame
        `label`, `positives`, `predicted` (mean probability), `observed` (share of runs
        with the label), `calibration_error`, `slope` and `intercept` of the calibration
        line with `_low` and `_high`. Null where no line can be fitted.
    """
    y, p, z = scores.scorer.y, scores.blend(scores.families), interval_width(params)
    runs, once = np.arange(len(y)), np.ones((1, len(y)))
    rows = []
    for k, label in enumerate(params.data.labels):
        line = calibration_line(y[:, k], p[:, k], runs)
        row: dict[str, Any] = {
            "label": label,
            "positives": int(y[:, k].sum()),
            "predicted": p[:, k].mean(),
            "observed": y[:, k].mean(),
            "calibration_error": calibration_error(y[:, k], p[:, k], once)[0],
        }
        for part, value, error in (
            ("slope", line.slope, line.slope_error),
            ("intercept", line.intercept, line.intercept_error),
        ):
            row |= {
                part: value,
                f"{part}_low": value - z * error,
                f"{part}_high": value + z * error,
            }
        rows.append(row)
    numbers = pl.selectors.float()
    return pl.DataFrame(rows).with_columns(numbers.round(DIGITS).fill_nan(None))


def label_curves(scores: SubsetScores, params: Params) -> pl.DataFrame:
    """Return the reliability curve of the blend for each label, one row a bin."""
    y, p, z = scores.scorer.y, scores.blend(scores.families), interval_width(params)
    bins = max(params.evaluate.reliability_bins // WIDER, 2)
    rows = [
        {"label": label, **row}
        for k, label in enumerate(params.data.labels)
        for row in reliability_curve(y[:, k], p[:, k], bins, z)
    ]
    return pl.DataFrame(rows).with_columns(pl.selectors.float().round(DIGITS))
