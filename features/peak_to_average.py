"""How far the tallest peak of each ion stands above its mean."""

from __future__ import annotations

import numpy as np

from features.area import total_area
from features.feature import FeatureBlock, ion_features
from features.grid import EgaGrid
from features.peak import tallest_cell


def peak_to_average(grid: EgaGrid) -> FeatureBlock:
    """Return largest abundance / mean abundance of each ion; NaN for absent ions."""
    n_observed = np.count_nonzero(~np.isnan(grid.abundance), axis=-1)
    average = total_area(grid) / grid.bin_width_celsius / np.maximum(n_observed, 1)
    ratio = tallest_cell(grid)[1] / np.where(average > 0, average, np.nan)
    features = ion_features(
        "peak_to_average",
        "peak_to_average",
        grid.mz_values,
        "ratio",
        "height of the tallest peak of the ion over its mean",
    )
    return FeatureBlock(tuple(features), ratio.astype(np.float32))
