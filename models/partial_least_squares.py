"""Partial least squares of one target, with the number of components chosen by CV.

The improved kernel algorithm (number 2) of Dayal and MacGregor, J. Chemometrics 11, 73
(1997): components come out of X'X and X'y alone, so folds share the costly product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PlsRegressor:
    """A fitted regression: prediction = mean_target + (x - mean_inputs) @ slopes."""

    mean_inputs: np.ndarray
    mean_target: float
    slopes: np.ndarray
    components: int

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return (n_rows,) float64 of inputs (n_rows, n_channels)."""
        return self.mean_target + (inputs - self.mean_inputs) @ self.slopes


def slopes_by_components(
    squares: np.ndarray, products: np.ndarray, components: int
) -> np.ndarray:
    """Return slopes (components, n_channels): row a has a + 1 components.

    Parameters
    ----------
    squares : (n_channels, n_channels)
        X'X of centred inputs.
    products : (n_channels,)
        X'y of the centred target.

    Notes
    -----
    Where the target has nothing left to explain, further rows repeat the last one.
    """
    channels = len(products)
    rotations = np.zeros((components, channels))
    loadings = np.zeros((components, channels))
    slopes = np.zeros((components, channels))
    left = products.astype(np.float64)
    start = np.linalg.norm(left)
    for a in range(components):
        length = np.linalg.norm(left)
        if length <= 1e-10 * start or start == 0:
            slopes[a:] = slopes[a - 1] if a else 0.0
            break
        weight = left / length
        rotation = weight - (loadings[:a] @ weight) @ rotations[:a]
        image = squares @ rotation
        size = rotation @ image
        if size <= 1e-12 * np.trace(squares) * (rotation @ rotation):
            slopes[a:] = slopes[a - 1] if a else 0.0
            break
        loading = image / size
        share = (rotation @ left) / size
        left = left - loading * (share * size)
        rotations[a], loadings[a] = rotation, loading
        slopes[a] = (slopes[a - 1] if a else 0.0) + rotation * share
    return slopes


def fit_pls(
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    most_components: int,
    folds: int,
    rng: np.random.Generator,
    real: int | None = None,
) -> list[PlsRegressor]:
    """Fit each target by itself; components have the least squared error in inner CV.

    Parameters
    ----------
    inputs : (n_rows, n_channels)
    targets : (n_rows, n_targets)
        NaN where there is no value.
    real : int, optional
        The inner CV sees the first `real` rows only: others, generated from these,
        would tell it what is held out. All rows if None.
    """
    inputs = np.asarray(inputs, dtype=np.float64)
    targets = np.asarray(targets, dtype=np.float64)
    fold = np.full(len(inputs), -1)
    n_real = len(inputs) if real is None else real
    fold[:n_real] = rng.permutation(np.arange(n_real) % min(folds, n_real))
    patterns: dict[bytes, list[int]] = {}
    known = ~np.isnan(targets)
    for column in range(targets.shape[1]):
        patterns.setdefault(known[:, column].tobytes(), []).append(column)
    found: dict[int, PlsRegressor] = {}
    for columns in patterns.values():
        rows = known[:, columns[0]]
        found |= _fit_columns(
            inputs[rows],
            targets[rows][:, columns],
            fold[rows],
            columns,
            most_components,
        )
    return [found[column] for column in range(targets.shape[1])]


def _fit_columns(
    inputs: np.ndarray,
    targets: np.ndarray,
    fold: np.ndarray,
    columns: list[int],
    most: int,
) -> dict[int, PlsRegressor]:
    held = fold >= 0
    errors = _inner_errors(inputs[held], targets[held], fold[held], most)
    mean_inputs, mean_targets = inputs.mean(axis=0), targets.mean(axis=0)
    x, axes = _turned(inputs - mean_inputs)
    squares, products = x.T @ x, x.T @ (targets - mean_targets)
    found = {}
    for place, column in enumerate(columns):
        best = int(errors[place].argmin()) + 1
        slopes = slopes_by_components(squares, products[:, place], best)[-1]
        found[column] = PlsRegressor(
            mean_inputs, float(mean_targets[place]), slopes @ axes, best
        )
    return found


def _inner_errors(
    inputs: np.ndarray, targets: np.ndarray, fold: np.ndarray, most: int
) -> np.ndarray:
    """Return squared errors out of fold (n_targets, n_components)."""
    numbers = [k for k in np.unique(fold) if (fold != k).sum() >= 2]
    least = min(((fold != k).sum() for k in numbers), default=2)
    components = int(max(1, min(most, least - 1, inputs.shape[1])))
    # the whole is centred first, so that sums of squares keep their digits
    x, _ = _turned(inputs - inputs.mean(axis=0))
    y = targets - targets.mean(axis=0)
    squares, products = x.T @ x, x.T @ y
    errors = np.zeros((targets.shape[1], components))
    for k in numbers:
        out = fold == k
        kept = len(x) - out.sum()
        # sums without the fold, then centred anew
        mx, my = -x[out].sum(axis=0) / kept, -y[out].sum(axis=0) / kept
        inner_squares = squares - x[out].T @ x[out] - kept * np.outer(mx, mx)
        inner_products = products - x[out].T @ y[out] - kept * np.outer(mx, my)
        for place in range(targets.shape[1]):
            slopes = slopes_by_components(
                inner_squares, inner_products[:, place], components
            )
            guess = (x[out] - mx) @ slopes.T + my[place]
            errors[place] += ((guess - y[out, place, None]) ** 2).sum(axis=0)
    return errors


def _turned(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows in the few dimensions in which they lie, and these dimensions.

    Fewer rows than channels span as many dimensions as rows; components are the same
    there. `turned @ axes` gives the rows back.
    """
    if centred.shape[0] >= centred.shape[1]:
        return centred, np.eye(centred.shape[1])
    left, singular, axes = np.linalg.svd(centred, full_matrices=False)
    return left * singular, axes
