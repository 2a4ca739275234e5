"""The tallest peak of each ion: where it is, shared by the peak families."""

from __future__ import annotations

import numpy as np

from features.grid import EgaGrid


def tallest_cell(grid: EgaGrid) -> tuple[np.ndarray, np.ndarray]:
    """Return index and height of the largest cell of each ion, both (n_runs, n_mz).

    Height is NaN (and the index 0) for an ion that was never observed or is flat zero.
    """
    abundance = np.where(np.isnan(grid.abundance), -np.inf, grid.abundance)
    index = abundance.argmax(axis=-1)
    height = np.take_along_axis(abundance, index[..., None], axis=-1)[..., 0]
    return index, np.where(height > 0, height, np.nan).astype(np.float32)
