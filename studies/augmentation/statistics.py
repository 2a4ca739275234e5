"""Effects of augmentations: paired ratios of errors, with intervals.

A fold's log ratio of errors is averaged over repeats (and analytes); folds are the
sample. Training sets of folds overlap, so the variance of their mean is larger than
that of independent ones: Nadeau and Bengio, Machine Learning 52, 239 (2003), put
1/folds + test/train in place of 1/folds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

BASELINE = "none"
_CASE = ("phase", "data_set", "percent", "repeat", "regressor", "fold", "analyte")


@dataclass(frozen=True)
class Effect:
    """Relative change of an error and its 95 % interval, in percent; p is two-sided."""

    change: float
    low: float
    high: float
    p: float
    folds: int

    @property
    def verdict(self) -> str:
        """Return helps, harms or unclear: which side of zero the interval lies on."""
        if self.high < 0:
            return "helps"
        return "harms" if self.low > 0 else "unclear"


def log_ratios(
    scores: pl.DataFrame, error: str, baseline: str = BASELINE
) -> pl.DataFrame:
    """Return scores with column log_ratio: each row against the same case's baseline.

    Rows without an error, or whose baseline is missing, are left out.
    """
    base = scores.filter(pl.col("augmentation") == baseline).select(
        *_CASE, pl.col(error).alias("baseline_error")
    )
    joined = scores.filter(pl.col("augmentation") != baseline).join(
        base, on=list(_CASE), how="inner", maintain_order="left"
    )
    usable = (
        pl.col(error).is_finite()
        & pl.col("baseline_error").is_finite()
        & (pl.col(error) > 0)
        & (pl.col("baseline_error") > 0)
    )
    return joined.filter(usable).with_columns(
        (pl.col(error).log() - pl.col("baseline_error").log()).alias("log_ratio")
    )


def effects(
    ratios: pl.DataFrame, by: tuple[str, ...], test_over_train: float
) -> pl.DataFrame:
    """Return an effect for each group of `by`, in order of appearance.

    Parameters
    ----------
    ratios : DataFrame
        Of `log_ratios`.
    test_over_train : float
        Spectra of a test fold over those of its training folds.
    """
    rows = []
    for key, group in ratios.group_by(*by, maintain_order=True):
        folds = group.group_by("fold", maintain_order=True).agg(
            pl.col("log_ratio").mean()
        )
        effect = corrected_interval(folds["log_ratio"].to_numpy(), test_over_train)
        rows.append(
            dict(zip(by, key, strict=True))
            | {
                "change": effect.change,
                "low": effect.low,
                "high": effect.high,
                "p": effect.p,
                "folds": effect.folds,
                "repeats": group["repeat"].n_unique(),
                "verdict": effect.verdict,
            }
        )
    return pl.DataFrame(rows)


def corrected_interval(log_ratios: np.ndarray, test_over_train: float) -> Effect:
    """Return the effect of log ratios of folds, with the corrected 95 % interval."""
    count = len(log_ratios)
    mean = float(np.mean(log_ratios))
    if count < 2:
        return Effect(_percent(mean), -100.0, float("inf"), 1.0, count)
    variance = float(np.var(log_ratios, ddof=1)) * (1 / count + test_over_train)
    error = max(variance, 1e-24) ** 0.5
    half = float(stats.t.ppf(0.975, count - 1)) * error
    p = 2 * float(stats.t.sf(abs(mean) / error, count - 1))
    return Effect(
        _percent(mean), _percent(mean - half), _percent(mean + half), p, count
    )


def holm(p: np.ndarray) -> np.ndarray:
    """Return p adjusted for all of them being looked at (Holm, 1979)."""
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty(len(p))
    result[order] = np.minimum(adjusted, 1.0)
    return result


def _percent(log_ratio: float) -> float:
    return 100 * float(np.expm1(log_ratio))
