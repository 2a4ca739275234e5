"""Area under each ion's curve within temperature windows, on a logarithmic scale."""

from __future__ import annotations

import numpy as np

from features.feature import FeatureBlock, window_features
from features.grid import EgaGrid
from features.windows import window_mean

# five decades below the largest value of a run lies the noise of both instruments
FLOOR = 1e-5


def window_area(grid: EgaGrid, window_edges_celsius: np.ndarray) -> FeatureBlock:
    """Return log10(mean abundance in the window + 1e-5); NaN where unobserved."""
    mean = window_mean(grid, window_edges_celsius)
    features = window_features(
        "window_area",
        grid.mz_values,
        window_edges_celsius,
        "log10(relative abundance)",
        "logarithm of the mean signal of the ion in the window",
    )
    return FeatureBlock(tuple(features), np.log10(mean + FLOOR).reshape(len(mean), -1))
