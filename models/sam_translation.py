"""A learnt translation of SAM runs to commercial ones, applied before prediction.

For each ion, mean and standard deviation of the logarithm of its abundance are those of
the SAM runs on one side and of commercial runs on the other; a SAM abundance moves from
the one normal distribution to the other (moment matching). It needs no labels and few
runs. Both sides should hold the same kind of sample: blanks against blanks, or the
signal of the richer side would be taken for the instrument.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# what a log-scaled network input sees as one and the same
FLOOR = 1e-4


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation of each ion's log10 abundance, both (n_mz,).

    NaN for an ion that is observed in fewer than two runs.
    """

    mean: np.ndarray
    deviation: np.ndarray


@dataclass(frozen=True)
class Translation:
    """Moments of SAM runs and of the commercial runs that they shall resemble."""

    source: Moments
    target: Moments
    largest_stretch: float


def fit_translation(
    sam: np.ndarray, commercial: np.ndarray, largest_stretch: float
) -> Translation:
    """Measure both sides.

    Parameters
    ----------
    sam, commercial : (n_runs, n_mz, n_cells)
        In shares of the run's maximum above background; NaN where not observed.
    largest_stretch : float
        At least 1. Deviations are matched by a factor between its inverse and it; 1
        moves the means alone.
    """
    return Translation(_moments(sam), _moments(commercial), largest_stretch)


def translate(shares: np.ndarray, translation: Translation) -> np.ndarray:
    """Return runs (n_runs, n_mz, n_cells) in commercial terms; NaN stays NaN.

    An ion whose moments are not known on both sides stays as it is.
    """
    source, target = translation.source, translation.target
    limit = translation.largest_stretch
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = target.deviation / source.deviation
    stretch = np.clip(np.where(np.isfinite(ratio), ratio, 1), 1 / limit, limit)
    level = np.log10(np.maximum(shares, 0) + FLOOR)
    change = target.mean - source.mean
    known = np.isfinite(change)
    moved = (
        np.nan_to_num(target.mean)[:, None]
        + (level - np.nan_to_num(source.mean)[:, None]) * stretch[:, None]
    )
    # as a difference, so that equal sides change nothing but the last digits
    added = np.where(known[:, None], 10**moved - 10**level, 0)
    return np.asarray(np.maximum(shares + added, 0), dtype=shares.dtype)


def _moments(shares: np.ndarray) -> Moments:
    seen = ~np.isnan(shares)
    level = np.where(seen, np.log10(np.maximum(np.nan_to_num(shares), 0) + FLOOR), 0)
    cells = seen.sum(axis=(0, 2))
    known = seen.any(axis=2).sum(axis=0) >= 2
    number = np.where(known, cells, 1)
    mean = level.sum(axis=(0, 2)) / number
    spread = np.where(seen, level - mean[:, None], 0) ** 2
    deviation = np.sqrt(spread.sum(axis=(0, 2)) / number)
    return Moments(
        np.where(known, mean, np.nan),
        np.where(known & (deviation > 0), deviation, np.nan),
    )
