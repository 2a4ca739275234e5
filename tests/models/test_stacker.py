"""The stacker's optimum, constraints and limit cases."""

import itertools
from typing import Literal

import cvxpy as cp
import numpy as np
import pytest
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from models.stacker import Blend, fit_blend, plain_average

L1, L2 = 0.0005, 0.01
CENTRE = Blend(np.array([0.6, 0.3, 0.0]), -0.2, "logit")


def predictions(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Three families of falling quality, one of them overconfident."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 2, n)
    y = (rng.random(n) < expit(z)).astype(float)
    noisy = np.column_stack(
        [z + rng.normal(0, 1, n), 2 * z + rng.normal(0, 2, n), rng.normal(0, 1, n)]
    )
    # within the range that the stacker does not clip
    return np.clip(expit(noisy), 1e-5, 1 - 1e-5), y


def penalised_loss(p: np.ndarray, y: np.ndarray, blend: Blend) -> float:
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    away = blend.weights - CENTRE.weights
    b = blend.constant - CENTRE.constant if blend.space == "logit" else 0.0
    return float(loss + L1 * blend.weights.sum() + L2 * (away @ away + b * b))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("weight_sum", ["at_most_one", "free"])
def test_logit_optimum_equals_an_interior_point_solver(
    seed: int, weight_sum: str
) -> None:
    p, y = predictions(seed)
    blend = fit_blend(
        p, y, space="logit", weight_sum=weight_sum, l1=L1, l2=L2, centre=CENTRE
    )
    w, b = cp.Variable(3, nonneg=True), cp.Variable()
    z = logit(p) @ w + b
    loss = cp.sum(cp.logistic(z) - cp.multiply(y, z)) / len(y)
    away = cp.sum_squares(w - CENTRE.weights)
    constraints = [cp.sum(w) <= 1] if weight_sum == "at_most_one" else []
    problem = cp.Problem(
        cp.Minimize(
            loss + L1 * cp.sum(w) + L2 * (away + cp.square(b - CENTRE.constant))
        ),
        constraints,
    )
    problem.solve(solver=cp.CLARABEL)
    # the same convex problem: another solver must not find anything better
    ours = penalised_loss(blend.predict(p), y, blend)
    assert ours == pytest.approx(problem.value, abs=1e-7)
    np.testing.assert_allclose(blend.weights, w.value, atol=2e-4)


@pytest.mark.parametrize("seed", range(3))
def test_probability_optimum_equals_an_interior_point_solver(seed: int) -> None:
    p, y = predictions(seed)
    blend = fit_blend(
        p,
        y,
        space="probability",
        weight_sum="at_most_one",
        l1=L1,
        l2=L2,
        centre=CENTRE,
    )
    w = cp.Variable(3, nonneg=True)
    mixed = p @ w + (1 - cp.sum(w)) * y.mean()
    log_likelihood = cp.multiply(y, cp.log(mixed)) + cp.multiply(
        1 - y, cp.log(1 - mixed)
    )
    problem = cp.Problem(
        cp.Minimize(
            -cp.sum(log_likelihood) / len(y)
            + L1 * cp.sum(w)
            + L2 * cp.sum_squares(w - CENTRE.weights)
        ),
        [cp.sum(w) <= 1],
    )
    problem.solve(solver=cp.CLARABEL)
    ours = penalised_loss(blend.predict(p), y, blend)
    assert ours == pytest.approx(problem.value, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("space", ["logit", "probability"])
def test_weights_obey_their_constraints(seed: int, space: str) -> None:
    p, y = predictions(seed, n=80)
    blend = fit_blend(p, y, space=space, weight_sum="at_most_one", l1=L1, l2=L2)
    assert (blend.weights >= 0).all()
    assert blend.weights.sum() <= 1 + 1e-12
    blended = blend.predict(p)
    # probabilities stay probabilities, also for families that contradict each other
    assert ((blended > 0) & (blended < 1)).all()


def test_useless_families_get_no_weight() -> None:
    p, y = predictions(0, n=2000)
    blend = fit_blend(p, y, space="logit", weight_sum="at_most_one", l1=0.01, l2=L2)
    # the third family is noise; L1 sets it to exactly nothing
    assert blend.weights[2] < 1e-6
    assert blend.weights[0] > 0.3


def test_free_sum_sharpens_underconfident_families() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(0, 2, 2000)
    y = (rng.random(2000) < expit(z)).astype(float)
    p = expit(np.column_stack([0.4 * z, 0.4 * z]))
    free = fit_blend(p, y, space="logit", weight_sum="free", l1=0, l2=0)
    # both say 0.4 z where the truth is z: their weights must add up to 1 / 0.4
    assert free.weights.sum() == pytest.approx(2.5, rel=0.15)


def test_label_without_positives_is_predicted_as_rare() -> None:
    p, _ = predictions(0, n=100)
    y = np.zeros(100)
    for space in ("logit", "probability"):
        blend = fit_blend(p, y, space=space, weight_sum="at_most_one", l1=0, l2=0)
        # nothing was ever seen: small but finite, so that log-loss stays finite
        assert (blend.predict(p) < 0.05).all()


def test_free_sum_in_probability_space_is_refused() -> None:
    p, y = predictions(0)
    with pytest.raises(ValueError, match="needs space logit"):
        fit_blend(p, y, space="probability", weight_sum="free", l1=0, l2=0)


def test_a_strong_pull_ends_at_the_centre() -> None:
    p, y = predictions(0)
    blend = fit_blend(
        p, y, space="logit", weight_sum="free", l1=0, l2=1e4, centre=CENTRE
    )
    # few runs and a strong pull: the shared weights are all there is
    np.testing.assert_allclose(blend.weights, CENTRE.weights, atol=1e-3)
    assert abs(blend.constant - CENTRE.constant) < 1e-3


def test_plain_average_is_the_mean_logit() -> None:
    p = np.array([[0.2, 0.8], [0.9, 0.9]])
    # opposite opinions cancel, equal ones stay
    np.testing.assert_allclose(plain_average(p), [0.5, 0.9])


@pytest.mark.parametrize("space", ["logit", "probability"])
def test_neither_threads_nor_memory_order_change_a_bit(
    space: Literal["logit", "probability"],
) -> None:
    p, y = predictions(5)
    fits = set()
    for threads, order in itertools.product(
        (1, 2), (np.ascontiguousarray, np.asfortranarray)
    ):
        with threadpool_limits(threads, user_api="blas"):
            blend = fit_blend(
                order(p), y, space=space, weight_sum="at_most_one", l1=0.0, l2=1e-3
            )
            predicted = blend.predict(order(p))
        fits.add((blend.weights.tobytes(), blend.constant, predicted.tobytes()))
    assert len(fits) == 1
