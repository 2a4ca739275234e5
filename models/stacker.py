"""The constrained log-loss stacker: how much weight each family gets, per label.

In logit space p = sigmoid(sum_k w_k logit(p_k) + b); in probability space
p = sum_k w_k p_k + (1 - sum_k w_k) * prevalence. Weights are never negative and add up
to at most one (or, in logit space, to anything: a "floating logit sum"). Source: the
write-up of the 2nd place of the Mars Spectrometry challenge.

A label has few positives, so weights of its own are noisy. L2 may therefore pull them,
and the constant, towards a centre: the blend that suits all labels together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, logit

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]

CLIP = 1e-6
# keeps the unconstrained sum of "free" in reach of the optimiser
LARGEST_WEIGHT = 10.0


@dataclass(frozen=True)
class Blend:
    """Fitted weights (n_families,) and the constant of one label."""

    weights: np.ndarray
    constant: float
    space: Literal["logit", "probability"]

    def predict(self, probabilities: np.ndarray) -> np.ndarray:
        """Blend (n_runs, n_families) -> (n_runs,)."""
        if self.space == "logit":
            return expit(_product(_logits(probabilities), self.weights) + self.constant)
        rest = 1 - self.weights.sum()
        return (
            _product(np.ascontiguousarray(probabilities), self.weights)
            + rest * self.constant
        )


def plain_average(probabilities: np.ndarray) -> np.ndarray:
    """Average the families' logits with equal weights, (n_runs, k) -> (n_runs,)."""
    return equal_weights(probabilities.shape[1]).predict(probabilities)


def equal_weights(n_families: int) -> Blend:
    """Return the blend that averages logits."""
    return Blend(np.full(n_families, 1 / n_families), 0.0, "logit")


def fit_blend(
    probabilities: np.ndarray,
    y: np.ndarray,
    *,
    space: Literal["logit", "probability"],
    weight_sum: Literal["at_most_one", "free"],
    l1: float,
    l2: float,
    centre: Blend | None = None,
) -> Blend:
    """Minimise mean log-loss + l1 * sum(w) + l2 * (|w - w_c|^2 + (b - b_c)^2).

    Under the constraints above; probability space has no b.

    Parameters
    ----------
    probabilities : (n_runs, n_families)
        Out-of-fold probabilities.
    y : (n_runs,) 0/1
    centre : Blend, optional
        Weights w_c and constant b_c that L2 pulls towards; zeros if not given.

    Raises
    ------
    ValueError
        A free sum in probability space (it would leave 0..1), or no convergence.

    Notes
    -----
    The problem is convex in either space; SLSQP with the analytic gradient reaches the
    optimum of an interior-point solver (a test compares them).
    """
    if space == "probability" and weight_sum == "free":
        raise ValueError("weight_sum free needs space logit: probabilities leave 0..1")
    if space == "logit":
        objective, start = _logit_objective(probabilities, y)
    else:
        objective, start = _probability_objective(probabilities, y)
    k = probabilities.shape[1]
    n_free = len(start) - k
    target = np.zeros(len(start))
    if centre is not None:
        target = np.r_[centre.weights, centre.constant][: len(start)]

    def penalised(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = objective(x)
        away = x - target
        gradient += 2 * l2 * away
        gradient[:k] += l1
        return value + l1 * x[:k].sum() + l2 * (away * away).sum(), gradient

    # imported on demand: a prediction does without
    from scipy.optimize import Bounds, LinearConstraint, minimize
    from threadpoolctl import threadpool_limits

    bounds = Bounds(
        np.r_[np.zeros(k), np.full(n_free, -20.0)],
        np.r_[np.full(k, LARGEST_WEIGHT), np.full(n_free, 20.0)],
    )
    row = np.r_[np.ones(k), np.zeros(n_free)][None, :]
    at_most_one = [LinearConstraint(row, -np.inf, 1.0)]
    # SLSQP solves its small systems with LAPACK, whose last bits depend on the threads
    with threadpool_limits(1, user_api="blas"):
        result = minimize(
            penalised,
            start,
            jac=True,
            method="SLSQP",
            bounds=bounds,
            constraints=at_most_one if weight_sum == "at_most_one" else [],
            options={"maxiter": 500, "ftol": 1e-12},
        )
    # 8: the line search can't improve any more, which at ftol 1e-12 is the optimum
    if not result.success and result.status != 8:
        raise ValueError(f"the blend did not converge: {result.message}")
    weights = np.clip(result.x[:k], 0, None)
    if weight_sum == "at_most_one":
        weights = weights / max(1.0, float(weights.sum()))
    constant = float(result.x[k]) if space == "logit" else float(np.mean(y))
    return Blend(weights, constant, space)


# rows one after another in memory: the order of a sum follows that of the memory
def _clipped(probabilities: np.ndarray) -> np.ndarray:
    return np.clip(np.ascontiguousarray(probabilities), CLIP, 1 - CLIP)


def _logits(probabilities: np.ndarray) -> np.ndarray:
    return logit(_clipped(probabilities))


# sums, not matrix products: those differ with the number of BLAS threads
def _product(design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n_runs, k) times (k,) -> (n_runs,)."""
    product: np.ndarray = (design * weights).sum(axis=1)
    return product


def _sums(design: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """(n_runs, k), weighted by (n_runs,) -> (k,)."""
    sums: np.ndarray = (design * slope[:, None]).sum(axis=0)
    return sums


def _logit_objective(
    probabilities: np.ndarray, y: np.ndarray
) -> tuple[Objective, np.ndarray]:
    design = np.column_stack([_logits(probabilities), np.ones(len(y))])

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        z = _product(design, x)
        value = np.mean(np.logaddexp(0, z) - y * z)
        return float(value), _sums(design, expit(z) - y) / len(y)

    k = probabilities.shape[1]
    return objective, np.r_[np.full(k, 1 / k), 0.0]


def _probability_objective(
    probabilities: np.ndarray, y: np.ndarray
) -> tuple[Objective, np.ndarray]:
    prior = float(np.clip(np.mean(y), CLIP, 1 - CLIP))
    design = _clipped(probabilities) - prior

    def objective(w: np.ndarray) -> tuple[float, np.ndarray]:
        p = np.clip(_product(design, w) + prior, CLIP, 1 - CLIP)
        value = -np.mean(np.where(y > 0.5, np.log(p), np.log1p(-p)))
        slope = (p - y) / (p * (1 - p)) / len(y)
        return float(value), _sums(design, slope)

    k = probabilities.shape[1]
    return objective, np.full(k, 1 / k)
