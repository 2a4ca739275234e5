"""Concentrations for which spectra are generated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import qmc

ConcentrationSet = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def design(known: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Fill the box between the least and the largest concentrations evenly.

    A Latin hypercube: each analyte by itself takes `count` even steps. It knows nothing
    of how analytes go together.
    """
    unit = qmc.LatinHypercube(known.shape[1], rng=rng).random(count)
    low, high = known.min(axis=0), known.max(axis=0)
    return low + unit * (high - low)


def resampled(known: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw concentrations of training spectra, with replacement."""
    return known[rng.integers(len(known), size=count)]


def joint(known: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw from the joint distribution: a Gaussian kernel density, within the range.

    The kernel has the covariance of the data times the square of Scott's factor.
    """
    if len(known) < 2:
        return resampled(known, count, rng)
    rows, analytes = known.shape
    centred = known - known.mean(axis=0)
    factors = rng.standard_normal((count, rows)) / np.sqrt(rows - 1)
    kernel = (factors @ centred) * rows ** (-1 / (analytes + 4))
    drawn = resampled(known, count, rng) + kernel
    return np.clip(drawn, known.min(axis=0), known.max(axis=0))


CONCENTRATION_SETS: dict[str, ConcentrationSet] = {
    "design": design,
    "resampled": resampled,
    "joint": joint,
}
