"""Full width at half maximum of the tallest peak of each ion."""

from __future__ import annotations

import numpy as np

from features.feature import FeatureBlock, ion_features
from features.grid import EgaGrid
from features.peak import tallest_cell


def half_maximum_width(grid: EgaGrid) -> np.ndarray:
    """Return the width (celsius) between the half-height crossings, (n_runs, n_mz).

    Crossings are interpolated linearly between cells. A peak cut off by the end of the
    run is as wide as its visible part.
    """
    n = grid.abundance.shape[-1]
    abundance = np.nan_to_num(grid.abundance, nan=0.0)
    top, height = tallest_cell(grid)
    half = np.nan_to_num(height)[..., None] / 2
    cell = np.arange(n, dtype=np.int32)
    below = abundance < half
    left = np.where(below & (cell < top[..., None]), cell, -1).max(axis=-1)
    right = np.where(below & (cell > top[..., None]), cell, n).min(axis=-1)

    def crossing(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
        low = np.take_along_axis(abundance, outer.clip(0, n - 1)[..., None], -1)
        high = np.take_along_axis(abundance, inner.clip(0, n - 1)[..., None], -1)
        rise = np.where(high > low, high - low, 1)
        step = np.clip((half - low) / rise, 0, 1)
        # where the run ends, the peak ends with its last observed cell
        unobserved = np.isnan(
            np.take_along_axis(grid.abundance, outer.clip(0, n - 1)[..., None], -1)
        )
        return outer + (inner - outer) * np.where(unobserved, 0.5, step)[..., 0]

    start = np.where(left < 0, -0.5, crossing(left, left + 1))
    stop = np.where(right >= n, n - 0.5, crossing(right, right - 1))
    width = (stop - start) * grid.bin_width_celsius
    return np.where(np.isnan(height), np.nan, width).astype(np.float32)


def peak_width(grid: EgaGrid) -> FeatureBlock:
    """Return the full width at half maximum of each ion; NaN for absent ions."""
    features = ion_features(
        "peak_width",
        "peak_width",
        grid.mz_values,
        "celsius",
        "full width at half maximum of the tallest peak of the ion",
    )
    return FeatureBlock(tuple(features), half_maximum_width(grid))
