"""Logarithms of prevalence and window areas, what linear and kernel models read."""

from __future__ import annotations

import numpy as np

# families of features
SOURCES = ("prevalence", "window_area")
# shares and areas below these are noise; without a floor their logarithm would rule
PREVALENCE_FLOOR = 1e-4
AREA_FLOOR = 1e-3


def log_input_columns(families: np.ndarray) -> np.ndarray:
    """Return the features behind the columns of `log_inputs`."""
    return np.concatenate([np.flatnonzero(families == name) for name in SOURCES])


def log_inputs(X: np.ndarray, families: np.ndarray) -> np.ndarray:
    """Return log10 of shares and areas, floored.

    Parameters
    ----------
    X : (n_runs, n_features)
        The feature table, NaN allowed.
    families : (n_features,) str
        Family of each feature.

    Returns
    -------
    (n_runs, n_inputs) in decades, NaN where the feature is missing.
    """
    share = np.maximum(X[:, families == SOURCES[0]], 0)
    # the area features are logarithms with a floor far below the noise
    area = 10.0 ** X[:, families == SOURCES[1]]
    return np.hstack([np.log10(share + PREVALENCE_FLOOR), np.log10(area + AREA_FLOOR)])
