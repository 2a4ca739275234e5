"""The kernel regressions of a bundle, and the training runs most like a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.kernel_logistic import KernelModel, TrainingInputs
from pipeline.prediction.members import Shares
from pipeline.prediction.run_inputs import RunInputs


class KernelMembers:
    """One model for each fold.

    Parameters
    ----------
    models : sequence of dict
        `KernelModel.to_arrays` of each fold, with `training` (n_training,): rows of `X`
        that the fold learnt from.
    X : (n_runs, n_inputs)
        Inputs of all training runs.
    """

    def __init__(self, models: Sequence[dict[str, np.ndarray]], X: np.ndarray) -> None:
        self._training = [arrays["training"] for arrays in models]
        self._last: RunInputs | None = None
        self._kept: dict[int, np.ndarray] = {}
        inputs = TrainingInputs(X)
        self._models = [
            KernelModel.from_arrays(arrays, inputs, arrays["training"])
            for arrays in models
        ]

    def probabilities(self, inputs: RunInputs, folds: Sequence[int]) -> np.ndarray:
        """Return (n_folds, n_runs, n_labels)."""
        return np.stack(
            [self._models[f].predict(self._similarity(inputs, f)) for f in folds]
        )

    def shares(
        self, inputs: RunInputs, fold: int, labels: Sequence[int], steps: int
    ) -> Shares:
        """Explain one run by all training runs together."""
        model = self._models[fold]
        start = model.intercepts[list(labels)]
        logits = model.logits(self._similarity(inputs, fold))[0, list(labels)]
        return Shares(start=start, similar_runs=logits - start)

    def similarities(
        self, inputs: RunInputs, folds: Sequence[int], n_training: int
    ) -> np.ndarray:
        """Return (n_runs, n_training): the mean over folds that learnt from a run.

        NaN for training runs that none of the folds learnt from.
        """
        total = np.zeros((len(inputs.log_inputs), n_training))
        count = np.zeros(n_training)
        for fold in folds:
            rows = self._training[fold]
            total[:, rows] += self._similarity(inputs, fold)
            count[rows] += 1
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def _similarity(self, inputs: RunInputs, fold: int) -> np.ndarray:
        """Return similarities, kept for the last block: several questions need them."""
        if self._last is not inputs:
            self._last, self._kept = inputs, {}
        if fold not in self._kept:
            self._kept[fold] = self._models[fold].similarity(inputs.log_inputs)
        return self._kept[fold]
