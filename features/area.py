"""Area under each ion's curve over the whole run."""

from __future__ import annotations

import numpy as np

from features.feature import FeatureBlock, ion_features
from features.grid import EgaGrid


def total_area(grid: EgaGrid) -> np.ndarray:
    """Integrate abundance over temperature, (n_runs, n_mz); NaN for absent ions."""
    observed = ~np.isnan(grid.abundance)
    total = np.where(observed, grid.abundance, 0).sum(axis=-1)
    area = total * np.float32(grid.bin_width_celsius)
    return np.where(observed.any(axis=-1), area, np.nan)


def area(grid: EgaGrid) -> FeatureBlock:
    """Return the area under each ion's curve."""
    features = ion_features(
        "area",
        "area",
        grid.mz_values,
        "relative abundance x celsius",
        "area under the curve of the ion",
    )
    return FeatureBlock(tuple(features), total_area(grid))
