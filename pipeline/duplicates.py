"""Stage duplicates: runs that are the same, or nearly so, whatever their labels.

Runs are compared by what the linear and kernel models read, log10 of shares and areas;
see `models.near_duplicates`.
"""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
from rich.console import Console

from models.log_inputs import log_input_columns, log_inputs
from models.near_duplicates import AlikeRuns, alike_runs, connected_groups
from pipeline import paths
from pipeline.artifacts import read_csv, read_parquet
from pipeline.atomic import write_csv, write_parquet
from pipeline.errors import EgaError
from pipeline.grid_store import load_grids
from pipeline.params import Params

# how two runs are alike, the closest first
KINDS = ("same_file", "same_grid", "near")
DIGITS = 6


def run(params: Params) -> None:
    """Write pairs of alike runs, and the group and the nearest run of every run."""
    runs = read_parquet(paths.RUNS)
    alike = alike_runs(_inputs(runs), params.duplicates.near_decades)
    pairs = _pairs(runs, alike, params.data.labels)
    by_run = _by_run(runs, alike, params.data.labels)
    write_parquet(paths.DUPLICATE_PAIRS, pairs)
    write_parquet(paths.DUPLICATE_RUNS, by_run)
    write_csv(paths.DUPLICATES, pairs.sort("distance_decades", maintain_order=True))
    if len(pairs):
        Console(stderr=True, highlight=False).print(
            f"duplicates: {_summary(pairs, by_run)}; {paths.DUPLICATES} lists them",
            soft_wrap=True,
        )


def _inputs(runs: pl.DataFrame) -> np.ndarray:
    """Return log10 of shares and areas (n_runs, n_inputs), NaN for gaps."""
    families = read_csv(paths.FEATURE_DICTIONARY)["family"].to_numpy().astype(str)
    features = read_parquet(paths.FEATURES)
    names = features.columns[-len(families) :]
    if not features["sample_id"].equals(runs["sample_id"]):
        raise EgaError(
            f"{paths.FEATURES} holds other runs than {paths.RUNS}. "
            "Cure: run `ega featurize` again."
        )
    columns = log_input_columns(families)
    X = features.select(np.array(names)[columns].tolist()).to_numpy()
    return log_inputs(X, families[columns]).astype(np.float32)


def _pairs(
    runs: pl.DataFrame, alike: AlikeRuns, labels: tuple[str, ...]
) -> pl.DataFrame:
    columns = ("sample_id", "role", "features_md5_hash")
    ends = [
        runs[rows.tolist()].select(pl.col(columns).name.prefix(prefix))
        for prefix, rows in (("", alike.first), ("other_", alike.second))
    ]
    same_file = pl.col("features_md5_hash") == pl.col("other_features_md5_hash")
    return (
        pl.concat(ends, how="horizontal")
        .with_columns(
            distance_decades=pl.Series(alike.distance).cast(pl.Float64).round(DIGITS),
            same_grid=pl.Series(_same_grids(runs, alike), dtype=pl.Boolean),
            same_labels=_same_labels(runs, alike.first, alike.second, labels),
        )
        .with_columns(
            kind=pl.when(same_file.fill_null(value=False) & pl.col("same_grid"))
            .then(pl.lit(KINDS[0]))
            .when("same_grid")
            .then(pl.lit(KINDS[1]))
            .otherwise(pl.lit(KINDS[2]))
        )
        .select(
            "sample_id",
            "other_sample_id",
            "kind",
            "distance_decades",
            "role",
            "other_role",
            "same_labels",
        )
    )


def _by_run(
    runs: pl.DataFrame, alike: AlikeRuns, labels: tuple[str, ...]
) -> pl.DataFrame:
    group = connected_groups(len(runs), alike.first, alike.second)
    ids = runs["sample_id"]
    found = alike.nearest >= 0
    nearest = np.where(found, alike.nearest, 0)
    return pl.DataFrame(
        {
            "sample_id": ids,
            "role": runs["role"],
            "group": ids[group.tolist()],
            "group_runs": np.bincount(group, minlength=len(runs))[group],
            "nearest_sample_id": ids[nearest.tolist()],
            "distance_decades": alike.nearest_distance.round(DIGITS),
            "same_labels": _same_labels(runs, np.arange(len(runs)), nearest, labels),
        }
    ).with_columns(
        pl.when(pl.Series(found)).then(name)
        for name in ("nearest_sample_id", "distance_decades", "same_labels")
    )


def _same_labels(
    runs: pl.DataFrame, first: np.ndarray, second: np.ndarray, labels: tuple[str, ...]
) -> pl.Series:
    """Return 1 or 0 for pairs of training runs, null where a label is not for us."""
    y = runs.select(pl.col(labels).fill_null(-1)).to_numpy()
    training = (runs["role"] == "train").to_numpy()
    same = (y[first] == y[second]).all(axis=1).astype(np.int64)
    known = pl.Series(training[first] & training[second])
    values = pl.DataFrame({"same": same, "known": known})
    return values.select(pl.when("known").then("same"))["same"]


def _same_grids(runs: pl.DataFrame, alike: AlikeRuns) -> list[bool]:
    """Return whether each pair has the same abundance in every cell."""
    identical = alike.distance == 0
    rows = np.unique(
        np.concatenate([alike.first[identical], alike.second[identical]])
    ).tolist()
    # one at a time: there may be many
    digests = {row: _grid_digest(runs[row]) for row in rows}
    return [
        bool(same) and digests[i] == digests[j]
        for same, i, j in zip(
            identical, alike.first.tolist(), alike.second.tolist(), strict=True
        )
    ]


def _grid_digest(run: pl.DataFrame) -> bytes:
    abundance = np.ascontiguousarray(load_grids(run).abundance)
    return hashlib.sha256(abundance.tobytes()).digest()


def _summary(pairs: pl.DataFrame, by_run: pl.DataFrame) -> str:
    counts = [f"{(pairs['kind'] == kind).sum()} {kind}" for kind in KINDS]
    grouped = by_run.filter(pl.col("group_runs") > 1)
    return (
        f"{len(pairs)} pairs of alike runs ({', '.join(counts)}), {len(grouped)} runs "
        f"in {grouped['group'].n_unique()} groups"
    )
