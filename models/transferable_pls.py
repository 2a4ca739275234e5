"""PLS for an instrument that no training has seen.

Cross-validation within the training instruments would choose what tells these apart.
So each of them is left out in turn instead, to choose the preprocessing and the number
of components of each analyte: the choice meets the same question as the model.
"""

from __future__ import annotations

import numpy as np
from sklearn.cross_decomposition import PLSRegression

from models.pls_path import pls_path

COMPONENTS = tuple(range(2, 13))


def predict_other_instrument(
    views: list[tuple[np.ndarray, np.ndarray]],
    y: np.ndarray,
    instrument: np.ndarray,
) -> np.ndarray:
    """Return concentrations of new spectra, (n_new, n_analytes).

    Parameters
    ----------
    views : list of (training spectra, new spectra)
        The same spectra, preprocessed in different ways.
    y : (n_training, n_analytes)
    instrument : (n_training,) int
        At least two different ones.

    Raises
    ------
    ValueError
        There is one training instrument only.
    """
    names = np.unique(instrument)
    if len(names) < 2:
        raise ValueError(
            f"instrument: got {len(names)}; expected at least 2, to leave one out"
        )
    # no more than half of the solutions: the residual would become nothing
    fewest = min(len(np.unique(y[instrument != name], axis=0)) for name in names)
    components = [n for n in COMPONENTS if n <= max(2, fewest // 2)]
    error = np.zeros((len(views), len(components), y.shape[1]))
    for name in names:
        train, test = instrument != name, instrument == name
        for row, (X, _) in enumerate(views):
            found = pls_path(X[train], y[train], X[test], components)
            error[row] += ((found - y[test]) ** 2).mean(axis=1)
    columns = []
    for analyte in range(y.shape[1]):
        row, place = divmod(int(error[:, :, analyte].argmin()), len(components))
        train_spectra, new = views[row]
        model = PLSRegression(components[place], scale=False)
        columns.append(np.ravel(model.fit(train_spectra, y[:, analyte]).predict(new)))
    return np.stack(columns, axis=1)
