"""Grouped folds: groups stay whole, labels are spread as evenly as groups allow."""

import numpy as np
import pytest

from models.folds import stratified_folds
from models.grouped_folds import grouped_folds, nested_grouped_folds


def problem(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and groups; runs of a group mostly have the same labels."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n), rng.geometric(0.5, n))[:n]
    rare = [0.5, 0.3, 0.2, 0.1, 0.05, 0.02]
    y = (rng.random((n, 6)) < rare)[groups].astype(int)
    shuffled = rng.permutation(n)
    return y[shuffled], groups[shuffled]


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_split_between_outer_or_inner_folds(seed: int) -> None:
    y, groups = problem(seed)
    folds = list(
        nested_grouped_folds(y, groups, repeats=2, outer=5, inner=3, seed=seed)
    )
    assert [(f.repeat, f.number) for f in folds] == [
        (repeat, number) for repeat in range(2) for number in range(5)
    ]
    for repeat in range(2):
        scored = np.concatenate([f.scored for f in folds if f.repeat == repeat])
        np.testing.assert_array_equal(np.sort(scored), np.arange(len(y)))
    for fold in folds:
        # one value a group: its inner fold, or -1 for all of it
        pairs = set(zip(groups.tolist(), fold.inner.tolist(), strict=True))
        assert len(pairs) == len(set(groups))
        assert set(fold.inner) == {-1, 0, 1, 2}


@pytest.mark.parametrize("seed", range(5))
def test_labels_are_spread_to_within_a_group(seed: int) -> None:
    y, groups = problem(seed)
    fold = grouped_folds(y, groups, 5, seed)
    positives = np.array([y[fold == k].sum(axis=0) for k in range(5)])
    largest = max(y[groups == g].sum(axis=0).max() for g in set(groups))
    # what can't be divided can't be spread better than that
    assert (np.ptp(positives, axis=0) <= largest + 2).all()
    assert np.ptp(np.bincount(fold)) <= np.bincount(groups).max()


@pytest.mark.parametrize("seed", range(5))
def test_runs_on_their_own_are_spread_as_evenly_as_without_groups(seed: int) -> None:
    y, _ = problem(seed)
    spread = [
        np.ptp([y[fold == k].sum(axis=0) for k in range(5)], axis=0).max()
        for fold in (
            grouped_folds(y, np.arange(len(y)), 5, seed),
            stratified_folds(y, 5, seed),
        )
    ]
    assert spread[0] <= spread[1] + 1


def test_what_groups_are_called_does_not_matter_but_the_seed_does() -> None:
    y, groups = problem(0)
    names = np.array([f"g{group:04d}" for group in groups])
    first = grouped_folds(y, groups, 5, 1)
    np.testing.assert_array_equal(first, grouped_folds(y, names, 5, 1))
    assert not np.array_equal(first, grouped_folds(y, groups, 5, 2))


def test_one_huge_group_leaves_no_fold_empty() -> None:
    groups = np.array([0] * 50 + [1, 2, 3])
    fold = grouped_folds(np.zeros((53, 1), dtype=int), groups, 4, 0)
    # an empty fold can't be scored
    assert set(fold) == {0, 1, 2, 3}


def test_too_few_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="2 groups can't fill 3 folds"):
        grouped_folds(np.ones((9, 1), dtype=int), np.arange(9) % 2, 3, 0)
