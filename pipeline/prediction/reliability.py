"""How often labelled runs with a probability like this one had the compound."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import ndtri

from pipeline.prediction.answer import Reliability

COVERAGE = 0.95


def reliability_of(
    table: pl.DataFrame, label: str, probability: float
) -> Reliability | None:
    """Return the bin that a probability falls into, with Wilson's interval.

    Parameters
    ----------
    table : DataFrame
        One row a label and bin: label, low, high, runs, positive.
    """
    for _, low, high, runs, positive in table.filter(
        pl.col("label") == label
    ).iter_rows():
        if low <= probability < high or probability == high == 1:
            observed = positive / runs if runs else float("nan")
            below, above = _wilson(positive, runs)
            return Reliability(low, high, observed, below, above, runs)
    return None


def _wilson(positive: int, runs: int) -> tuple[float, float]:
    if runs == 0:
        return float("nan"), float("nan")
    z = float(ndtri((1 + COVERAGE) / 2))
    share = positive / runs
    centre = (share + z**2 / (2 * runs)) / (1 + z**2 / runs)
    half = z * np.sqrt(share * (1 - share) / runs + (z / (2 * runs)) ** 2)
    half /= 1 + z**2 / runs
    return float(max(centre - half, 0.0)), float(min(centre + half, 1.0))
