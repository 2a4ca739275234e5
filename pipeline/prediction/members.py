"""What every model family can do with a run once it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from pipeline.prediction.run_inputs import RunInputs


@dataclass(frozen=True)
class Map:
    """Log-odds (n_labels, n_mz, n_bins) on temperature bins with edges (n_bins + 1,).

    The m/z axis is that of the grids.
    """

    edges_celsius: np.ndarray
    log_odds: np.ndarray


@dataclass(frozen=True)
class Shares:
    """Where the log-odds of one family come from, for the labels asked for.

    Attributes
    ----------
    start : (n_labels,)
        Log-odds of a run without anything remarkable.
    features : (n_labels, n_features), optional
        What each feature adds.
    maps : list of Map
        What cells of the run add.
    similar_runs : (n_labels,), optional
        What the similarity to training runs adds.
    """

    start: np.ndarray
    features: np.ndarray | None = None
    maps: list[Map] = field(default_factory=list)
    similar_runs: np.ndarray | None = None


class Members(Protocol):
    """All trained models of one family, a set of them for each outer fold."""

    def probabilities(self, inputs: RunInputs, folds: Sequence[int]) -> np.ndarray:
        """Return (n_folds, n_runs, n_labels) for the given fold numbers.

        The models of a fold are averaged as they were in training.
        """

    def shares(
        self, inputs: RunInputs, fold: int, labels: Sequence[int], steps: int
    ) -> Shares:
        """Explain the only run of `inputs` by the models of one fold.

        `steps` is the number of points where gradients are integrated.
        """
