"""The wavenumber axis of a detector whose file tells only counts.

The laser line saturates some pixels: their middle is 0 cm-1. From there the wavelength
is a smooth monotone polynomial of the pixel (a grating is almost linear in wavelength),
and a wavelength is a Raman shift once the laser's is known:

    shift = 1e7 / laser - 1e7 / (laser + a (pixel - zero) + b (pixel - zero)^2)

with wavelengths in nm and shifts in cm-1. The laser is one of the common ones; a, b and
a small correction of `zero` are those for which two spectra agree best with those of
instruments of known axis: the median first derivative, where water and glass show, and
the range of the derivative over samples, where only the analytes do. Concentrations
are not used. Several lasers may agree equally well; what decides then is that silicon
sees nothing beyond its band edge, so the last pixel must lie below it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.optimize import minimize
from scipy.signal import savgol_filter

from models.spectrum_resampling import resample
from models.spectrum_steps import StandardNormalVariate

LASERS_NANOMETRE = (532.0, 633.0, 785.0, 830.0)
_NANOMETRE_PER_CENTIMETRE = 1e7
# silicon is transparent beyond: no pixel of such a detector would count anything
SILICON_EDGE_NANOMETRE = 1110.0
_DISPERSIONS = np.linspace(0.05, 0.4, 176)
# a laser line lies in the first part of the detector
_LASER_SHARE = 0.05
_WINDOW_POINTS = 15
_WIDEST_CORRECTION_PIXELS = 6.0


@dataclass(frozen=True)
class DetectorAxis:
    """An axis that was found.

    Attributes
    ----------
    laser_nanometre : float
    zero_pixel : float
        Where the laser line lies.
    dispersion_nanometre : float
        a, nm per pixel.
    curvature_nanometre : float
        b, nm per pixel squared.
    correlation_mean, correlation_deviation : float
        How well the two spectra agree with the references, at most 1.
    """

    laser_nanometre: float
    zero_pixel: float
    dispersion_nanometre: float
    curvature_nanometre: float
    correlation_mean: float = np.nan
    correlation_deviation: float = np.nan

    def wavenumber(self, n_pixels: int) -> np.ndarray:
        """Return the shift of each pixel, (n_pixels,) cm-1."""
        pixel = np.arange(n_pixels) - self.zero_pixel
        wavelength = (
            self.laser_nanometre
            + self.dispersion_nanometre * pixel
            + self.curvature_nanometre * pixel**2
        )
        inverse = 1 / self.laser_nanometre - 1 / wavelength
        return _NANOMETRE_PER_CENTIMETRE * inverse


def laser_pixel(counts: np.ndarray, saturation: float) -> float:
    """Return the middle of the saturated pixels at the start of the detector.

    Parameters
    ----------
    counts : (n_spectra, n_pixels)
    saturation : float
        What a full pixel counts.

    Raises
    ------
    ValueError
        No pixel of the first twentieth is saturated in half of the spectra.
    """
    first = counts[:, : int(_LASER_SHARE * counts.shape[1])]
    full = np.flatnonzero((first >= saturation).mean(axis=0) >= 0.5)
    if not len(full):
        raise ValueError(
            "laser line: no pixel of the first twentieth of the detector is saturated "
            "in half of the spectra"
        )
    return float(full.mean())


def features(spectra: np.ndarray) -> np.ndarray:
    """Return mean and deviation of the derivative, each SNV: (2, n_points).

    Medians and a range of quantiles: no rare sample decides.
    """
    slope = savgol_filter(spectra, _WINDOW_POINTS, 2, deriv=1, axis=1)
    slope = StandardNormalVariate().fit_transform(slope)
    low, middle, high = np.quantile(slope, (0.1, 0.5, 0.9), axis=0)
    return StandardNormalVariate().fit_transform(np.stack([middle, high - low]))


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
    zero = laser_pixel(counts, saturation)
    wanted = np.mean([features(spectra) for spectra in references], axis=0)
    n_pixels = counts.shape[1]
    fitting = [
        axis
        for laser in LASERS_NANOMETRE
        for dispersion in _DISPERSIONS
        if _possible(
            axis := DetectorAxis(laser, zero, dispersion, 0.0),
            n_pixels,
            grid_per_centimetre,
        )
    ]
    if not fitting:
        raise ValueError(
            f"no dispersion from {_DISPERSIONS[0]:g} to {_DISPERSIONS[-1]:g} nm a "
            f"pixel puts {grid_per_centimetre[0]:g} to {grid_per_centimetre[-1]:g} "
            "cm-1 on a silicon detector"
        )

    def agreement(axis: DetectorAxis, pixels: np.ndarray, own: np.ndarray) -> float:
        wavenumber = axis.wavenumber(n_pixels)[pixels]
        if (np.diff(wavenumber) <= 0).any():
            return -2.0
        found = [np.interp(grid_per_centimetre, wavenumber, row) for row in own]
        # where only analytes show counts twice: backgrounds differ between instruments
        return float(
            np.corrcoef(found[0], wanted[0])[0, 1]
            + 2 * np.corrcoef(found[1], wanted[1])[0, 1]
        )

    # first features of all pixels that some axis may need, then of the needed ones
    start, best = fitting[0], -np.inf
    for axis in fitting:
        pixels = _needed(axis, n_pixels, grid_per_centimetre)
        score = agreement(axis, pixels, features(counts[::4, pixels]))
        if score > best:
            start, best = axis, score
    for _ in range(2):
        pixels = _needed(start, n_pixels, grid_per_centimetre)
        own = features(counts[:, pixels])
        start = _refined(start, partial(agreement, pixels=pixels, own=own))
    wavenumber = start.wavenumber(n_pixels)
    inside = np.arange(int(np.ceil(zero)) + 1, n_pixels)
    found = features(
        resample(counts[:, inside], wavenumber[inside], grid_per_centimetre)
    )
    agree = [float(np.corrcoef(a, b)[0, 1]) for a, b in zip(found, wanted, strict=True)]
    return replace(start, correlation_mean=agree[0], correlation_deviation=agree[1])


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
    start: DetectorAxis, agreement: Callable[[DetectorAxis], float]
) -> DetectorAxis:
    def axis_of(values: np.ndarray) -> DetectorAxis:
        # steps of similar effect: pixels, shares of a, nm at the 1,000th pixel
        return DetectorAxis(
            start.laser_nanometre,
            start.zero_pixel + values[0],
            start.dispersion_nanometre * (1 + 0.01 * values[1]),
            1e-6 * values[2],
        )

    def loss(values: np.ndarray) -> float:
        if abs(values[0]) > _WIDEST_CORRECTION_PIXELS:
            return 3.0
        return -agreement(axis_of(values))

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


def local_shifts(
    first: np.ndarray, second: np.ndarray, spacing: float, n_windows: int = 6
) -> np.ndarray:
    """Return how far windows of `second` lie above `first`, (n_windows,) cm-1.

    Parameters
    ----------
    first, second : (n_points,)
        Spectra such as those of `features`, on the same grid.
    spacing : float
        Between points, cm-1.
    """
    widest = round(10 / spacing)
    shifts = []
    for part in np.array_split(np.arange(len(first)), n_windows):
        inner = part[widest:-widest]
        scores = [
            np.corrcoef(first[inner], second[inner + lag])[0, 1]
            for lag in range(-widest, widest + 1)
        ]
        shifts.append(spacing * (int(np.argmax(scores)) - widest))
    return np.array(shifts)
