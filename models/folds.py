"""Repeated multilabel-stratified folds with inner folds inside each training set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


def stratified_folds(indicators: np.ndarray, n_folds: int, seed: int) -> np.ndarray:
    """Assign each row a fold so that every indicator is spread evenly.

    Parameters
    ----------
    indicators : (n_runs, n_indicators) 0/1
        Labels and anything else to balance, such as the instrument.
    n_folds : int
        At least 2 and at most n_runs.
    seed : int
        Decides ties.

    Returns
    -------
    (n_runs,) int
        Fold of each row, 0 to n_folds - 1.

    Notes
    -----
    Iterative stratification, Sechidis, Tsoumakas and Vlahavas, ECML PKDD 2011.
    """
    if len(indicators) < n_folds:
        raise ValueError(f"{len(indicators)} runs can't fill {n_folds} folds")
    # the splitter refuses a single column; a constant one changes nothing
    padded = np.column_stack([indicators, np.zeros(len(indicators), dtype=np.int8)])
    # imported on demand: only stage fold draws folds, and it takes seconds to import
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

    splitter = MultilabelStratifiedKFold(n_folds, shuffle=True, random_state=seed)
    fold = np.empty(len(indicators), dtype=np.int64)
    for number, (_, scored) in enumerate(splitter.split(padded, padded)):
        fold[scored] = number
    return fold


@dataclass(frozen=True)
class OuterFold:
    """One outer fold.

    Attributes
    ----------
    repeat, number : int
        Which repetition and which fold of it.
    inner : (n_runs,) int
        Inner fold of each training run; -1 marks the runs that this fold scores.
    """

    repeat: int
    number: int
    inner: np.ndarray

    @property
    def scored(self) -> np.ndarray:
        """Rows that are scored."""
        return np.flatnonzero(self.inner < 0)

    @property
    def training(self) -> np.ndarray:
        """Rows that everything else may see."""
        return np.flatnonzero(self.inner >= 0)


def nested_folds(
    indicators: np.ndarray, *, repeats: int, outer: int, inner: int, seed: int
) -> Iterator[OuterFold]:
    """Yield repeats x outer folds, each with its own inner folds."""
    for repeat in range(repeats):
        base = np.random.SeedSequence(seed, spawn_key=(repeat,))
        seeds = base.generate_state(outer + 1)
        outer_fold = stratified_folds(indicators, outer, int(seeds[0]))
        for number in range(outer):
            training = np.flatnonzero(outer_fold != number)
            assigned = np.full(len(indicators), -1, dtype=np.int64)
            assigned[training] = stratified_folds(
                indicators[training], inner, int(seeds[number + 1])
            )
            yield OuterFold(repeat, number, assigned)
