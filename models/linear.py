"""The readable baseline: ridge-penalised logistic regression on log features.

Everything that looks at other runs (the fill value of gaps, the centre, the scale) is
fitted on the training rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

# directions with less than this share of the largest variance are rounding noise
RANK_TOLERANCE = 1e-9
# root of the mean squared length of a training row after scaling; penalties count in it
ROW_LENGTH = 30.0


@dataclass(frozen=True)
class Projection:
    """Fitted filling, centring and scaling, and a basis of the training rows.

    The columns share one scale: all are logarithms, and an ion that hardly varies must
    not be blown up to the size of one that does.

    Attributes
    ----------
    fill, centre : (n_features,)
        Missing values take the training median; then the training mean is subtracted.
    scale : float
        Divisor that all features share.
    basis : (n_features, rank)
        Orthonormal basis of the training rows. A ridge solution lies in their span, so
        regressing on coordinates in this basis loses nothing.
    """

    fill: np.ndarray
    centre: np.ndarray
    scale: float
    basis: np.ndarray

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return coordinates (n_runs, rank) of (n_runs, n_features), NaN allowed."""
        filled = np.where(np.isnan(X), self.fill, X)
        return ((filled - self.centre) / self.scale) @ self.basis


def fit_projection(X: np.ndarray) -> Projection:
    """Fit on the training rows (n_runs, n_features), NaN allowed."""
    X = X.astype(np.float64)
    fill = _median(X)
    filled = np.where(np.isnan(X), fill, X)
    centre = filled.mean(axis=0)
    centred = filled - centre
    length = np.sqrt(np.mean((centred**2).sum(axis=1)))
    scale = float(length / ROW_LENGTH) if length > 0 else 1.0
    scaled = centred / scale
    # the Gram matrix is small: there are far fewer runs than features
    variances, vectors = np.linalg.eigh(scaled @ scaled.T)
    kept = variances > RANK_TOLERANCE * max(float(variances.max()), RANK_TOLERANCE)
    basis = scaled.T @ vectors[:, kept] / np.sqrt(variances[kept])
    return Projection(fill, centre, scale, basis)


def _median(X: np.ndarray) -> np.ndarray:
    """Return the median of each column without its NaN; 0 for an empty column."""
    ordered = np.sort(X, axis=0)  # NaN last
    count = (~np.isnan(X)).sum(axis=0)
    middle = np.maximum(count - 1, 0) // 2
    median = np.take_along_axis(ordered, middle[None, :], axis=0)[0]
    return np.where(count > 0, median, 0.0)


@dataclass(frozen=True)
class LogisticModel:
    """Coefficients (n_inputs,) and intercept of one label."""

    coefficients: np.ndarray
    intercept: float

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return probabilities (n_runs,) of inputs (n_runs, n_inputs)."""
        return expit(inputs @ self.coefficients + self.intercept)


def fit_logistic(inputs: np.ndarray, y: np.ndarray, penalty: float) -> LogisticModel:
    """Minimise mean log-loss + penalty / 2 * |coefficients|^2, intercept free."""
    # imported on demand: a prediction does without
    from scipy.optimize import minimize

    design = np.column_stack([inputs, np.ones(len(y))])

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        z = design @ x
        w = x[:-1]
        value = np.mean(np.logaddexp(0, z) - y * z) + penalty / 2 * (w @ w)
        gradient = design.T @ (expit(z) - y) / len(y)
        gradient[:-1] += penalty * w
        return float(value), gradient

    share = np.clip(np.mean(y), 1e-4, 1 - 1e-4)
    start = np.zeros(design.shape[1])
    start[-1] = np.log(share / (1 - share))
    result = minimize(objective, start, jac=True, method="L-BFGS-B")
    return LogisticModel(result.x[:-1], float(result.x[-1]))
