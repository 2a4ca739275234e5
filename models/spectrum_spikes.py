"""Cosmic spikes: points that stand out in one spectrum, but in hardly any other."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

_MAD_TO_DEVIATION = 1.4826
NEIGHBOURS = 7
# a cosmic ray does not hit the same pixel in every fiftieth spectrum; a band does
LARGEST_SHARE = 0.02


def find_spikes(spectra: np.ndarray, threshold: float) -> np.ndarray:
    """Return (n_spectra, n_points) bool.

    A point is a spike if its height above the median of its neighbours differs, by
    `threshold` robust deviations, from that of the same point in other spectra. Points
    where more than 2 % of all spectra do so, and at least two, are bands. A sharp band
    such as that of sulfate would pass for a spike if each spectrum was seen alone.
    """
    above = spectra - median_filter(spectra, size=(1, NEIGHBOURS), mode="nearest")
    difference = above - np.median(above, axis=0)
    at_point = np.median(np.abs(difference), axis=0)
    # points that never vary, such as saturated ones, would make any change a spike
    in_spectrum = np.median(np.abs(difference), axis=1, keepdims=True)
    spread = _MAD_TO_DEVIATION * np.maximum(at_point, in_spectrum)
    high: np.ndarray = difference > threshold * np.maximum(spread, 1e-12)
    most = max(1, int(LARGEST_SHARE * len(spectra)))
    return high & (high.sum(axis=0) <= most)


def without_spikes(spectra: np.ndarray, spikes: np.ndarray) -> np.ndarray:
    """Return a copy with each spike on the line between the points beside it."""
    mended = np.array(spectra, dtype=np.float64)
    points = np.arange(spectra.shape[1])
    for row in np.flatnonzero(spikes.any(axis=1)):
        good = ~spikes[row]
        mended[row, ~good] = np.interp(points[~good], points[good], spectra[row, good])
    return mended
