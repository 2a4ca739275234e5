"""LightGBM models as flat arrays: quick to load, quick to ask, no LightGBM needed.

To import LightGBM and to parse a few hundred models takes seconds; these arrays take
milliseconds from a file, and give the same scores and contributions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numba import njit

from models.tree_shap import add_contributions, gauss_rules

# what a damaged or hostile file may ask for; LightGBM's default tree has 30 splits
MAXIMUM_DEPTH, MAXIMUM_SPLITS = 64, 1 << 14
# LightGBM takes what is no larger for zero
ZERO = np.float32(1e-35)
LARGEST = np.finfo(np.float64).max
DTYPES: dict[str, tuple[type, tuple[int, ...]]] = {
    "feature": (np.int32, ()),
    "threshold": (np.float32, ()),
    "nan_left": (np.uint8, ()),
    "children": (np.int32, (2,)),
    "leaf_value": (np.float64, ()),
    "leaf_cover": (np.int32, ()),
    "tree_start": (np.int32, ()),
    "booster_start": (np.int32, ()),
}


@dataclass(frozen=True)
class FlatTrees:
    """The trees of many boosters, one after another; checked and then read-only.

    A tree of n splits has n + 1 leaves, so tree k has the splits from `tree_start[k]`
    on and the leaves from `tree_start[k] + k` on.

    Attributes
    ----------
    n_features : int
        Columns of the feature table.
    feature : (n_splits,) int32
        Column that a split looks at.
    threshold : (n_splits,) float32
        Values up to this go left; rounded down, which for float32 values changes
        no decision.
    nan_left : (n_splits,) uint8
        Whether a missing value (NaN) goes left.
    children : (n_splits, 2) int32
        Left and right: number of a later split of the same tree, or ~number of a leaf.
    leaf_value : (n_leaves,) float64
        Log-odds.
    leaf_cover : (n_leaves,) int32
        Training rows, at least 1.
    tree_start : (n_trees + 1,) int32
        First split of each tree, and the end.
    booster_start : (n_boosters + 1,) int32
        First tree of each booster, and the end.
    """

    n_features: int
    feature: np.ndarray
    threshold: np.ndarray
    nan_left: np.ndarray
    children: np.ndarray
    leaf_value: np.ndarray
    leaf_cover: np.ndarray
    tree_start: np.ndarray
    booster_start: np.ndarray

    def __post_init__(self) -> None:
        """Check all that compiled code will trust: it looks at no bounds itself."""
        n_trees, n_splits = self.tree_start.size - 1, self.feature.size
        lengths = {
            "tree_start": n_trees + 1,
            "booster_start": self.booster_start.size,
            "leaf_value": n_splits + n_trees,
            "leaf_cover": n_splits + n_trees,
        }
        for name, (dtype, tail) in DTYPES.items():
            array, shape = getattr(self, name), (lengths.get(name, n_splits), *tail)
            if array.dtype != dtype or array.shape != shape:
                raise ValueError(
                    f"{name} is {array.dtype} {array.shape}, "
                    f"expected {np.dtype(dtype)} {shape}"
                )
            # of one kind, whatever they were loaded with, so that code is compiled once
            array = np.require(array, requirements=["C", "A"]).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        _check_starts("tree_start", self.tree_start, n_splits, MAXIMUM_SPLITS)
        _check_starts("booster_start", self.booster_start, n_trees, n_trees)
        check_range("feature", self.feature, 0, self.n_features - 1)
        check_range("threshold", self.threshold, -np.inf, np.inf)
        check_range("nan_left", self.nan_left, 0, 1)
        check_range("leaf_value", self.leaf_value, -LARGEST, LARGEST)
        check_range("leaf_cover", self.leaf_cover, 1, np.inf)
        bad = _first_bad_tree(self.tree_start, self.children, MAXIMUM_DEPTH)
        if bad >= 0:
            raise ValueError(
                f"children of tree {bad} are no tree of at most {MAXIMUM_DEPTH} levels"
            )

    def __len__(self) -> int:
        """Return the number of boosters."""
        return len(self.booster_start) - 1

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all as arrays, for a safetensors file."""
        n_features = np.array([self.n_features], dtype=np.int32)
        return {
            "n_features": n_features,
            **{name: getattr(self, name) for name in DTYPES},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> FlatTrees:
        """Return what `to_arrays` gave, or raise ValueError if it is damaged."""
        expected = {field.name for field in fields(cls)}
        if set(arrays) != expected:
            raise ValueError(
                f"got arrays {sorted(arrays)}, expected {sorted(expected)}"
            )
        n_features = arrays["n_features"]
        if n_features.shape != (1,) or n_features.dtype != np.int32:
            raise ValueError(
                f"n_features is {n_features.dtype} {n_features.shape}, "
                "expected int32 (1,)"
            )
        return cls(int(n_features[0]), **{name: arrays[name] for name in DTYPES})

    def raw_scores(self, X: np.ndarray) -> np.ndarray:
        """Return the log-odds of every booster, (n_boosters, n_runs).

        Parameters
        ----------
        X : (n_runs, n_features) float32
            The full feature table, NaN where a value is missing.
        """
        X = self._prepared(X)
        scores = np.zeros((len(self), len(X)))
        _add_scores(scores, X, self.booster_start, *self._trees())
        return scores

    def contributions(
        self, X: np.ndarray, boosters: np.ndarray
    ) -> tuple[np.ndarray, float]:
        """Return what each feature adds to the mean log-odds of some boosters.

        Parameters
        ----------
        X : (n_runs, n_features) float32
        boosters : (n,) int
            Numbers of the boosters, at least one.

        Returns
        -------
        contributions : (n_runs, n_features) float64
        expected : float
            Mean log-odds of the training rows; with the contributions of a run it adds
            up to the run's mean log-odds.
        """
        boosters = np.asarray(boosters)
        if boosters.dtype.kind not in "iu" or boosters.ndim != 1 or not len(boosters):
            raise ValueError(f"boosters are {boosters!r}, expected integers (n,)")
        check_range("boosters", boosters, 0, len(self) - 1)
        X = self._prepared(X)
        total, expected = np.zeros(X.shape), 0.0
        for booster in boosters:
            expected += add_contributions(
                total,
                X,
                1 / len(boosters),
                self.booster_start[booster],
                self.booster_start[booster + 1],
                gauss_rules(MAXIMUM_DEPTH),
                self.leaf_cover,
                *self._trees(),
            )
        return total, expected

    def _trees(self) -> tuple[np.ndarray, ...]:
        return (
            self.tree_start,
            self.feature,
            self.threshold,
            self.nan_left,
            self.children,
            self.leaf_value,
        )

    def _prepared(self, X: np.ndarray) -> np.ndarray:
        if X.dtype != np.float32 or X.shape[1:] != (self.n_features,):
            raise ValueError(
                f"X is {X.dtype} {X.shape}, expected float32 (n, {self.n_features})"
            )
        # a copy in one layout, so that code is compiled once
        return np.ascontiguousarray(np.where(np.abs(X) <= ZERO, np.float32(0), X))


def _check_starts(name: str, starts: np.ndarray, end: int, most: int) -> None:
    if len(starts) == 0 or starts[0] != 0 or starts[-1] != end:
        raise ValueError(f"{name} is {starts}, expected from 0 to {end}")
    # 64 bits, in which no difference of 32-bit numbers runs over
    check_range(f"steps of {name}", np.diff(starts.astype(np.int64)), 0, most)


def check_range(name: str, values: np.ndarray, low: float, high: float) -> None:
    """Raise ValueError if a value lies outside."""
    # a minimum of NaN is in no range
    if len(values) and not (values.min() >= low and values.max() <= high):
        raise ValueError(f"{name} has values outside {low} .. {high}")


@njit(cache=True, nogil=True)
def _first_bad_tree(
    tree_start: np.ndarray, children: np.ndarray, maximum_depth: int
) -> int:
    """Return the first tree that is none, or is too deep, or -1."""
    split_depth = np.empty(MAXIMUM_SPLITS, dtype=np.int64)
    leaf_seen = np.empty(MAXIMUM_SPLITS + 1, dtype=np.bool_)
    for tree in range(len(tree_start) - 1):
        start, end = tree_start[tree], tree_start[tree + 1]
        if not _is_tree(children[start:end], maximum_depth, split_depth, leaf_seen):
            return tree
    return -1


@njit(cache=True, nogil=True)
def _is_tree(
    children: np.ndarray,
    maximum_depth: int,
    split_depth: np.ndarray,
    leaf_seen: np.ndarray,
) -> bool:
    """Return whether nodes have one parent each, which comes before them.

    If 2n children all differ, they are the n - 1 splits below the root and the n + 1
    leaves: none is left out.
    """
    n = len(children)
    for node in range(n):
        split_depth[node] = 0
        leaf_seen[node] = False
    leaf_seen[n] = False
    for node in range(n):
        depth = split_depth[node] + 1
        for side in range(2):
            child = np.int64(children[node, side])
            if child < 0:
                leaf = -child - 1
                if leaf > n or leaf_seen[leaf]:
                    return False
                leaf_seen[leaf] = True
            else:
                if child <= node or child >= n or split_depth[child]:
                    return False
                split_depth[child] = depth
        if depth > maximum_depth:
            return False
    return True


@njit(cache=True, nogil=True)
def _add_scores(
    scores: np.ndarray,
    X: np.ndarray,
    booster_start: np.ndarray,
    tree_start: np.ndarray,
    feature: np.ndarray,
    threshold: np.ndarray,
    nan_left: np.ndarray,
    children: np.ndarray,
    leaf_value: np.ndarray,
) -> None:
    """Add up the leaves that each run (row of `X`) reaches, in LightGBM's order."""
    for booster in range(len(booster_start) - 1):
        for tree in range(booster_start[booster], booster_start[booster + 1]):
            start = tree_start[tree]
            root = 0 if tree_start[tree + 1] > start else -1
            for run in range(len(X)):
                node = root
                while node >= 0:
                    at = start + node
                    value = X[run, feature[at]]
                    # no branch: which way a run goes is what no processor foresees
                    left = (value <= threshold[at]) | (np.isnan(value) & nan_left[at])
                    node = children[at, 1 - left]
                scores[booster, run] += leaf_value[start + tree - node - 1]
