"""Spectra of each instrument, centred and scaled by that instrument's own spectra.

Instruments differ in background and in what a g/L adds to it. Two numbers a point that
need no label take much of that away: the mean spectrum of an instrument, and the root
mean square of what is left. This presumes that each instrument has measured about the
same range of concentrations, and that all its spectra are there before the first is
predicted.
"""

from __future__ import annotations

import numpy as np

_SMALLEST = 1e-12


def scaled_by_instrument(spectra: np.ndarray, instrument: np.ndarray) -> np.ndarray:
    """Return spectra with mean 0 at each point and mean square 1 in each instrument.

    Parameters
    ----------
    spectra : (n_spectra, n_points)
    instrument : (n_spectra,) int
        Spectra of the same instrument share a number.
    """
    scaled = np.array(spectra, dtype=np.float64)
    for number in np.unique(instrument):
        rows = instrument == number
        scaled[rows] -= scaled[rows].mean(axis=0)
        size = np.sqrt((scaled[rows] ** 2).mean())
        scaled[rows] /= max(float(size), _SMALLEST)
    return scaled
