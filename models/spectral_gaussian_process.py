"""Gaussian-process regression of spectra on their principal scores.

A linear and a Gaussian kernel share one noise; length, noise and the share of the
Gaussian kernel are those of the largest marginal likelihood on a grid (Rasmussen and
Williams, Gaussian Processes for Machine Learning, 2006, equation 2.30).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

LENGTHS = (0.5, 1.0, 2.0, 4.0)
CURVED_SHARES = (0.0, 0.1, 0.5, 0.9)
NOISES = tuple(10.0 ** np.arange(-8, 1.0, 0.5))


@dataclass(frozen=True)
class GaussianProcess:
    """A fitted process; inputs are reduced to scores scaled to unit mean square."""

    mean_inputs: np.ndarray
    axes: np.ndarray
    mean_target: float
    scores: np.ndarray
    length: float
    curved_share: float
    noise: float
    coefficients: np.ndarray

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return the mean prediction (n_rows,) of inputs (n_rows, n_channels)."""
        scores = (inputs - self.mean_inputs) @ self.axes
        kernel = kernel_matrix(scores, self.scores, self.length, self.curved_share)
        return self.mean_target + kernel @ self.coefficients


def kernel_matrix(
    left: np.ndarray, right: np.ndarray, length: float, curved_share: float
) -> np.ndarray:
    """Return linear plus Gaussian kernel; a row's squares sum to about one."""
    inner = left @ right.T
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1) - 2 * inner
    curved = np.exp(-0.5 * np.maximum(squares, 0) / length**2)
    return (1 - curved_share) * inner + curved_share * curved


def fit_gaussian_process(
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    most_components: int,
    most_rows: int,
    rng: np.random.Generator,
) -> list[GaussianProcess]:
    """Fit each target by itself.

    Parameters
    ----------
    inputs : (n_rows, n_channels)
    targets : (n_rows, n_targets)
        NaN where there is no value.
    most_rows : int
        More rows are thinned to as many, at random: the time grows with their cube.
    """
    inputs = np.asarray(inputs, dtype=np.float64)
    known = ~np.isnan(targets)
    patterns: dict[bytes, list[int]] = {}
    for column in range(targets.shape[1]):
        patterns.setdefault(known[:, column].tobytes(), []).append(column)
    found: dict[int, GaussianProcess] = {}
    for columns in patterns.values():
        rows = np.flatnonzero(known[:, columns[0]])
        rows = np.sort(rng.permutation(rows)[:most_rows])
        processes = _fit_columns(
            inputs[rows], targets[rows][:, columns].astype(np.float64), most_components
        )
        found |= dict(zip(columns, processes, strict=True))
    return [found[column] for column in range(targets.shape[1])]


def _fit_columns(
    inputs: np.ndarray, targets: np.ndarray, most_components: int
) -> list[GaussianProcess]:
    mean = inputs.mean(axis=0)
    centred = inputs - mean
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    kept = min(most_components, max(1, len(inputs) - 1))
    # one scale for all axes: small axes stay small, as in the spectra
    size = np.sqrt((singular**2).sum() / len(inputs))
    axes = right[:kept].T / max(size, 1e-30)
    scores = centred @ axes
    means = targets.mean(axis=0)
    y = targets - means
    variances = np.maximum((y**2).mean(axis=0), 1e-30)
    best: list[tuple[float, float, float, float]] = [(-np.inf, 1.0, 0.0, 1.0)] * len(
        means
    )
    solutions: list[np.ndarray] = [np.zeros(len(inputs))] * len(means)
    for length, share in product(LENGTHS, CURVED_SHARES):
        if share == 0 and length != LENGTHS[0]:
            continue  # the linear kernel has no length
        kernel = kernel_matrix(scores, scores, length, share)
        values, vectors = np.linalg.eigh(kernel)
        values = np.maximum(values, 0)
        rotated = vectors.T @ y
        for noise in NOISES:
            spread = values + noise
            # the scale of the kernel is profiled out
            scale = (rotated**2 / spread[:, None]).mean(axis=0)
            likelihood = -0.5 * (
                len(y) * np.log(np.maximum(scale, 1e-12 * variances))
                + np.log(spread).sum()
            )
            for place in np.flatnonzero(likelihood > [b[0] for b in best]):
                best[place] = (float(likelihood[place]), length, share, float(noise))
                solutions[place] = vectors @ (rotated[:, place] / spread)
    return [
        GaussianProcess(
            mean, axes, float(means[place]), scores, *best[place][1:], solutions[place]
        )
        for place in range(len(means))
    ]
