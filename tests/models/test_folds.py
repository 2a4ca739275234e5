"""Folds: nothing scored is trained on, and labels are spread evenly."""

import hashlib

import numpy as np
import pytest

from models.folds import nested_folds, stratified_folds


def labels(seed: int, n: int = 211) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.random((n, 6)) < [0.5, 0.3, 0.2, 0.1, 0.05, 0.02]).astype(int)


@pytest.mark.parametrize("seed", range(5))
def test_labels_are_spread_evenly(seed: int) -> None:
    y = labels(seed)
    fold = stratified_folds(y, 5, seed)
    positives = np.array([y[fold == k].sum(axis=0) for k in range(5)])
    # iterative stratification keeps counts within a few of each other
    assert (np.ptp(positives, axis=0) <= 4).all()
    assert np.ptp(np.bincount(fold)) <= 12


@pytest.mark.parametrize("seed", range(3))
def test_outer_folds_partition_the_runs_and_inner_folds_their_rest(seed: int) -> None:
    y = labels(seed)
    folds = list(nested_folds(y, repeats=2, outer=5, inner=3, seed=seed))
    assert len(folds) == 10
    for repeat in range(2):
        scored = np.concatenate([f.scored for f in folds if f.repeat == repeat])
        # every run is scored exactly once a repeat
        np.testing.assert_array_equal(np.sort(scored), np.arange(len(y)))
    for fold in folds:
        assert not set(fold.scored) & set(fold.training)
        assert set(fold.inner[fold.training]) == {0, 1, 2}


def test_repeats_differ_and_seeds_repeat() -> None:
    y = labels(0)
    first = list(nested_folds(y, repeats=2, outer=4, inner=3, seed=1))
    again = list(nested_folds(y, repeats=2, outer=4, inner=3, seed=1))
    other = list(nested_folds(y, repeats=2, outer=4, inner=3, seed=2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.inner, b.inner)
    assert not np.array_equal(first[0].inner, first[4].inner)
    assert not np.array_equal(first[0].inner, other[0].inner)


def test_a_repeat_does_not_depend_on_how_many_there_are() -> None:
    y = labels(0)
    one = list(nested_folds(y, repeats=1, outer=4, inner=3, seed=1))
    two = list(nested_folds(y, repeats=2, outer=4, inner=3, seed=1))
    np.testing.assert_array_equal(one[3].inner, two[3].inner)


def test_too_few_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="3 runs can't fill 5 folds"):
        stratified_folds(np.ones((3, 2), dtype=int), 5, 0)


def test_folds_are_those_of_all_results_so_far() -> None:
    folds = nested_folds(labels(4), repeats=2, outer=3, inner=2, seed=11)
    digest = hashlib.sha256(b"".join(f.inner.astype("<i8").tobytes() for f in folds))
    # other folds give other scores: then say so in CHANGELOG.md and write the new one
    assert digest.hexdigest()[:16] == "fabca5e4e1840291"
