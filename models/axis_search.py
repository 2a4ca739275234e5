"""The axis of a detector whose file tells only counts, found from unlabelled spectra.

The laser is one of the common ones; dispersion, curvature and a small correction of the
laser's pixel are those for which the detector's spectra agree best with those of
instruments of known axis (`slope_features`). Concentrations are not used.

Bands alone hardly tell the laser: a wrong one bends the axis, and the curvature bends
it back. What tells it is that silicon sees nothing beyond its band edge, so that the
last pixel lies below it, and that of the lasers left the longest is the likely one:
instruments for solutions take it, because it excites the least fluorescence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.optimize import minimize

from models.detector_axis import DetectorAxis, laser_pixel
from models.slope_features import features
from models.spectrum_resampling import resample

LASERS_NANOMETRE = (532.0, 633.0, 785.0, 830.0)
# silicon is transparent beyond: no pixel of such a detector would count anything
SILICON_EDGE_NANOMETRE = 1110.0
_DISPERSIONS = np.linspace(0.05, 0.4, 176)
_WIDEST_CORRECTION_PIXELS = 2.0
# Agreement alone can't tell a bent axis from a straighter one by more than noise, and a
# grating is almost linear in wavelength: agreement lost to a curvature, in squares of
# the share by which it changes the wavelength at the last pixel
_STRAIGHTNESS = 3.0
# agreements (at most 3) that differ by less tell no laser from another
_EQUAL_AGREEMENT = 0.1
_COARSE_SPECTRA = 24


def recover_axis(
    counts: np.ndarray,
    saturation: float,
    references: list[np.ndarray],
    grid_per_centimetre: np.ndarray,
) -> DetectorAxis:
    """Find the axis.

    Parameters
    ----------
    counts : (n_spectra, n_pixels)
        Without spikes; pixels in ascending order of wavenumber.
    references : list of (n_spectra, n_grid)
        Spectra of instruments with known axes, on the grid.
    grid_per_centimetre : (n_grid,) cm-1, equidistant

    Raises
    ------
    ValueError
        There is no laser line, or no dispersion puts the grid on the detector.
    """
    zero, n_pixels = laser_pixel(counts, saturation), counts.shape[1]
    wanted = np.mean([features(spectra) for spectra in references], axis=0)
    score = partial(_agreement, n_pixels, grid_per_centimetre, wanted)
    found: list[tuple[float, DetectorAxis]] = []
    for laser in LASERS_NANOMETRE:
        starts = [
            axis
            for dispersion in _DISPERSIONS
            if _possible(
                axis := DetectorAxis(laser, zero, dispersion, 0.0),
                n_pixels,
                grid_per_centimetre,
            )
        ]
        if starts:
            found.append(_best(starts, counts, grid_per_centimetre, score))
    if not found:
        raise ValueError(
            f"no dispersion from {_DISPERSIONS[0]:g} to {_DISPERSIONS[-1]:g} nm a "
            f"pixel puts {grid_per_centimetre[0]:g} to {grid_per_centimetre[-1]:g} "
            "cm-1 on a silicon detector"
        )
    enough = max(agreement for agreement, _ in found) - _EQUAL_AGREEMENT
    axis = [axis for agreement, axis in found if agreement >= enough][-1]
    return _with_correlations(axis, counts, grid_per_centimetre, wanted)


def _best(
    starts: list[DetectorAxis],
    counts: np.ndarray,
    grid: np.ndarray,
    score: Callable[[DetectorAxis, np.ndarray, np.ndarray], float],
) -> tuple[float, DetectorAxis]:
    """Return the agreement of the best axis of one laser, and the axis."""
    n_pixels, zero = counts.shape[1], starts[0].zero_pixel
    # a few tell where to begin
    some = counts[:: max(1, len(counts) // _COARSE_SPECTRA)]
    coarse = []
    for axis in starts:
        pixels = _needed(axis, n_pixels, grid)
        coarse.append(score(axis, pixels, features(some[:, pixels])))
    axis = starts[int(np.argmax(coarse))]
    # a better axis needs other pixels
    for _ in range(2):
        pixels = _needed(axis, n_pixels, grid)
        own = features(counts[:, pixels])
        axis = _refined(axis, zero, _of_axis(score, pixels, own))
    return score(axis, pixels, own), axis


def _of_axis(
    score: Callable[[DetectorAxis, np.ndarray, np.ndarray], float],
    pixels: np.ndarray,
    own: np.ndarray,
) -> Callable[[DetectorAxis], float]:
    return lambda axis: score(axis, pixels, own)


def _agreement(
    n_pixels: int,
    grid: np.ndarray,
    wanted: np.ndarray,
    axis: DetectorAxis,
    pixels: np.ndarray,
    own: np.ndarray,
) -> float:
    wavenumber = axis.wavenumber(n_pixels)[pixels]
    if (np.diff(wavenumber) <= 0).any():
        return -2.0
    found = [np.interp(grid, wavenumber, row) for row in own]
    bent = axis.curvature_nanometre * n_pixels / axis.dispersion_nanometre
    # where only analytes show counts twice: backgrounds differ between instruments
    return float(
        np.corrcoef(found[0], wanted[0])[0, 1]
        + 2 * np.corrcoef(found[1], wanted[1])[0, 1]
        - _STRAIGHTNESS * bent**2
    )


def _with_correlations(
    axis: DetectorAxis, counts: np.ndarray, grid: np.ndarray, wanted: np.ndarray
) -> DetectorAxis:
    wavenumber = axis.wavenumber(counts.shape[1])
    inside = slice(int(np.ceil(axis.zero_pixel)) + 1, None)
    found = features(resample(counts[:, inside], wavenumber[inside], grid))
    agree = [float(np.corrcoef(a, b)[0, 1]) for a, b in zip(found, wanted, strict=True)]
    return replace(axis, correlation_mean=agree[0], correlation_deviation=agree[1])


def _possible(axis: DetectorAxis, n_pixels: int, grid: np.ndarray) -> bool:
    """Tell if the grid lies on the detector, and the detector in silicon's range."""
    wavenumber = axis.wavenumber(n_pixels)
    last = axis.laser_nanometre + axis.dispersion_nanometre * (n_pixels - 1)
    return bool(
        last <= SILICON_EDGE_NANOMETRE
        and wavenumber[-1] > grid[-1] + 100
        and (wavenumber <= grid[-1]).sum() > len(grid) / 10
    )


def _needed(axis: DetectorAxis, n_pixels: int, grid: np.ndarray) -> np.ndarray:
    wavenumber = axis.wavenumber(n_pixels)
    inside = (wavenumber >= grid[0] - 30) & (wavenumber <= grid[-1] + 30)
    return np.flatnonzero(inside)


def _refined(
    start: DetectorAxis, zero: float, agreement: Callable[[DetectorAxis], float]
) -> DetectorAxis:
    def axis_of(values: np.ndarray) -> DetectorAxis:
        # steps of similar effect: pixels, shares of a, nm at the 1,000th pixel
        return DetectorAxis(
            start.laser_nanometre,
            start.zero_pixel + values[0],
            start.dispersion_nanometre * (1 + 0.01 * values[1]),
            start.curvature_nanometre + 1e-6 * values[2],
        )

    def loss(values: np.ndarray) -> float:
        axis = axis_of(values)
        if abs(axis.zero_pixel - zero) > _WIDEST_CORRECTION_PIXELS:
            return 3.0
        return -agreement(axis)

    simplex = np.vstack([np.zeros(3), np.diag([1.5, 0.7, 3.0])])
    found = minimize(
        loss,
        np.zeros(3),
        method="Nelder-Mead",
        options={
            "initial_simplex": simplex,
            "maxfev": 250,
            "xatol": 1e-3,
            "fatol": 1e-6,
        },
    )
    return axis_of(found.x)
