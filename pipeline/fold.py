"""Stage fold: outer and inner folds, drawn once and read by every model family."""

from __future__ import annotations

import numpy as np
import polars as pl
from rich.console import Console

from models.folds import OuterFold, nested_folds
from models.grouped_folds import nested_grouped_folds
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_parquet
from pipeline.data_params import FoldParams
from pipeline.errors import EgaError
from pipeline.fold_groups import NEAR_DUPLICATES, fold_groups, separated_twins
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
    pairs = read_parquet(paths.DUPLICATE_PAIRS)
    indicators = np.column_stack([labels, instruments])
    folds = _draw(indicators, fold_groups(runs, params), params.fold, params.seed)
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
    _warn_of_twins(separated_twins(pairs, runs, folds), len(runs))


def _draw(
    indicators: np.ndarray, groups: np.ndarray | None, settings: FoldParams, seed: int
) -> list[OuterFold]:
    sizes = {
        "repeats": settings.repeats,
        "outer": settings.outer_folds,
        "inner": settings.inner_folds,
    }
    if groups is None:
        return list(nested_folds(indicators, **sizes, seed=seed))
    try:
        return list(nested_grouped_folds(indicators, groups, **sizes, seed=seed))
    except ValueError as error:
        raise EgaError(
            f"fold.groups: {settings.groups} makes {len(np.unique(groups))} groups of "
            f"training runs, too few for {settings.outer_folds} outer x "
            f"{settings.inner_folds} inner folds ({error}). Cure: choose finer groups, "
            "lower duplicates.near_decades, or lower fold.outer_folds in params.yaml."
        ) from error


def _warn_of_twins(twins: int, n_runs: int) -> None:
    if twins:
        Console(stderr=True, highlight=False).print(
            f"{twins} of {n_runs} training runs have a near duplicate in another "
            "outer fold: scores on samples of a new kind will be worse than those "
            f"reported. Cure: fold.groups: {NEAR_DUPLICATES} in params.yaml.",
            style="yellow",
            soft_wrap=True,
        )


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
