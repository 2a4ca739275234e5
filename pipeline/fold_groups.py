"""Which training runs must stand in the same fold, and which like ones do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.folds import OuterFold
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.errors import EgaError
from pipeline.params import Params
from pipeline.small_tables import read_table

NONE, NEAR_DUPLICATES = "none", "near_duplicates"


def fold_groups(training: pl.DataFrame, params: Params) -> np.ndarray | None:
    """Return the group (n_runs,) of each training run; None if runs stand alone.

    Raises
    ------
    EgaError
        `fold.groups` names no column of metadata.csv.
    """
    if params.fold.groups == NONE:
        return None
    if params.fold.groups == NEAR_DUPLICATES:
        found = read_parquet(paths.DUPLICATE_RUNS).select("sample_id", "group")
    else:
        found = _metadata_groups(params)
    joined = training.select("sample_id").join(
        found, on="sample_id", how="left", maintain_order="left"
    )
    if params.fold.groups == NEAR_DUPLICATES and joined["group"].null_count():
        raise EgaError(
            f"{paths.DUPLICATE_RUNS} was made for other runs. "
            "Cure: run `ega duplicates` again."
        )
    # a run without group is a group of its own, whatever the groups are called
    keys = [(group is None, group or own) for own, group in joined.iter_rows()]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)


def separated_twins(
    pairs: pl.DataFrame, training: pl.DataFrame, folds: Sequence[OuterFold]
) -> int:
    """Return how many training runs are scored by models trained on a near duplicate.

    Parameters
    ----------
    pairs : DataFrame
        `artifacts/duplicates/pairs.parquet`.
    training : DataFrame
        Training runs in the order of the folds' rows.
    """
    position = {name: row for row, name in enumerate(training["sample_id"])}
    ends = pairs.select("sample_id", "other_sample_id").iter_rows()
    rows = [
        (position[a], position[b]) for a, b in ends if a in position and b in position
    ]
    first, second = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    apart = np.zeros(len(training), dtype=bool)
    for fold in folds:
        scored = fold.inner < 0
        apart[first[scored[first] & ~scored[second]]] = True
        apart[second[scored[second] & ~scored[first]]] = True
    return int(apart.sum())


def _metadata_groups(params: Params) -> pl.DataFrame:
    path, column = params.data.root / "metadata.csv", params.fold.groups
    table = read_table(path, ("sample_id",))
    if column not in table.columns or column == "sample_id":
        others = [name for name in table.columns if name != "sample_id"]
        raise EgaError(
            f"params.yaml: fold.groups: got {column!r}; expected {NONE}, "
            f"{NEAR_DUPLICATES} or a column of {path} ({', '.join(others)}). "
            "Cure: name one of these, or add the column."
        )
    text = pl.col(column).str.strip_chars()
    return (
        table.select("sample_id", group=pl.when(text.str.len_chars() > 0).then(text))
        # stage bin has left out ids that stand on several rows
        .unique("sample_id", keep="none", maintain_order=True)
    )
