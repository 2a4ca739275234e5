"""The logistic regressions of a bundle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from models.log_inputs import log_input_columns
from pipeline.prediction.members import Shares
from pipeline.prediction.run_inputs import RunInputs


class LinearMembers:
    """One regression for each fold and label.

    Tensors are `fill` and `centre` (n_folds, n_inputs), `coefficients` (n_folds,
    n_labels, n_inputs) and `intercepts` (n_folds, n_labels).
    """

    def __init__(
        self, tensors: dict[str, np.ndarray], feature_families: np.ndarray
    ) -> None:
        self._fill, self._centre = tensors["fill"], tensors["centre"]
        self._coefficients = tensors["coefficients"]
        self._intercepts = tensors["intercepts"]
        self._columns = log_input_columns(feature_families)
        self._n_features = len(feature_families)

    def probabilities(self, inputs: RunInputs, folds: Sequence[int]) -> np.ndarray:
        """Return (n_folds, n_runs, n_labels)."""
        return np.stack(
            [
                expit(
                    self._centred(inputs, fold) @ self._coefficients[fold].T
                    + self._intercepts[fold]
                )
                for fold in folds
            ]
        )

    def shares(
        self, inputs: RunInputs, fold: int, labels: Sequence[int], steps: int
    ) -> Shares:
        """Explain one run: coefficient times distance from the mean training run."""
        chosen = list(labels)
        features = np.zeros((len(chosen), self._n_features))
        centred = self._centred(inputs, fold)[0]
        features[:, self._columns] = self._coefficients[fold][chosen] * centred
        return Shares(start=self._intercepts[fold][chosen], features=features)

    def _centred(self, inputs: RunInputs, fold: int) -> np.ndarray:
        X = inputs.log_inputs.astype(np.float64)
        return np.where(np.isnan(X), self._fill[fold], X) - self._centre[fold]
