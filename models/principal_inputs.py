"""Inputs of a perceptron as coordinates along the training runs' directions.

Several thousand features of a few hundred runs span no more directions than there are
runs. The first layer of a perceptron would have weights for all others, which no run
teaches and which add noise to unseen runs; and most of its time would go there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.feature_scaling import (
    FeatureColumns,
    FeatureScaling,
    Method,
    Selection,
    fit_feature_scaling,
)
from models.linear import ROW_LENGTH, Projection, fit_projection

# directions come from at most this many runs: time grows with the cube of it
_MOST_RUNS = 1024


@dataclass(frozen=True)
class PrincipalInputs:
    """Scaled features, then their coordinates in a basis of the training runs.

    All coordinates share one scale, so that lengths and angles of rows stay; the mean
    square of a coordinate over the training runs is 1 on average.
    """

    scaling: FeatureScaling
    projection: Projection

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return inputs (n_rows, n_directions) float32 of X (n_rows, n_features)."""
        coordinates = self.projection.transform(self.scaling.transform(X))
        return (coordinates * self.unit).astype(np.float32)

    @property
    def unit(self) -> float:
        """What coordinates of the projection are multiplied by."""
        # the projection makes the root mean square of a row's length ROW_LENGTH
        return float(np.sqrt(self.projection.basis.shape[1]) / ROW_LENGTH)

    def shared_out(self, gradient: np.ndarray, X: np.ndarray) -> np.ndarray:
        """Share out the change along directions among the features behind it.

        Parameters
        ----------
        gradient : (n_outputs, n_directions)
            Mean gradient between the baseline, where all inputs are 0, and a run.
        X : (1, n_features)
            The run.

        Returns
        -------
        (n_outputs, n_features)
        """
        projection = self.projection
        scaled = self.scaling.transform(X)[0] - projection.centre
        features = np.zeros((len(gradient), X.shape[1]))
        features[:, self.scaling.columns] = (
            (gradient @ projection.basis.T) * scaled * (self.unit / projection.scale)
        )
        return features

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all that `from_arrays` needs, in single precision."""
        return {
            **self.scaling.to_arrays(),
            "fill": self.projection.fill.astype(np.float32),
            "centre": self.projection.centre.astype(np.float32),
            "scale": np.array([self.projection.scale]),
            "basis": np.ascontiguousarray(self.projection.basis, dtype=np.float32),
        }

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> PrincipalInputs:
        """Return what `to_arrays` described."""
        projection = Projection(
            arrays["fill"], arrays["centre"], float(arrays["scale"][0]), arrays["basis"]
        )
        return PrincipalInputs(FeatureScaling.from_arrays(arrays), projection)


def fit_principal_inputs(
    X: np.ndarray, columns: FeatureColumns, selection: Selection, method: Method
) -> PrincipalInputs:
    """Fit on the training runs (n_runs, n_features), NaN allowed."""
    scaling = fit_feature_scaling(X, columns, selection, method)
    every = -(-len(X) // _MOST_RUNS)
    return PrincipalInputs(scaling, fit_projection(scaling.transform(X[::every])))
