"""Temperature of the tallest peak of each ion."""

from __future__ import annotations

import numpy as np

from features.feature import FeatureBlock, ion_features
from features.grid import EgaGrid
from features.peak import tallest_cell


def peak_temperature(grid: EgaGrid) -> FeatureBlock:
    """Return the middle of the tallest cell of each ion; NaN for absent ions."""
    index, height = tallest_cell(grid)
    temperature = grid.temperature_centres_celsius[index].astype(np.float32)
    features = ion_features(
        "peak_temperature",
        "peak_temperature",
        grid.mz_values,
        "celsius",
        "temperature at which the ion is most abundant",
    )
    return FeatureBlock(
        tuple(features), np.where(np.isnan(height), np.nan, temperature)
    )
