"""Stratified folds that keep groups of runs together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.folds import OuterFold


def nested_grouped_folds(
    indicators: np.ndarray,
    groups: np.ndarray,
    *,
    repeats: int,
    outer: int,
    inner: int,
    seed: int,
) -> Iterator[OuterFold]:
    """Yield what `models.folds.nested_folds` does, with groups kept together."""
    for repeat in range(repeats):
        base = np.random.SeedSequence(seed, spawn_key=(repeat,))
        seeds = base.generate_state(outer + 1)
        outer_fold = grouped_folds(indicators, groups, outer, int(seeds[0]))
        for number in range(outer):
            training = np.flatnonzero(outer_fold != number)
            assigned = np.full(len(indicators), -1, dtype=np.int64)
            assigned[training] = grouped_folds(
                indicators[training], groups[training], inner, int(seeds[number + 1])
            )
            yield OuterFold(repeat, number, assigned)


def grouped_folds(
    indicators: np.ndarray, groups: np.ndarray, n_folds: int, seed: int
) -> np.ndarray:
    """Assign each row a fold; a group is never split, indicators are spread evenly.

    Parameters
    ----------
    indicators : (n_runs, n_indicators) 0/1
        Labels and anything else to balance, such as the instrument.
    groups : (n_runs,)
        Rows of one value stay together.
    n_folds : int
        At least 2 and at most the number of groups.
    seed : int
        Decides ties.

    Returns
    -------
    (n_runs,) int
        Fold of each row, 0 to n_folds - 1; no fold is empty.

    Notes
    -----
    With c[k, l] the count of indicator l in fold k and t[l] its aim, total over folds,
    the sum of (c - t)^2 / t is to be small; the number of runs is one more indicator.
    Groups come in turn, those that are large or have rare labels first, and each goes
    where that sum grows the least, which is where sum over l of g[l] c[k, l] / t[l] is
    smallest, for a group of counts g. Iterative stratification (see `models.folds`)
    with counts in place of single labels, and all labels looked at together.
    """
    _, member = np.unique(groups, return_inverse=True)
    n_groups = int(member.max()) + 1 if len(member) else 0
    if n_groups < n_folds:
        raise ValueError(f"{n_groups} groups can't fill {n_folds} folds")
    columns = np.column_stack([indicators, np.ones(len(indicators))]).astype(np.float64)
    counts = np.zeros((n_groups, columns.shape[1]))
    np.add.at(counts, member, columns)
    aims = np.maximum(columns.sum(axis=0), 1) / n_folds

    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(n_groups)
    weight = np.round(counts**2 @ (1 / aims), 9)
    order = shuffled[np.argsort(-weight[shuffled], kind="stable")]
    held = np.zeros((n_folds, columns.shape[1]))
    fold_of_group = np.empty(n_groups, dtype=np.int64)
    for group in order:
        # rounded: whether two folds tie must not depend on the machine
        crowding = np.round(held @ (counts[group] / aims), 9)
        best = int(rng.choice(np.flatnonzero(crowding == crowding.min())))
        held[best] += counts[group]
        fold_of_group[group] = best
    return fold_of_group[member]
