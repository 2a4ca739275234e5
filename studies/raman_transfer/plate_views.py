"""What the plate model reads: views of the counts, and where a sample stood.

On the labelled plate a band seems to grow less per g/L in later wells. Why is not
known: the reader may drift, or the pipetting, or the place stands for something else.
Taken as an input it lowers the cross-validated error. That the number in a sample's
name counts wells row by row is a presumption, too.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from models.spectrum_steps import SavitzkyGolay, StandardNormalVariate
from studies.raman_transfer.prepared import (
    LABELLED_PLATE,
    UNLABELLED_PLATES,
    Prepared,
)
from studies.raman_transfer.settings import PredictSettings

PLATE_COLUMNS = 12
_FEWEST_PIXELS = 50


def plate_views(prepared: Prepared, settings: PredictSettings) -> list[np.ndarray]:
    """Return the views of all samples of all plates, in their order.

    Each is the SNV of the first derivative of the mean of both replicates, on the
    detector's own pixels: an interpolated axis would blur them. (n_samples, n_pixels)
    """
    wavenumber = prepared.plate_wavenumber
    inside = (wavenumber >= settings.from_per_centimetre) & (
        wavenumber <= settings.to_per_centimetre
    )
    if inside.sum() < _FEWEST_PIXELS:
        inside = wavenumber >= prepared.grid_per_centimetre[0]
    counts = np.concatenate(
        [prepared.plate_counts(name) for name in (LABELLED_PLATE, *UNLABELLED_PLATES)]
    )
    return [
        StandardNormalVariate().fit_transform(
            SavitzkyGolay(window, 2, 1).fit_transform(counts)[:, inside]
        )
        for window in settings.windows_points
    ]


def position_inputs(prepared: Prepared, settings: PredictSettings) -> np.ndarray:
    """Return row and column of each sample, (n_samples, 2), or (n_samples, 0)."""
    number = np.concatenate(
        [prepared.plate_positions(n) for n in (LABELLED_PLATE, *UNLABELLED_PLATES)]
    )
    if not settings.use_position:
        return np.zeros((len(number), 0))
    return np.stack(np.divmod(number - 1, PLATE_COLUMNS), axis=1).astype(float)


def plate_members(settings: PredictSettings) -> list[tuple[int, str]]:
    """Return components and kernel of each Gaussian process of a view."""
    return list(product(settings.components, settings.kernels))
