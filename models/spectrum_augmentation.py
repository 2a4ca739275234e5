"""Random changes of Raman spectra, for training only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.spectrum_resampling import shifted

_DRIFT_ORDER = 3


@dataclass(frozen=True)
class SpectrumAugmenter:
    """Changes of spectra of size near 1, each with a chance of its own.

    Attributes
    ----------
    noise, shift, smoothing, scaling, drift : float
        Chance of each change for a spectrum, 0 to 1.
    noise_height : float
        Largest standard deviation of the noise, in sizes.
    shift_points, smoothing_points : float
        Largest shift to either side; largest standard deviation of the Gaussian.
    scaling_share, drift_height : float
        Largest change of the scale; largest height of the polynomial drift.
    """

    noise: float
    shift: float
    smoothing: float
    scaling: float
    drift: float
    noise_height: float
    shift_points: float
    smoothing_points: float
    scaling_share: float
    drift_height: float

    def __call__(self, spectra: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return changed copies of (n_spectra, n_points); the input stays as it is."""
        changed = np.array(spectra, dtype=np.float64)
        n_spectra, n_points = changed.shape
        # all is drawn for all spectra, so that one chance does not move other draws
        chance = rng.random((5, n_spectra))
        size = rng.random((5, n_spectra))
        sign = np.where(rng.random(n_spectra) < 0.5, -1.0, 1.0)
        noise = rng.normal(size=changed.shape)
        coefficients = rng.normal(size=(n_spectra, _DRIFT_ORDER + 1))
        rows = chance[0] < self.shift
        moved = sign * size[0] * self.shift_points
        changed[rows] = shifted(changed[rows], moved[rows])
        for row in np.flatnonzero(chance[1] < self.smoothing):
            width = size[1, row] * self.smoothing_points
            changed[row] = gaussian_filter1d(changed[row], width, mode="nearest")
        rows = chance[2] < self.drift
        place = np.linspace(-1, 1, n_points)
        powers = np.polynomial.legendre.legvander(place, _DRIFT_ORDER)
        drift = coefficients @ powers.T / np.sqrt(_DRIFT_ORDER + 1)
        changed[rows] += self.drift_height * size[2, rows, None] * drift[rows]
        rows = chance[3] < self.scaling
        changed[rows] *= 1 + self.scaling_share * (2 * size[3, rows, None] - 1)
        rows = chance[4] < self.noise
        changed[rows] += self.noise_height * size[4, rows, None] * noise[rows]
        return changed
