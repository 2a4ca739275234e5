"""Sums and means over temperature windows, shared by the window families."""

from __future__ import annotations

import numpy as np

from features.grid import EgaGrid


def window_edges(low: float, high: float, width: float) -> np.ndarray:
    """Return edges low, low + width, ... up to and including high."""
    return low + width * np.arange(round((high - low) / width) + 1)


def window_mean(grid: EgaGrid, edges_celsius: np.ndarray) -> np.ndarray:
    """Mean abundance of each ion in each window, (n_runs, n_mz, n_windows).

    A cell belongs to the window that its centre lies in. NaN where a window holds no
    observed cell.
    """
    centres = grid.temperature_centres_celsius
    starts = np.searchsorted(centres, edges_celsius[:-1])
    stops = np.searchsorted(centres, edges_celsius[1:])
    shape = (*grid.abundance.shape[:2], len(starts))
    mean = np.full(shape, np.nan, dtype=np.float32)
    for window, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        cells = grid.abundance[:, :, start:stop]
        observed = ~np.isnan(cells)
        count = observed.sum(axis=-1)
        total = np.where(observed, cells, 0).sum(axis=-1)
        np.divide(total, count, out=mean[:, :, window], where=count > 0)
    return mean
