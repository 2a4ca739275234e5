"""The embedded set: Raman spectra of three analytes in water, by several instruments.

Bands of glucose, acetate and sulfate (literature positions, heights made up to scale)
over water and glass; each instrument has an axis, resolution, fluorescence, noise and
calibration error of its own. Concentrations act linearly, so that the truth is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# position cm-1, height per g/L, width cm-1 (standard deviation)
BANDS = {
    "glucose": (
        *((518, 0.05, 9), (911, 0.03, 9), (1065, 0.06, 10), (1125, 0.09, 11)),
        *((1366, 0.05, 12), (1460, 0.04, 11)),
    ),
    "sodium_acetate": (
        (650, 0.05, 8),
        (928, 0.20, 7),
        (1347, 0.06, 12),
        (1415, 0.1, 11),
    ),
    "magnesium_sulfate": ((450, 0.10, 11), (617, 0.08, 9), (981, 0.90, 5)),
}
WATER = ((1640, 6.0, 45), (3250, 30.0, 110), (3420, 28.0, 110))
GLASS = ((460, 3.0, 60), (800, 1.5, 30), (1050, 1.0, 60))
HIGHEST = np.array([12.0, 2.2, 2.8])
LOWEST = np.array([0.0, 0.0, 0.0])


@dataclass(frozen=True)
class Instrument:
    """How an instrument distorts spectra.

    Attributes
    ----------
    wavenumber : (n_points,) cm-1
    resolution_per_centimetre : float
        Standard deviation by which it widens bands.
    axis_error_per_centimetre : float
        True minus stated position.
    gain : float
        Counts per unit height.
    fluorescence : float
        Height of the background in units.
    noise : float
        Standard deviation in units.
    """

    wavenumber: np.ndarray
    resolution_per_centimetre: float
    axis_error_per_centimetre: float
    gain: float
    fluorescence: float
    noise: float


INSTRUMENTS = {
    "anton_532": Instrument(np.arange(200.0, 3501, 2), 3.0, 1.0, 300.0, 8.0, 0.03),
    "anton_785": Instrument(np.arange(100.0, 2301, 2), 4.0, -0.8, 100.0, 4.0, 0.02),
    "timegate": Instrument(np.linspace(200.9, 1997.7, 511), 6.0, 0.5, 1e-4, 0.5, 0.03),
}


def draw_concentrations(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n, 3) g/L, uniform over the ranges."""
    drawn: np.ndarray = LOWEST + (HIGHEST - LOWEST) * rng.random((n, 3))
    return drawn


def measure(
    concentrations: np.ndarray, instrument: Instrument, rng: np.random.Generator
) -> np.ndarray:
    """Return a spectrum of each row of concentrations, (n, n_points)."""
    true = instrument.wavenumber + instrument.axis_error_per_centimetre
    extra = instrument.resolution_per_centimetre
    shape = np.array([_bands(true, bands, extra) for bands in BANDS.values()])
    solvent = _bands(true, WATER, extra) + _bands(true, GLASS, extra)
    n = len(concentrations)
    fall = rng.uniform(0.8, 1.2, (n, 1)) * np.exp(-(true - true[0])[None] / 700)
    background = instrument.fluorescence * (0.3 + fall)
    spectra = concentrations @ shape + solvent + background
    spectra += instrument.noise * rng.normal(size=spectra.shape)
    measured: np.ndarray = instrument.gain * rng.uniform(0.9, 1.1, (n, 1)) * spectra
    return measured


def _bands(
    wavenumber: np.ndarray, bands: tuple[tuple[float, float, float], ...], extra: float
) -> np.ndarray:
    total = np.zeros(len(wavenumber))
    for position, height, width in bands:
        wide = np.hypot(width, extra)
        # the area stays: a blurred band is lower
        scale = height * width / wide
        total += scale * np.exp(-0.5 * ((wavenumber - position) / wide) ** 2)
    return total
