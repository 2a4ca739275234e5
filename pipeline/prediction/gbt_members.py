"""The trained LightGBM models of a bundle, as flat trees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from models.flat_trees import FlatTrees
from pipeline.prediction.members import Shares
from pipeline.prediction.run_inputs import RunInputs


class GbtMembers:
    """A bag of boosters for each fold and label.

    `fold` and `label` are the numbers (n_boosters,) of what each booster belongs to.
    """

    def __init__(self, tensors: dict[str, np.ndarray]) -> None:
        arrays = dict(tensors)
        self._fold = arrays.pop("booster_fold")
        self._label = arrays.pop("booster_label")
        self._trees = FlatTrees.from_arrays(arrays)
        self._n_labels = int(self._label.max()) + 1

    def probabilities(self, inputs: RunInputs, folds: Sequence[int]) -> np.ndarray:
        """Return (n_folds, n_runs, n_labels), the mean of each bag."""
        scores = expit(self._trees.raw_scores(inputs.features))
        result = np.empty((len(folds), len(inputs.features), self._n_labels))
        for row, fold in enumerate(folds):
            for label in range(self._n_labels):
                result[row, :, label] = scores[self._bag(fold, label)].mean(axis=0)
        return result

    def shares(
        self, inputs: RunInputs, fold: int, labels: Sequence[int], steps: int
    ) -> Shares:
        """Explain one run by TreeSHAP."""
        parts = [
            self._trees.contributions(inputs.features, self._bag(fold, label))
            for label in labels
        ]
        return Shares(
            start=np.array([expected for _, expected in parts]),
            features=np.concatenate([contributions for contributions, _ in parts]),
        )

    def _bag(self, fold: int, label: int) -> np.ndarray:
        return np.flatnonzero((self._fold == fold) & (self._label == label))
