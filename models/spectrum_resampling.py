"""Spectra of any axis on a common one."""

from __future__ import annotations

import numpy as np


def resample(
    spectra: np.ndarray,
    wavenumber_per_centimetre: np.ndarray,
    grid_per_centimetre: np.ndarray,
) -> np.ndarray:
    """Return the spectra on another axis, by straight lines between points.

    Parameters
    ----------
    spectra : (n_spectra, n_points)
    wavenumber_per_centimetre : (n_points,) cm-1, strictly ascending
    grid_per_centimetre : (n_grid,) cm-1, inside the range of the axis

    Raises
    ------
    ValueError
        The axis does not ascend, or does not cover the grid; extrapolated points would
        look like measured ones.
    """
    axis, grid = wavenumber_per_centimetre, grid_per_centimetre
    if (np.diff(axis) <= 0).any():
        place = int(np.argmax(np.diff(axis) <= 0))
        raise ValueError(
            f"wavenumber axis: {axis[place + 1]:g} follows {axis[place]:g} cm-1; "
            "expected strictly ascending"
        )
    if grid[0] < axis[0] or grid[-1] > axis[-1]:
        raise ValueError(
            f"grid: got {grid[0]:g} to {grid[-1]:g} cm-1; expected inside the axis, "
            f"{axis[0]:g} to {axis[-1]:g} cm-1"
        )
    return np.array([np.interp(grid, axis, row) for row in spectra])


def shifted(spectra: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Move each spectrum by some points, fractions included; the ends are repeated.

    Parameters
    ----------
    spectra : (n_spectra, n_points)
    points : (n_spectra,)
        Positive moves bands to higher indices.
    """
    place = np.arange(spectra.shape[1])
    moved = np.empty(spectra.shape)
    for row, (spectrum, by) in enumerate(zip(spectra, points, strict=True)):
        moved[row] = np.interp(place - by, place, spectrum)
    return moved
