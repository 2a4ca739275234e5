"""What baselines and networks read: slopes of the prepared spectra.

Two forms of the same Savitzky-Golay derivative. Each spectrum by itself (SNV) is what a
chemist takes for one instrument. On several, SNV harms: it divides by what is largest
in a spectrum, which is background and glass, and differs between instruments. There the
slopes are centred and scaled by instrument; unlabelled spectra of the target are used,
its concentrations are not.
"""

from __future__ import annotations

import numpy as np

from models.instrument_scaling import scaled_by_instrument
from models.spectrum_steps import SavitzkyGolay, StandardNormalVariate
from studies.raman_transfer.prepared import Prepared
from studies.raman_transfer.settings import Settings


def snv_slopes(prepared: Prepared, window_points: int) -> np.ndarray:
    """Return SNV of the slope, every second point, (n_spectra, n_grid / 2)."""
    slope = SavitzkyGolay(window_points, 2, 1).fit_transform(prepared.spectra)
    return StandardNormalVariate().fit_transform(slope)[:, ::2]


def aligned_slopes(prepared: Prepared, window_points: int) -> np.ndarray:
    """Return the slope, centred and scaled by instrument, (n_spectra, n_grid)."""
    slope = SavitzkyGolay(window_points, 2, 1).fit_transform(prepared.spectra)
    return scaled_by_instrument(slope, prepared.instrument)


def network_inputs(prepared: Prepared, settings: Settings) -> np.ndarray:
    """Return what the network reads, (n_spectra, n_grid)."""
    return aligned_slopes(prepared, settings.compare.across_smoothing_points)


def across_views(prepared: Prepared, settings: Settings) -> list[np.ndarray]:
    """Return what PLS may choose from for an instrument that it has not seen."""
    narrow = settings.compare.smoothing_points
    wide = settings.compare.across_smoothing_points
    return [
        snv_slopes(prepared, narrow),
        snv_slopes(prepared, wide),
        aligned_slopes(prepared, narrow)[:, ::2],
        aligned_slopes(prepared, wide)[:, ::2],
    ]


def balance(source: np.ndarray) -> np.ndarray:
    """Return weights with which spectra of all sources are drawn equally often."""
    weights: np.ndarray = 1.0 / np.bincount(source)[source]
    return weights
