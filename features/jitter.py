"""Jitter: the spread of successive differences of each ion."""

from __future__ import annotations

import numpy as np

from features.feature import FeatureBlock, ion_features
from features.grid import EgaGrid


def jitter(grid: EgaGrid) -> FeatureBlock:
    """Return the standard deviation of differences between neighbouring cells.

    NaN where an ion has fewer than two neighbouring observed cells.
    """
    difference = np.diff(grid.abundance, axis=-1)
    observed = ~np.isnan(difference)
    count = observed.sum(axis=-1)
    safe = np.maximum(count, 1)
    mean = np.where(observed, difference, 0).sum(axis=-1) / safe
    # two passes: mean square minus squared mean would lose a small spread on a slope
    deviation = np.where(observed, difference - mean[..., None], 0)
    spread = np.sqrt((deviation**2).sum(axis=-1) / safe)
    features = ion_features(
        "jitter",
        "jitter",
        grid.mz_values,
        "relative abundance",
        "standard deviation of the ion's successive differences",
    )
    spread = np.where(count > 1, spread, np.nan).astype(np.float32)
    return FeatureBlock(tuple(features), spread)
