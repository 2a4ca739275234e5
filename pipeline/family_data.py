"""What every model family learns from, read by path so that tasks stay small."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from models.folds import OuterFold
from models.training_rows import TrainingRows
from pipeline import paths
from pipeline.artifacts import read_csv, read_parquet
from pipeline.errors import EgaError
from pipeline.fold import read_folds

KEYS = ("sample_id", "partner_id")


@dataclass(frozen=True)
class FoldedRuns:
    """Runs, labels and folds.

    Attributes
    ----------
    training, others : DataFrame
        Run table of the training runs, and of the holdout and test runs.
    y : (n_runs, n_labels) int8
        Labels of the training runs.
    folds : tuple[OuterFold, ...]
    """

    training: pl.DataFrame
    others: pl.DataFrame
    y: np.ndarray
    folds: tuple[OuterFold, ...]


@dataclass(frozen=True)
class FamilyData(FoldedRuns):
    """Features beside runs, labels and folds.

    Attributes
    ----------
    feature_names : tuple[str, ...]
        Columns of the feature matrices.
    feature_families : (n_features,) str
        The family of each.
    X, X_others : (n_runs, n_features) float32
        Features in the order of `training` and `others`.
    rows : TrainingRows
        Training runs and their augmented copies; `first` and `second` count in the
        order of `training`.
    """

    feature_names: tuple[str, ...]
    feature_families: np.ndarray
    X: np.ndarray
    X_others: np.ndarray
    rows: TrainingRows


def load_folded_runs(labels: tuple[str, ...]) -> FoldedRuns:
    """Read the run table and the folds.

    Raises
    ------
    EgaError
        An artifact is missing or does not fit the others.
    """
    runs = read_parquet(paths.RUNS)
    training = runs.filter(pl.col("role") == "train")
    return FoldedRuns(
        training,
        runs.filter(pl.col("role") != "train"),
        training.select(labels).to_numpy(),
        tuple(read_folds(training["sample_id"])),
    )


@lru_cache(maxsize=1)
def load_family_data(labels: tuple[str, ...], n_copies: int) -> FamilyData:
    """Read everything once per worker.

    Raises
    ------
    EgaError
        An artifact is missing or does not fit the others.
    """
    base = load_folded_runs(labels)
    runs = read_parquet(paths.RUNS)
    features = read_parquet(paths.FEATURES)
    _same_runs(runs["sample_id"], features["sample_id"])
    names = tuple(name for name in features.columns if name not in KEYS)
    matrix = _matrix(features)
    is_training = (runs["role"] == "train").to_numpy()
    X = np.ascontiguousarray(matrix[is_training])
    return FamilyData(
        **vars(base),
        feature_names=names,
        feature_families=_families(names),
        X=X,
        X_others=np.ascontiguousarray(matrix[~is_training]),
        rows=_training_rows(X, base.y, base.training["sample_id"], names, n_copies),
    )


def _families(names: tuple[str, ...]) -> np.ndarray:
    dictionary = read_csv(paths.FEATURE_DICTIONARY)
    if tuple(dictionary["name"]) != names:
        raise EgaError(
            f"{paths.FEATURE_DICTIONARY} describes other features than "
            f"{paths.FEATURES} holds. Cure: run `ega featurize` again."
        )
    return dictionary["family"].to_numpy().astype(str)


def _training_rows(
    X: np.ndarray, y: np.ndarray, ids: pl.Series, names: tuple[str, ...], copies: int
) -> TrainingRows:
    position = {sample_id: row for row, sample_id in enumerate(ids)}
    here = np.arange(len(ids))
    parts, firsts, seconds = [X], [here], [here]
    for number in range(1, copies + 1):
        table = read_parquet(paths.copies(number))
        if tuple(table.columns[len(KEYS) :]) != names:
            raise EgaError(
                f"{paths.copies(number)} holds other features than {paths.FEATURES}. "
                "Cure: run `ega featurize` again."
            )
        _same_runs(ids, table["sample_id"])
        partner = table["partner_id"].fill_null(table["sample_id"])
        parts.append(_matrix(table))
        firsts.append(here)
        seconds.append(np.array([position[sample_id] for sample_id in partner]))
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    return TrainingRows(
        np.concatenate(parts),
        np.maximum(y[first], y[second]),
        first,
        second,
        np.arange(len(first)) >= len(ids),
    )


def _matrix(table: pl.DataFrame) -> np.ndarray:
    return np.ascontiguousarray(table.drop(KEYS).to_numpy())


def _same_runs(expected: pl.Series, got: pl.Series) -> None:
    if expected.to_list() != got.to_list():
        raise EgaError(
            "the feature table holds other runs than the run table. "
            "Cure: run `ega featurize` again."
        )
