"""PLS with every number of components from one fit."""

from __future__ import annotations

import numpy as np
from sklearn.cross_decomposition import PLSRegression


def pls_path(
    X: np.ndarray, y: np.ndarray, new: np.ndarray, components: list[int]
) -> np.ndarray:
    """Return predictions of a PLS per analyte, (n_choices, n_new, n_analytes).

    Parameters
    ----------
    X, new : (n_spectra, n_points), (n_new, n_points)
    y : (n_spectra, n_analytes)
    components : list of int, ascending
        The choices.
    """
    found = np.empty((len(components), len(new), y.shape[1]))
    for analyte, target in enumerate(y.T):
        model = PLSRegression(components[-1], scale=False).fit(X, target)
        # the scores are independent: fewer components are the first of more
        terms = model.transform(new) * model.y_loadings_[0]
        path = target.mean() + np.cumsum(terms, axis=1)
        found[:, :, analyte] = path[:, np.array(components) - 1].T
    return found
