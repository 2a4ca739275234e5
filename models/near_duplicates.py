"""Pairs of runs that are nearly alike, found block by block.

The distance of two runs is the root mean square of the differences of their inputs,
over the inputs that both have. It looks at no label and at no third run, so adding runs
changes no distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# runs are compared if they share this part of what the fuller one has
LEAST_SHARED = 0.5
# differences of squared distances below this are rounding, which may vary by machine
ROUNDING = 1e-9


@dataclass(frozen=True)
class AlikeRuns:
    """What `alike_runs` found.

    Attributes
    ----------
    first, second : (n_pairs,) int
        Rows of each near pair, first < second, in this order.
    distance : (n_pairs,)
        Of each pair; exactly 0 for runs without any difference.
    nearest : (n_runs,) int
        The closest other run of each; -1 where none can be compared.
    nearest_distance : (n_runs,)
        Its distance; NaN where there is none.
    """

    first: np.ndarray
    second: np.ndarray
    distance: np.ndarray
    nearest: np.ndarray
    nearest_distance: np.ndarray


def alike_runs(X: np.ndarray, near: float, block: int = 512) -> AlikeRuns:
    """Return all pairs at most `near` apart, and the nearest run of every run.

    Parameters
    ----------
    X : (n_runs, n_inputs)
        NaN where a run has no value.
    near : float
        Largest distance of a pair, in the unit of the inputs.
    block : int
        Runs compared with as many others at a time; memory grows with its square and
        with the pairs found, not with the square of the runs.
    """
    n = len(X)
    nearest = np.full(n, -1)
    least = np.full(n, np.inf)
    rows: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    for here, there, squares in _blocks(X, block):
        _keep_nearest(nearest, least, here, there, squares)
        _keep_nearest(nearest, least, there, here, squares.T)
        i, j = np.nonzero(squares <= near**2 + ROUNDING)
        later = here[i] < there[j]
        rows.append(here[i][later])
        columns.append(there[j][later])
    first = np.concatenate(rows) if rows else np.empty(0, int)
    second = np.concatenate(columns) if columns else np.empty(0, int)
    distance = exact_distances(X, first, second)
    kept = distance <= near
    order = np.lexsort((second[kept], first[kept]))
    found = np.flatnonzero(nearest >= 0)
    nearest_distance = np.full(n, np.nan)
    nearest_distance[found] = exact_distances(X, found, nearest[found])
    return AlikeRuns(
        first[kept][order],
        second[kept][order],
        distance[kept][order],
        nearest,
        nearest_distance,
    )


def exact_distances(
    X: np.ndarray, first: np.ndarray, second: np.ndarray, chunk: int = 512
) -> np.ndarray:
    """Return the distance of each pair of rows, from the differences themselves."""
    distances = np.empty(len(first))
    for start in range(0, len(first), chunk):
        part = slice(start, start + chunk)
        difference = X[first[part]].astype(np.float64) - X[second[part]]
        distances[part] = np.sqrt(np.nanmean(difference**2, axis=1))
    return distances


def connected_groups(n_runs: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the group (n_runs,) of each run: pairs, and pairs of pairs, are together.

    A group is called after its first row.

    >>> connected_groups(5, np.array([1, 3]), np.array([3, 4]))
    array([0, 1, 2, 1, 1])
    """
    # imported on demand: a prediction does without
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(first)), (first, second)), shape=(n_runs, n_runs))
    _, member = connected_components(links, directed=False)
    _, first_row = np.unique(member, return_index=True)
    return first_row[member]


def _blocks(
    X: np.ndarray, block: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield rows, other rows and their mean squared differences; inf for none."""
    starts = range(0, len(X), block)
    rows = np.arange(len(X))
    for start in starts:
        here = rows[start : start + block]
        mine = _parts(X[here])
        for other in starts[start // block :]:
            there = rows[other : other + block]
            yield here, there, _mean_squares(mine, _parts(X[there]), here, there)


def _parts(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values, 0 for gaps, and whether there is one, as numbers."""
    present = ~np.isnan(X)
    return np.where(present, X, 0).astype(np.float64), present.astype(np.float64)


def _mean_squares(
    mine: tuple[np.ndarray, np.ndarray],
    others: tuple[np.ndarray, np.ndarray],
    here: np.ndarray,
    there: np.ndarray,
) -> np.ndarray:
    (x, has_x), (y, has_y) = mine, others
    shared = has_x @ has_y.T
    total = x**2 @ has_y.T + has_x @ (y**2).T - 2 * x @ y.T
    fuller = np.maximum(has_x.sum(axis=1)[:, None], has_y.sum(axis=1))
    comparable = (shared > 0) & (shared >= LEAST_SHARED * fuller)
    comparable &= here[:, None] != there
    squares = np.maximum(total, 0) / np.where(comparable, shared, 1)
    # equal distances must stay equal, so that the first of them is the nearest
    return np.where(comparable, np.round(squares / ROUNDING) * ROUNDING, np.inf)


def _keep_nearest(
    nearest: np.ndarray,
    least: np.ndarray,
    here: np.ndarray,
    there: np.ndarray,
    squares: np.ndarray,
) -> None:
    best = squares.argmin(axis=1)
    value = squares[np.arange(len(here)), best]
    # of equally near runs, the first row
    closer = (value < least[here]) | (
        (value == least[here]) & np.isfinite(value) & (there[best] < nearest[here])
    )
    nearest[here[closer]] = there[best[closer]]
    least[here[closer]] = value[closer]
