"""Two spectra that tell an instrument's axis: what all samples share, what differs.

The median first derivative shows water and glass; the range of the derivative over
samples shows only what was dissolved.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import savgol_filter

from models.spectrum_steps import StandardNormalVariate

_WINDOW_POINTS = 15
_WIDEST_PER_CENTIMETRE = 10.0


def features(spectra: np.ndarray) -> np.ndarray:
    """Return mean and deviation of the derivative, each SNV: (2, n_points).

    Medians and a range of quantiles: no rare sample decides.
    """
    slope = savgol_filter(spectra, _WINDOW_POINTS, 2, deriv=1, axis=1)
    slope = StandardNormalVariate().fit_transform(slope)
    low, middle, high = np.quantile(slope, (0.1, 0.5, 0.9), axis=0)
    return StandardNormalVariate().fit_transform(np.stack([middle, high - low]))


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
    widest = round(_WIDEST_PER_CENTIMETRE / spacing)
    shifts = []
    for part in np.array_split(np.arange(len(first)), n_windows):
        inner = part[widest:-widest]
        scores = [
            np.corrcoef(first[inner], second[inner + lag])[0, 1]
            for lag in range(-widest, widest + 1)
        ]
        shifts.append(spacing * (int(np.argmax(scores)) - widest))
    return np.array(shifts)
