"""Kernel logistic regression: the optimum, its limit cases, no leakage."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from models.kernel_logistic import (
    KernelModel,
    TrainingInputs,
    fit_kernel,
    squared_distances,
)

CLOSENESS, PENALTY = 2.0, 0.01


def problem(seed: int, n: int = 61) -> tuple[np.ndarray, np.ndarray]:
    """Labels that no line separates: inside a circle, and above a line."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    y = np.column_stack([(X**2).sum(axis=1) < 1.4, X[:, 0] > 0]).astype(float)
    return X, y


@pytest.mark.parametrize("seed", range(3))
def test_no_function_of_the_kernel_has_a_smaller_loss(seed: int) -> None:
    X, y = problem(seed)
    model = fit_kernel(X, y, CLOSENESS, PENALTY)
    K = model.similarity(X)

    def objective(x: np.ndarray) -> float:
        z = K @ x[:-1] + x[-1]
        norm = x[:-1] @ K @ x[:-1]
        return float(np.mean(np.logaddexp(0, z) - y[:, 0] * z) + PENALTY / 2 * norm)

    ours = objective(np.r_[model.weights[:, 0], model.intercepts[0]])
    other = minimize(objective, np.zeros(len(X) + 1), method="L-BFGS-B")
    assert ours <= other.fun + 1e-6


def test_it_learns_what_no_line_separates() -> None:
    X, y = problem(0, n=300)
    unseen, truth = problem(1, n=300)
    model = fit_kernel(X, y, CLOSENESS, 0.001)
    found = model.predict(model.similarity(unseen)) > 0.5
    assert (found == truth.astype(bool)).mean() > 0.93


def test_a_run_far_from_all_gets_the_intercept() -> None:
    X, y = problem(0)
    model = fit_kernel(X, y, 50.0, 1e-6)
    far = model.similarity(np.full((1, 2), 1e4))
    np.testing.assert_allclose(far, 0, atol=1e-12)
    np.testing.assert_allclose(model.predict(far)[0], expit(model.intercepts))


def test_hardly_any_penalty_remembers_replicates() -> None:
    X, y = problem(0)
    model = fit_kernel(X, y, 50.0, 1e-6)
    replicate = X + 1e-3
    # unlike a smooth model, it is sure of a run that it has seen before
    assert (np.abs(model.predict(model.similarity(replicate)) - y) < 0.01).all()


def test_similarity_is_one_to_itself_and_falls_with_distance() -> None:
    X, y = problem(0)
    model = fit_kernel(X, y, CLOSENESS, PENALTY)
    similarity = model.similarity(X)
    np.testing.assert_allclose(np.diag(similarity), 1, atol=1e-9)
    np.testing.assert_allclose(similarity, similarity.T, atol=1e-9)
    # the definition: the median pair of training runs has exp(-closeness)
    assert np.median(similarity) == pytest.approx(np.exp(-CLOSENESS), rel=1e-6)


def test_more_closeness_is_more_local() -> None:
    X, y = problem(0)
    wide, narrow = (fit_kernel(X, y, c, PENALTY).similarity(X) for c in (1.0, 9.0))
    np.testing.assert_allclose(narrow, wide**9, atol=1e-9)


def test_gaps_take_the_training_median() -> None:
    X, y = problem(0)
    model = fit_kernel(X, y, CLOSENESS, PENALTY)
    gap = np.array([[np.nan, 0.3]])
    filled = np.array([[np.median(X[:, 0]), 0.3]])
    np.testing.assert_allclose(model.similarity(gap), model.similarity(filled))


def test_a_constant_table_and_a_label_without_positives_are_harmless() -> None:
    X, y = np.ones((30, 4)), np.zeros((30, 2))
    y[:6, 0] = 1
    model = fit_kernel(X, y, CLOSENESS, PENALTY)
    predicted = model.predict(model.similarity(X))
    np.testing.assert_allclose(predicted[:, 0], 0.2, atol=1e-3)
    assert (predicted[:, 1] < 0.01).all()


def test_distances_equal_their_definition() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    direct = ((a[:, None] - b) ** 2).sum(axis=2)
    np.testing.assert_allclose(squared_distances(a, b), direct, atol=1e-12)
    assert (squared_distances(a, a) >= 0).all()


@pytest.mark.parametrize("gap", [0.0, np.nan])
def test_a_model_without_its_basis_predicts_the_same(gap: float) -> None:
    X, y = problem(0)
    X = np.column_stack([X, X[:, 0] * 2 + X[:, 1]])  # fewer directions than columns
    X[::7, 0] = gap
    new = X[:9] + 0.1
    model = fit_kernel(X, y, CLOSENESS, PENALTY)
    again = KernelModel.from_arrays(
        model.to_arrays(),
        TrainingInputs(np.vstack([X[:3], X])),
        np.arange(3, len(X) + 3),
    )
    np.testing.assert_allclose(again.similarity(new), model.similarity(new), atol=1e-9)
    np.testing.assert_allclose(
        again.predict(again.similarity(new)),
        model.predict(model.similarity(new)),
        atol=1e-7,
    )
