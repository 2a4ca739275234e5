"""An ion of an EGA-MS run as a spectrum: the abundance of one m/z over temperature.

Evolved gases come in peaks over temperature much as the synthetic spectra have peaks
over points. In this form an ion can be shown to the networks of this study, and the
zones of `models.zone_limits` describe where it has signal.
"""

from __future__ import annotations

import numpy as np


def ion_spectrum(
    temperature_celsius: np.ndarray,
    abundance: np.ndarray,
    *,
    low_celsius: float,
    high_celsius: float,
    points: int = 5000,
    background_quantile: float = 0.01,
) -> np.ndarray:
    """Return the ion on an even temperature axis, background out, maximum 1.

    Between scans the abundance is interpolated linearly; scans of the same temperature
    are averaged. Beyond the first and the last scan nothing was seen and the spectrum
    is 0, as it is everywhere if nothing rises above the background.

    Parameters
    ----------
    temperature_celsius : (n_scans,)
        In any order; a run's temperature may fall now and then.
    abundance : (n_scans,)
        Of one m/z, in any unit. Scans where it or the temperature is NaN are left out.
    low_celsius, high_celsius : float
        Temperatures of the first and of the last point.
    background_quantile : float
        Of the scans' abundances, in [0, 1).

    Returns
    -------
    (points,) float32 in 0..1

    Raises
    ------
    ValueError
        Lengths differ, no scan is left, or the axis has no length.
    """
    temperature = np.asarray(temperature_celsius, dtype=np.float64)
    signal = np.asarray(abundance, dtype=np.float64)
    if temperature.ndim != 1 or temperature.shape != signal.shape:
        raise ValueError(
            f"temperature_celsius {temperature.shape} and abundance {signal.shape} "
            "must have one dimension and the same length"
        )
    if not high_celsius > low_celsius or points < 2:
        raise ValueError(
            f"got {points} points from {low_celsius:g} to {high_celsius:g} celsius; "
            "expected at least 2, and high_celsius above low_celsius"
        )
    seen = np.isfinite(temperature) & np.isfinite(signal)
    if not seen.any():
        raise ValueError("got no scan with temperature and abundance; expected some")
    scans, place = np.unique(temperature[seen], return_inverse=True)
    means = np.bincount(place, signal[seen]) / np.bincount(place)
    means -= np.quantile(means, background_quantile, method="lower")
    axis = np.linspace(low_celsius, high_celsius, points)
    spectrum = np.interp(axis, scans, np.maximum(means, 0), left=0.0, right=0.0)
    largest = spectrum.max()
    if largest > 0:
        spectrum /= largest
    return spectrum.astype(np.float32)
