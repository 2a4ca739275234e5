"""Prevalence: the share of each ion in the total signal of a temperature window.

Source: write-up of the 2nd place of the Mars Spectrometry challenge, which found it the
most useful family.
"""

from __future__ import annotations

import numpy as np

from features.feature import FeatureBlock, window_features
from features.grid import EgaGrid
from features.windows import window_mean


def prevalence(grid: EgaGrid, window_edges_celsius: np.ndarray) -> FeatureBlock:
    """Return the share of each ion per window; shares of a window sum to 1.

    NaN where the window is unobserved or holds no signal.
    """
    mean = window_mean(grid, window_edges_celsius)
    total = np.nansum(mean, axis=1, keepdims=True)
    share = mean / np.where(total > 0, total, np.nan)
    features = window_features(
        "prevalence",
        grid.mz_values,
        window_edges_celsius,
        "share",
        "share of the ion in the total signal of the window",
    )
    return FeatureBlock(tuple(features), share.reshape(len(share), -1))
