"""Whether a classifier can tell generated from real spectra.

Classifier two-sample test: Lopez-Paz and Oquab, arXiv:1610.06545 (2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

COMPONENTS = 10
FOLDS = 5
_TREES = {
    "objective": "binary",
    "num_leaves": 7,
    "min_data_in_leaf": 5,
    "learning_rate": 0.1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
_ROUNDS = 100


@dataclass(frozen=True)
class TwoSampleTest:
    """Area under the ROC curve, out of fold, with its 95 % interval.

    0.5: nothing tells them apart; 1: every spectrum is recognised.
    """

    area: float
    low: float
    high: float


def two_sample_test(real: np.ndarray, made: np.ndarray, seed: int) -> TwoSampleTest:
    """Train boosted trees on scores of principal components and on what these leave.

    Parameters
    ----------
    real, made : (n, n_channels), (m, n_channels)
        Standardised; at least five of each. Components are those of both together.
    """
    spectra = np.concatenate([real, made]).astype(np.float64)
    labels = np.repeat([0, 1], [len(real), len(made)])
    centred = spectra - spectra.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    kept = axes[: min(COMPONENTS, len(spectra) // 2)]
    scores = centred @ kept.T
    left = centred - scores @ kept
    size = np.log10(np.sqrt((left**2).mean(axis=1)) + 1e-12)
    inputs = np.column_stack([scores, size])
    guess = np.empty(len(labels))
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in splitter.split(inputs, labels):
        booster = lightgbm.train(
            {**_TREES, "seed": seed},
            lightgbm.Dataset(inputs[train], labels[train]),
            _ROUNDS,
        )
        guess[test] = np.asarray(booster.predict(inputs[test]))
    area = float(roc_auc_score(labels, guess))
    error = area_error(area, len(made), len(real))
    return TwoSampleTest(area, max(area - 1.96 * error, 0), min(area + 1.96 * error, 1))


def area_error(area: float, positives: int, negatives: int) -> float:
    """Return the standard error of an area (Hanley and McNeil, Radiology 143, 1982)."""
    one = area / (2 - area)
    two = 2 * area**2 / (1 + area)
    variance = (
        area * (1 - area)
        + (positives - 1) * (one - area**2)
        + (negatives - 1) * (two - area**2)
    ) / (positives * negatives)
    return float(np.sqrt(max(variance, 0.0)))
