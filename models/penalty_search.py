"""The penalty of each label's logistic regression, chosen on the inner folds."""

from __future__ import annotations

import numpy as np

from models.linear import fit_logistic, fit_projection
from models.metrics import log_losses
from models.training_rows import TrainingRows


def inner_losses(
    rows: TrainingRows,
    inner_fold: np.ndarray,
    labels: tuple[int, ...],
    penalties: tuple[float, ...],
) -> np.ndarray:
    """Return the mean inner log-loss of each label and penalty.

    Parameters
    ----------
    rows : TrainingRows
        Unaugmented rows of the outer fold's training runs.
    inner_fold : (n_runs,) int
        Inner fold of each run, -1 for runs that must not be seen.

    Returns
    -------
    (n_labels, n_penalties)
    """
    total = np.zeros((len(labels), len(penalties)))
    for fold in range(inner_fold.max() + 1):
        learning = np.flatnonzero((inner_fold >= 0) & (inner_fold != fold))
        part = rows.from_runs(learning)
        held_out = inner_fold[rows.first] == fold
        projection = fit_projection(part.X)
        inputs = projection.transform(part.X)
        scored = projection.transform(rows.X[held_out])
        for i, label in enumerate(labels):
            for j, penalty in enumerate(penalties):
                model = fit_logistic(inputs, part.y[:, label], penalty)
                y = rows.y[held_out, label]
                total[i, j] += log_losses(y, model.predict(scored)).sum()
    return total / np.count_nonzero(inner_fold >= 0)
