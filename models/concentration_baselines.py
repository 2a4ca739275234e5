"""What a chemist fits first: PLS, ridge, support vectors and boosting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import lightgbm as lgb
import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from models.pls_path import pls_path

Predictor = Callable[[np.ndarray], np.ndarray]
INNER_FOLDS = 5
COMPONENTS = tuple(range(2, 13))
PENALTIES = tuple(10.0 ** np.arange(-5.0, 2.0))
COSTS = (1.0, 10.0)


class Fit(Protocol):
    """Learns concentrations from spectra."""

    def __call__(
        self, X: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int
    ) -> Predictor:
        """Fit (n_spectra, n_points) to (n_spectra, n_analytes).

        Rows of one group never stand on both sides of an inner split.
        """


def fit_pls(X: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int) -> Predictor:
    """Fit one PLS per analyte, components by inner cross-validation."""
    largest = min(len(np.unique(groups)) * (INNER_FOLDS - 1) // INNER_FOLDS - 1, 12)
    choices = [n for n in COMPONENTS if n <= max(2, largest)]
    error = np.zeros((len(choices), y.shape[1]))
    for train, test in _folds(groups).split(X, groups=groups):
        found = pls_path(X[train], y[train], X[test], choices)
        error += ((found - y[test]) ** 2).sum(axis=1)
    models = [
        PLSRegression(choices[row], scale=False).fit(X, target)
        for row, target in zip(error.argmin(axis=0), y.T, strict=True)
    ]
    return lambda new: np.stack([np.ravel(m.predict(new)) for m in models], axis=1)


def fit_ridge(X: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int) -> Predictor:
    """Fit one ridge regression per analyte, penalty by inner cross-validation.

    Penalties are shares of the mean square length of a centred spectrum.
    """
    error = np.zeros((len(PENALTIES), y.shape[1]))
    for train, test in _folds(groups).split(X, groups=groups):
        models = _ridge_path(X[train], y[train])
        for row, model in enumerate(models):
            error[row] += ((model(X[test]) - y[test]) ** 2).sum(axis=0)
    models = _ridge_path(X, y)
    chosen = [models[row] for row in error.argmin(axis=0)]
    return lambda new: np.stack(
        [model(new)[:, column] for column, model in enumerate(chosen)], axis=1
    )


def _ridge_path(X: np.ndarray, y: np.ndarray) -> list[Predictor]:
    """Return a model of all analytes for each penalty, from one decomposition."""
    mean, target = X.mean(axis=0), y.mean(axis=0)
    left, size, right = np.linalg.svd(X - mean, full_matrices=False)
    rotated = left.T @ (y - target)
    unit = (size**2).sum() / len(X)

    def model(penalty: float) -> Predictor:
        shrunk = size / (size**2 + penalty * unit)
        weights = right.T @ (shrunk[:, None] * rotated)
        return lambda new: (new - mean) @ weights + target

    return [model(penalty) for penalty in PENALTIES]


def fit_svr(X: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int) -> Predictor:
    """Fit one Gaussian support vector regression per analyte, cost by inner CV."""

    def fit(X: np.ndarray, target: np.ndarray, cost: float) -> Predictor:
        mean, scale = target.mean(), max(target.std(), 1e-12)
        model = SVR(C=cost, epsilon=0.05, gamma="scale")
        model.fit(X, (target - mean) / scale)
        return lambda new: model.predict(new) * scale + mean

    return _chosen_per_analyte(fit, COSTS, X, y, groups)


def fit_lightgbm(
    X: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int
) -> Predictor:
    """Fit one boosted forest of small trees per analyte on means of four points."""
    settings = {
        "objective": "regression",
        "num_leaves": 7,
        "learning_rate": 0.06,
        "min_data_in_leaf": 5,
        "feature_fraction": 0.2,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_bin": 63,
        "num_threads": 1,
        "deterministic": True,
        "force_col_wise": True,
        "seed": seed,
        "verbosity": -1,
    }
    boosters = [
        lgb.train(settings, lgb.Dataset(_means(X), target), num_boost_round=150)
        for target in y.T
    ]
    return lambda new: np.stack(
        [np.asarray(b.predict(_means(new))) for b in boosters], axis=1
    )


METHODS: dict[str, Fit] = {
    "pls": fit_pls,
    "ridge": fit_ridge,
    "svr": fit_svr,
    "lightgbm": fit_lightgbm,
}


def _folds(groups: np.ndarray) -> GroupKFold:
    return GroupKFold(min(INNER_FOLDS, len(np.unique(groups))))


def _means(X: np.ndarray) -> np.ndarray:
    n_points = X.shape[1] // 4 * 4
    means: np.ndarray = X[:, :n_points].reshape(len(X), -1, 4).mean(axis=2)
    return means


def _chosen_per_analyte(
    fit: Callable[[np.ndarray, np.ndarray, float], Predictor],
    choices: tuple[float, ...],
    X: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray,
) -> Predictor:
    scaler = StandardScaler(with_std=False).fit(X)
    X = scaler.transform(X)
    folds = _folds(groups)
    error = np.zeros((len(choices), y.shape[1]))
    for train, test in folds.split(X, groups=groups):
        for row, choice in enumerate(choices):
            for column, target in enumerate(y.T):
                miss = fit(X[train], target[train], choice)(X[test]) - target[test]
                error[row, column] += miss @ miss
    chosen = [choices[row] for row in error.argmin(axis=0)]
    models = [fit(X, t, choice) for t, choice in zip(y.T, chosen, strict=True)]
    return lambda new: np.stack([m(scaler.transform(new)) for m in models], axis=1)
