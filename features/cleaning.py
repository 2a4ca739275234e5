"""Raw grid -> clean grid: gaps filled, background out, every run on one scale.

Source: write-up of the 2nd place of the NASA / DrivenData Mars Spectrometry challenge
(each ion minus a low quantile of itself, the run divided by its largest value except
helium).
"""

from __future__ import annotations

import numpy as np

from features.grid import HELIUM_MZ, EgaGrid


def fill_gaps(abundance: np.ndarray) -> np.ndarray:
    """Interpolate linearly between observed cells of an ion; the ends stay NaN.

    Parameters
    ----------
    abundance : (n_runs, n_mz, n_temperatures)
        NaN marks unobserved cells.
    """
    n = abundance.shape[-1]
    observed = ~np.isnan(abundance)
    if observed.all():
        return abundance.copy()
    index = np.arange(n, dtype=np.int32)
    before = np.maximum.accumulate(np.where(observed, index, -1), axis=-1)
    after = np.minimum.accumulate(np.where(observed, index, n)[..., ::-1], axis=-1)
    after = after[..., ::-1]
    gap = ~observed & (before >= 0) & (after < n)
    filled = abundance.copy()
    run, ion, cell = np.nonzero(gap)
    left, right = before[gap], after[gap]
    weight = ((cell - left) / (right - left)).astype(abundance.dtype)
    filled[gap] = (
        abundance[run, ion, left] * (1 - weight) + abundance[run, ion, right] * weight
    )
    return filled


def subtract_background(abundance: np.ndarray, quantile: float) -> np.ndarray:
    """Subtract from each ion its own low quantile over temperature; clip at zero.

    Cells stay NaN where they were. Parameter `quantile` lies in [0, 1); the order
    statistic at floor(quantile * (n_observed - 1)) is used, without interpolation.
    """
    ordered = np.sort(abundance, axis=-1)  # NaN last
    n_observed = np.count_nonzero(~np.isnan(abundance), axis=-1)
    rank = np.floor(quantile * np.maximum(n_observed - 1, 0)).astype(np.intp)
    background = np.take_along_axis(ordered, rank[..., None], axis=-1)
    return np.maximum(abundance - background, 0)


def clean(
    grid: EgaGrid, background_quantile: float, carrier_mz: int = HELIUM_MZ
) -> EgaGrid:
    """Return the runs with gaps filled, background out and a maximum of 1.

    The carrier gas is set to NaN. A run without signal above its background stays 0.
    """
    abundance = subtract_background(fill_gaps(grid.abundance), background_quantile)
    abundance[:, grid.mz_values == carrier_mz] = np.nan
    largest = np.max(
        np.nan_to_num(abundance, nan=0.0), axis=(1, 2), keepdims=True, initial=0.0
    )
    abundance /= np.where(largest > 0, largest, 1)
    return grid.with_abundance(abundance)
