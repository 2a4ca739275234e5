"""Stage fold: outer and inner folds, drawn once and read by every model family."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.folds import OuterFold, nested_folds
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_parquet
from pipeline.errors import EgaError
from pipeline.params import Params


def run(params: Params) -> None:
    """Write one row for each (repeat, outer fold, training run)."""
    runs = training_runs()
    labels = runs.select(params.data.labels).to_numpy()
    instruments = runs["instrument_type"].to_dummies().to_numpy()
    if len(runs) < params.fold.outer_folds * params.fold.inner_folds:
        raise EgaError(
            f"{len(runs)} training runs can't fill {params.fold.outer_folds} outer x "
            f"{params.fold.inner_folds} inner folds. Cure: label more runs or lower "
            "fold.outer_folds in params.yaml."
        )
    folds = nested_folds(
        np.column_stack([labels, instruments]),
        repeats=params.fold.repeats,
        outer=params.fold.outer_folds,
        inner=params.fold.inner_folds,
        seed=params.seed,
    )
    tables = [
        pl.DataFrame(
            {
                "repeat": np.full(len(runs), fold.repeat),
                "outer_fold": np.full(len(runs), fold.number),
                "sample_id": runs["sample_id"],
                "inner_fold": fold.inner,
            }
        )
        for fold in folds
    ]
    write_parquet(paths.FOLDS, pl.concat(tables))


def training_runs() -> pl.DataFrame:
    """Return the run table's training runs, in its order."""
    return read_parquet(paths.RUNS).filter(pl.col("role") == "train")


def read_folds(sample_ids: pl.Series) -> list[OuterFold]:
    """Return the folds with rows in the order of `sample_ids`.

    Raises
    ------
    EgaError
        The folds were drawn for other runs.
    """
    table = read_parquet(paths.FOLDS)
    order = pl.DataFrame({"sample_id": sample_ids})
    folds = []
    for (repeat, number), part in sorted(
        table.partition_by(["repeat", "outer_fold"], as_dict=True).items()
    ):
        joined = order.join(part, on="sample_id", how="left", maintain_order="left")
        if joined["inner_fold"].null_count() or len(part) != len(order):
            raise EgaError(
                f"{paths.FOLDS} was made for other runs. Cure: run `ega fold` again."
            )
        folds.append(OuterFold(repeat, number, joined["inner_fold"].to_numpy()))
    return folds
