"""Shapes of peaks beyond the published Gaussian, all of the same width.

The width of a spectrum is the standard deviation of a Gaussian; other shapes get the
same full width at half maximum. Profiles are sampled at points and sum to one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import voigt_profile

# full width at half maximum of a Gaussian, in standard deviations
HALF_MAXIMUM = 2 * np.sqrt(2 * np.log(2))
# heavy tails are cut here, in standard deviations of the Gaussian of that width
LONG_REACH = 40.0

Profile = Callable[[np.ndarray, np.ndarray], np.ndarray]


def profile(shape: str, *, lorentzian_share: float, asymmetry: float) -> Profile:
    """Return the shape as a function of x (1, n_points) and widths (n_spectra, 1).

    Parameters
    ----------
    shape : {"gaussian", "lorentzian", "voigt", "asymmetric"}
    lorentzian_share : float
        Of a Voigt peak: 0 is a Gaussian, 1 a Lorentzian.
    asymmetry : float
        Right half width over left half width; their mean is that of the Gaussian.
    """

    def gaussian(x: np.ndarray, widths: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(-0.5 * (x / widths) ** 2))

    def lorentzian(x: np.ndarray, widths: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + (x / (widths * HALF_MAXIMUM / 2)) ** 2))

    def voigt(x: np.ndarray, widths: np.ndarray) -> np.ndarray:
        # Olivero and Longbothum 1977: full width of the sum, to 0.02 percent
        gaussian_part = 1 - lorentzian_share
        scale = 0.5346 * lorentzian_share + np.hypot(
            np.sqrt(0.2166) * lorentzian_share, gaussian_part
        )
        gamma = lorentzian_share * widths * HALF_MAXIMUM / 2
        return np.asarray(
            voigt_profile(x, gaussian_part * widths / scale, gamma / scale)
        )

    def asymmetric(x: np.ndarray, widths: np.ndarray) -> np.ndarray:
        left = 2 * widths / (1 + asymmetry)
        return gaussian(x, np.where(x < 0, left, asymmetry * left))

    shapes: dict[str, Profile] = {
        "gaussian": gaussian,
        "lorentzian": lorentzian,
        "voigt": voigt,
        "asymmetric": asymmetric,
    }
    return shapes[shape]


def kernels(form: Profile, widths: np.ndarray) -> np.ndarray:
    """Return (n_spectra, 2 * reach + 1) profiles centred on the middle column."""
    reach = int(np.ceil(LONG_REACH * widths.max()))
    x = np.arange(-reach, reach + 1, dtype=np.float64)[None, :]
    values = form(x, widths[:, None])
    return np.asarray(values / values.sum(axis=1, keepdims=True))
