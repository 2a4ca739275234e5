"""The wavenumber axis of a detector: laser line, dispersion, curvature.

The laser line saturates some pixels: their middle is 0 cm-1. From there the wavelength
is a smooth monotone polynomial of the pixel (a grating is almost linear in wavelength),
and a wavelength is a Raman shift once the laser's is known:

    shift = 1e7 / laser - 1e7 / (laser + a (pixel - zero) + b (pixel - zero)^2)

with wavelengths in nm and shifts in cm-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NANOMETRE_PER_CENTIMETRE = 1e7
# a laser line lies in the first part of the detector
_LASER_SHARE = 0.05


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
