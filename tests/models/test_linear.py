"""Logistic regression: scikit-learn parity, exactness of the projection, no leakage."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.linear import fit_logistic, fit_projection
from models.penalty_search import inner_losses
from models.training_rows import TrainingRows


def problem(
    seed: int, n: int = 60, p: int = 200
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = (X[:, 0] + rng.normal(size=n) > 0).astype(int)
    X[rng.random(X.shape) < 0.05] = np.nan
    return X, y, rng.normal(size=(10, p))


def test_coefficients_equal_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = (X[:, 0] - X[:, 1] + rng.logistic(size=300) > 0).astype(int)
    ours = fit_logistic(X, y, penalty=0.1)
    # scikit-learn's C multiplies the summed loss: C = 1 / (penalty * n)
    theirs = LogisticRegression(C=1 / (0.1 * 300), tol=1e-8).fit(X, y)
    np.testing.assert_allclose(ours.coefficients, theirs.coef_[0], atol=1e-4)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_regressing_on_the_basis_loses_nothing(seed: int) -> None:
    X, y, unseen = problem(seed)
    projection = fit_projection(X)
    short = fit_logistic(projection.transform(X), y, 0.05)
    scaled = (np.where(np.isnan(X), projection.fill, X) - projection.centre) / (
        projection.scale
    )
    full = fit_logistic(scaled, y, 0.05)
    expected = full.predict((unseen - projection.centre) / projection.scale)
    # a ridge solution lies in the span of the training rows
    np.testing.assert_allclose(
        short.predict(projection.transform(unseen)), expected, atol=2e-3
    )


def test_columns_without_values_are_harmless() -> None:
    X, y, _ = problem(0)
    X[:, 3] = np.nan
    X[:, 4] = 7.0
    projection = fit_projection(X)
    assert np.isfinite(projection.transform(X)).all()


def test_constant_table_predicts_the_prevalence() -> None:
    X, y = np.ones((50, 5)), np.r_[np.ones(10), np.zeros(40)].astype(int)
    projection = fit_projection(X)
    model = fit_logistic(projection.transform(X), y, 0.1)
    assert model.predict(projection.transform(X[:1]))[0] == pytest.approx(0.2, abs=1e-3)


def test_inner_losses_ignore_runs_that_must_not_be_seen() -> None:
    X, y, _ = problem(0)
    here = np.arange(len(y))
    inner = np.where(here < 15, -1, here % 3)
    losses = []
    for flipped in (False, True):
        labels = y.copy()
        if flipped:
            labels[:15] = 1 - labels[:15]
        rows = TrainingRows(
            X.astype(np.float32), labels[:, None], here, here, np.zeros(len(y), bool)
        )
        losses.append(inner_losses(rows, inner, (0,), (0.01, 0.1)))
    # the labels of the scored fold can't matter to what is chosen
    np.testing.assert_array_equal(losses[0], losses[1])
