"""Feature table -> inputs of a perceptron: chosen columns, one scale, no gaps.

Everything is fitted on the training rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from scipy.special import ndtri

Selection = Literal["n_difference_and_peaks", "all"]
Method = Literal["quantile", "standard"]

# the families of the source: differences of each ion, and its peak's position as a
# share of the run with its logarithm
DIFFERENCES, PEAKS = "n_differences", "peak_position"
DROPPED_MZ = 10
# inputs beyond this many deviations say "extreme", and no more
LARGEST_INPUT = 4.0
# a column's distribution is kept at this many points at most
_KNOTS = 64


@dataclass(frozen=True)
class FeatureColumns:
    """What the columns of a feature table are.

    Attributes
    ----------
    family : (n_features,) str
    mz : (n_features,) float
        m/z that a feature belongs to; NaN if it belongs to the whole run.
    """

    family: np.ndarray
    mz: np.ndarray


def chosen_columns(
    X: np.ndarray, columns: FeatureColumns, selection: Selection
) -> np.ndarray:
    """Return the indices of the columns to use.

    `n_difference_and_peaks` takes the two families of the source without the 10 m/z
    that vary least over the rows of X (n_rows, n_features), NaN allowed; `all` takes
    all.

    Notes
    -----
    The variation of an m/z is the mean variance of its differences. Peak positions do
    not count: the maximum of an ion that is only noise lies anywhere and varies most.
    """
    if selection == "all":
        return np.arange(X.shape[1])
    wanted = np.isin(columns.family, (DIFFERENCES, PEAKS))
    differences = np.flatnonzero(columns.family == DIFFERENCES)
    if len(differences) == 0:
        raise ValueError(
            f"no feature of family {DIFFERENCES!r}; "
            f"got {', '.join(sorted(set(columns.family)))}"
        )
    mz = np.unique(columns.mz[differences])
    variance = _variance(X[:, differences])
    variation = [variance[columns.mz[differences] == value].mean() for value in mz]
    # at least one m/z stays
    dropped = mz[np.argsort(variation, kind="stable")[: min(DROPPED_MZ, len(mz) - 1)]]
    return np.flatnonzero(wanted & ~np.isin(columns.mz, dropped))


def _variance(X: np.ndarray) -> np.ndarray:
    """Return the variance of each column without its NaN; 0 for an empty column."""
    present = ~np.isnan(X)
    count = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, X, 0).sum(axis=0, dtype=np.float64) / count
    return np.where(present, (X - mean) ** 2, 0).sum(axis=0) / count


@dataclass(frozen=True)
class FeatureScaling:
    """Fitted choice and scaling of columns.

    Attributes
    ----------
    columns : (n_inputs,) int
        Columns of the feature table that are used.
    starts : (n_inputs + 1,) int
        Where the knots of each begin; a column without variation has one knot.
    values, scores : (n_knots,) float64
        Increasing values of a column and the inputs that they become; linear between,
        and beyond if `extends`.
    extends : bool
        Whether the outermost slopes go on beyond the training values.
    """

    columns: np.ndarray
    starts: np.ndarray
    values: np.ndarray
    scores: np.ndarray
    extends: bool

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return inputs (n_rows, n_inputs) float32 of X (n_rows, n_features).

        Missing values and columns that did not vary in training become 0; nothing
        lies outside -LARGEST_INPUT..LARGEST_INPUT.
        """
        inputs = np.zeros((len(X), len(self.columns)), dtype=np.float32)
        table = np.ascontiguousarray(X[:, self.columns], dtype=np.float64)
        _interpolate(inputs, table, self.starts, self.values, self.scores, self.extends)
        return inputs

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all that `from_arrays` needs; knots in single precision."""
        return {
            "columns": self.columns.astype(np.int32),
            "starts": self.starts.astype(np.int32),
            "values": self.values.astype(np.float32),
            "scores": self.scores.astype(np.float32),
            "extends": np.array([self.extends], dtype=np.uint8),
        }

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> FeatureScaling:
        """Return what `to_arrays` described.

        Raises
        ------
        ValueError
            The arrays do not fit each other; compiled code trusts them.
        """
        starts = arrays["starts"].astype(np.int64)
        values = arrays["values"].astype(np.float64)
        scores = arrays["scores"].astype(np.float64)
        fits = (
            len(starts) == len(arrays["columns"]) + 1
            and starts[0] == 0
            and (np.diff(starts) > 0).all()
            and starts[-1] == len(values) == len(scores)
        )
        if not fits:
            raise ValueError("the knots of the feature scaling do not fit its columns")
        return FeatureScaling(
            arrays["columns"].astype(np.int64),
            starts,
            values,
            scores,
            extends=bool(arrays["extends"][0]),
        )


@njit(cache=True, nogil=True)
def _interpolate(
    inputs: np.ndarray,
    table: np.ndarray,
    starts: np.ndarray,
    values: np.ndarray,
    scores: np.ndarray,
    extends: bool,  # noqa: FBT001 compiled code takes no keywords
) -> None:
    for row in range(inputs.shape[0]):
        for column in range(inputs.shape[1]):
            first, stop = starts[column], starts[column + 1]
            x = table[row, column]
            if stop - first < 2 or np.isnan(x):
                continue
            if x >= values[stop - 1]:
                right = stop - 1
            else:
                right = first + np.searchsorted(values[first:stop], x, side="right")
                right = max(right, first + 1)
            left = right - 1
            share = (x - values[left]) / (values[right] - values[left])
            if not extends:
                share = min(max(share, 0.0), 1.0)
            y = scores[left] + share * (scores[right] - scores[left])
            inputs[row, column] = min(max(y, -LARGEST_INPUT), LARGEST_INPUT)


def fit_feature_scaling(
    X: np.ndarray, columns: FeatureColumns, selection: Selection, method: Method
) -> FeatureScaling:
    """Fit on the training rows (n_rows, n_features), NaN allowed.

    `standard` subtracts the mean and divides by the standard deviation; `quantile`
    makes the distribution of each column normal.
    """
    chosen = chosen_columns(X, columns, selection)
    knots = _quantile_knots if method == "quantile" else _standard_knots
    table = np.ascontiguousarray(X[:, chosen].T, dtype=np.float64)
    fitted = [knots(column[~np.isnan(column)]) for column in table]
    return FeatureScaling(
        chosen,
        np.cumsum([0, *(len(values) for values, _ in fitted)]),
        np.concatenate([values for values, _ in fitted]),
        np.concatenate([scores for _, scores in fitted]),
        extends=method == "standard",
    )


def _quantile_knots(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct values and the normal scores of their middle ranks.

    Equal values share the middle of their ranks, so that a column that is mostly zero
    keeps its zeros near the centre.
    """
    if len(column) > _KNOTS:
        column = np.quantile(column, np.linspace(0, 1, _KNOTS))
    values, counts = np.unique(column, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    return values, ndtri(middle / max(len(column), 1))


def _standard_knots(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two values and their distances from the mean in standard deviations."""
    if len(column) == 0:
        return np.zeros(1), np.zeros(1)
    mean, deviation = column.mean(), column.std()
    # rounding leaves a constant column with a deviation of about its last digit
    if deviation <= 1e-9 * max(abs(mean), 1e-30):
        return np.zeros(1), np.zeros(1)
    return np.array([mean - deviation, mean + deviation]), np.array([-1.0, 1.0])
