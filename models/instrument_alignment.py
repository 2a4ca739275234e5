"""Constant shifts between instruments, found from unlabelled spectra."""

from __future__ import annotations

import numpy as np

from models.slope_features import features
from models.spectrum_resampling import shifted

_STEP_POINTS = 0.25


def find_shift(
    spectra: np.ndarray, reference: np.ndarray, widest_points: float
) -> float:
    """Return by how many grid points `spectra` must move up to agree best.

    Parameters
    ----------
    spectra : (n_spectra, n_points)
    reference : (2, n_points)
        Mean and deviation of other instruments, see `slope_features.features`.
    widest_points : float
        Shifts up to this size are tried, in quarters of a point.
    """
    n_steps = int(widest_points / _STEP_POINTS)
    steps = _STEP_POINTS * np.arange(-n_steps, n_steps + 1)
    own = features(spectra)
    margin = int(np.ceil(widest_points)) + 1
    inner = slice(margin, own.shape[1] - margin)
    scores = []
    for step in steps:
        moved = shifted(own, np.full(len(own), step))
        scores.append(
            sum(
                np.corrcoef(a[inner], b[inner])[0, 1]
                for a, b in zip(moved, reference, strict=True)
            )
        )
    # of equal shifts the smallest
    order = np.lexsort((np.abs(steps), -np.round(scores, 12)))
    return float(steps[order[0]])
