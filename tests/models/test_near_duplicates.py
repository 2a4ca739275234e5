"""Near duplicates: found all, found alone, whatever the blocks."""

import tracemalloc

import numpy as np
import pytest

from models.near_duplicates import alike_runs, connected_groups

NEAR = 0.5


def runs(seed: int, n: int = 40, p: int = 25) -> np.ndarray:
    """Return runs of which every fourth is nearly the one before it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    X[3::4] = X[2::4] + 0.2 * rng.normal(size=(n // 4, p))
    X[rng.random(X.shape) < 0.1] = np.nan
    return X.astype(np.float32)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean((a.astype(float) - b) ** 2)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("block", [1, 7, 512])
def test_pairs_and_nearest_are_those_of_looking_at_all(seed: int, block: int) -> None:
    X = runs(seed)
    found = alike_runs(X, NEAR, block)
    every = np.array([[distance(a, b) for b in X] for a in X])
    i, j = np.nonzero(np.triu(every <= NEAR, 1))
    np.testing.assert_array_equal(found.first, i)
    np.testing.assert_array_equal(found.second, j)
    np.testing.assert_allclose(found.distance, every[i, j])
    np.fill_diagonal(every, np.inf)
    np.testing.assert_array_equal(found.nearest, every.argmin(axis=1))
    np.testing.assert_allclose(found.nearest_distance, every.min(axis=1))
    # the planted ones, of which there are ten
    assert len(i) == 10


def test_copies_are_at_distance_zero_and_the_first_of_them_is_nearest() -> None:
    X = runs(0)
    X[[9, 30]] = X[17]
    found = alike_runs(X, 0.0)
    assert list(zip(found.first, found.second, strict=True)) == [
        (9, 17),
        (9, 30),
        (17, 30),
    ]
    # exactly: rounding must not hide that nothing differs
    assert (found.distance == 0).all()
    assert found.nearest[[9, 17, 30]].tolist() == [17, 9, 9]


def test_more_runs_change_no_pair() -> None:
    X = runs(1)
    few, many = alike_runs(X[:20], NEAR), alike_runs(X, NEAR)
    kept = many.second < 20
    # what is a duplicate must not depend on the rest of the folder
    np.testing.assert_array_equal(few.first, many.first[kept])
    np.testing.assert_array_equal(few.distance, many.distance[kept])


def test_runs_with_little_in_common_are_not_compared() -> None:
    X = np.zeros((3, 10))
    X[0, 4:] = np.nan
    X[2] = np.nan
    found = alike_runs(X, NEAR)
    # four equal values of ten say little; no value says nothing
    assert len(found.first) == 0
    assert found.nearest.tolist() == [-1, -1, -1]
    assert np.isnan(found.nearest_distance).all()


def test_memory_does_not_grow_with_the_square_of_the_runs() -> None:
    X = np.random.default_rng(0).normal(size=(3000, 10)).astype(np.float32)
    tracemalloc.start()
    alike_runs(X, 0.01, block=256)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # a matrix of all distances would take 72 MB
    assert peak < 20e6


def test_groups_are_closed_under_pairs() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 60, (2, 30))
    group = connected_groups(60, first, second)
    assert (group[first] == group[second]).all()
    # called after the first run of each, so that a later run renames none
    assert all(np.flatnonzero(group == g)[0] == g for g in set(group))
    assert connected_groups(4, first[:0], second[:0]).tolist() == [0, 1, 2, 3]
