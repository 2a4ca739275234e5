"""Logistic regression on the similarity of runs to the training runs.

Replicates of a sample, and samples of the same recipe, give runs that are nearly alike.
Trees and regularised networks smooth over that; a narrow Gaussian kernel with hardly
any penalty remembers it: a run close to training runs gets their labels, a run far from
all gets the prevalence. Alone that is too bold; in a blend it is what the others lack.

Source: kernel logistic regression, e.g. Hastie, Tibshirani and Friedman, The Elements
of Statistical Learning, section 5.8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from models.linear import Projection, fit_logistic, fit_projection

# directions of the kernel with less than this share of the largest are rounding noise
RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class RowProjection:
    """A `Projection` without its basis, which is larger than all else of a model.

    The basis follows from the training inputs and `points`, their coordinates:
    scaled inputs = points @ basis.T, and the columns of `points` are orthogonal.

    Attributes
    ----------
    fill, centre, scale
        Those of the projection.
    inputs : TrainingInputs
        Of all runs, which the models of many folds may share.
    rows : (n_training,) int
        The runs that the projection was fitted to.
    points : (n_training, rank)
    """

    fill: np.ndarray
    centre: np.ndarray
    scale: float
    inputs: TrainingInputs
    rows: np.ndarray
    points: np.ndarray

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return coordinates (n_runs, rank) of (n_runs, n_inputs), NaN allowed."""
        centred = (np.where(np.isnan(X), self.fill, X) - self.centre) / self.scale**2
        products = self.inputs.products(centred, self.fill)[:, self.rows]
        products -= (centred @ self.centre)[:, None]
        return products @ (self.points / (self.points**2).sum(axis=0))


class TrainingInputs:
    """Inputs (n_runs, n_inputs) of training runs, NaN allowed."""

    def __init__(self, X: np.ndarray) -> None:
        self._present = np.nan_to_num(X.astype(np.float64), nan=0.0)
        missing = np.isnan(X)
        self._columns = np.flatnonzero(missing.any(axis=0))
        self._missing = missing[:, self._columns].astype(np.float64)

    def products(self, x: np.ndarray, fill: np.ndarray) -> np.ndarray:
        """Return x @ inputs.T with gaps filled, (n_rows, n_inputs) -> (.., n_runs)."""
        columns = self._columns
        gaps = (x[:, columns] * fill[columns]) @ self._missing.T
        return x @ self._present.T + gaps


@dataclass(frozen=True)
class KernelModel:
    """Fitted weights of the training runs, for one or more labels.

    Attributes
    ----------
    projection : Projection or RowProjection
        Filling, centring and scaling of the inputs.
    points : (n_training, rank)
        The training runs after it.
    scale : float
        Median squared distance between training runs.
    closeness : float
        The similarity is exp(-closeness * squared distance / scale).
    weights : (n_training, n_labels)
        Log-odds that a run identical to a training run gains from it.
    intercepts : (n_labels,)
    """

    projection: Projection | RowProjection
    points: np.ndarray
    scale: float
    closeness: float
    weights: np.ndarray
    intercepts: np.ndarray

    def similarity(self, X: np.ndarray) -> np.ndarray:
        """Return similarities 0..1 of (n_runs, n_inputs), (n_runs, n_training)."""
        distances = squared_distances(self.projection.transform(X), self.points)
        return np.exp(-self.closeness * distances / self.scale)

    def predict(self, similarity: np.ndarray) -> np.ndarray:
        """Return probabilities (n_runs, n_labels) of what `similarity` returned."""
        return expit(self.logits(similarity))

    def logits(self, similarity: np.ndarray) -> np.ndarray:
        """Return log-odds (n_runs, n_labels) of what `similarity` returned."""
        return similarity @ self.weights + self.intercepts

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all that `from_arrays` needs beside the training inputs.

        The basis is the largest part of a model, and follows from the rest.
        """
        return {
            "fill": self.projection.fill,
            "centre": self.projection.centre,
            "scales": np.array([self.projection.scale, self.scale, self.closeness]),
            "points": self.points,
            "weights": self.weights,
            "intercepts": self.intercepts,
        }

    @staticmethod
    def from_arrays(
        arrays: dict[str, np.ndarray], inputs: TrainingInputs, rows: np.ndarray
    ) -> KernelModel:
        """Return what `to_arrays` described.

        Parameters
        ----------
        inputs : TrainingInputs
        rows : (n_training,) int
            The runs of `inputs` that the model was fitted to.
        """
        input_scale, scale, closeness = arrays["scales"].tolist()
        points = arrays["points"]
        return KernelModel(
            RowProjection(
                arrays["fill"], arrays["centre"], input_scale, inputs, rows, points
            ),
            points,
            scale,
            closeness,
            arrays["weights"],
            arrays["intercepts"],
        )


def fit_kernel(
    X: np.ndarray, y: np.ndarray, closeness: float, penalty: float
) -> KernelModel:
    """Minimise mean log-loss + penalty / 2 * squared norm, label by label.

    Parameters
    ----------
    X : (n_training, n_inputs)
        NaN allowed, see `models.linear.Projection`.
    y : (n_training, n_labels) 0/1
    closeness : float
        The larger, the fewer training runs speak for a run.
    penalty : float
        On the function's norm in the space of the kernel.
    """
    projection = fit_projection(X)
    points = projection.transform(X)
    distances = squared_distances(points, points)
    scale = float(np.median(distances)) or 1.0
    variances, vectors = np.linalg.eigh(np.exp(-closeness * distances / scale))
    kept = variances > RANK_TOLERANCE * variances.max()
    roots = np.sqrt(variances[kept])
    vectors = vectors[:, kept]
    # ridge on these coordinates is the kernel's own norm
    inputs = vectors * roots
    models = [fit_logistic(inputs, column, penalty) for column in y.T]
    weights = [vectors @ (model.coefficients / roots) for model in models]
    return KernelModel(
        projection,
        points,
        scale,
        closeness,
        np.column_stack(weights),
        np.array([model.intercept for model in models]),
    )


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (n_a, n_b) of points (n_a, rank) and (n_b, rank)."""
    lengths = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)
    # rounding may leave a tiny negative number
    return np.maximum(lengths - 2 * a @ b.T, 0)
