"""Stage featurize: grids -> feature table, its dictionary, and augmented copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl

from features.augmentation import Augmentation, augment, mix
from features.feature import Feature
from features.grid import EgaGrid
from features.table import compute_features
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_csv, write_parquet
from pipeline.feature_settings import feature_settings
from pipeline.grid_store import load_grids
from pipeline.parallel import fan_out
from pipeline.params import FeaturizeParams, Params
from pipeline.seeds import generator

RUNS_PER_BLOCK = 32


def run(params: Params) -> None:
    """Write features of all runs, and copies of the training runs.

    A copy has a column `partner_id`: the second run of a mix, or null. A model may
    learn from a row only if both its runs belong to the training set.
    """
    runs = read_parquet(paths.RUNS)
    training = runs.filter(pl.col("role") == "train")
    tasks = blocks(runs, None, params)
    for copy in range(1, params.featurize.copies + 1):
        tasks += blocks(training, copy, params)
    results = fan_out(params.compute, "featurize", compute_block, tasks)
    tables: dict[int | None, list[pl.DataFrame]] = {}
    for task, (table, described) in zip(tasks, results, strict=True):
        tables.setdefault(task.copy, []).append(table)
        dictionary = described
    write_csv(paths.FEATURE_DICTIONARY, pl.DataFrame([f.as_dict() for f in dictionary]))
    for number, parts in tables.items():
        path = paths.FEATURES if number is None else paths.copies(number)
        write_parquet(path, pl.concat(parts))


@dataclass(frozen=True)
class Block:
    """The work of one task.

    Attributes
    ----------
    copy : int or None
        Number of the augmented copy, or None for the runs as they are.
    runs, partners : DataFrame
        Rows of the run table; a partner equal to the run itself means no mixing.
    """

    copy: int | None
    runs: pl.DataFrame
    partners: pl.DataFrame
    params: FeaturizeParams
    seed: int


def compute_block(block: Block) -> tuple[pl.DataFrame, list[Feature]]:
    """Return the table of a block (sample_id, partner_id, features) and dictionary."""
    grid = load_grids(block.runs)
    ids, partner_ids = block.runs["sample_id"], block.partners["sample_id"]
    mixed = (ids != partner_ids).to_numpy()
    if block.copy is not None:
        grid = _augmented(block, grid, np.flatnonzero(mixed))
    table, dictionary = compute_features(grid, feature_settings(block.params))
    return _to_polars(table, ids, partner_ids, mixed), dictionary


def blocks(runs: pl.DataFrame, copy: int | None, params: Params) -> list[Block]:
    """Return the tasks for the given runs, or for one augmented copy of them."""
    partners = runs if copy is None else _partners(runs, copy, params)
    return [
        Block(
            copy,
            runs.slice(start, RUNS_PER_BLOCK),
            partners.slice(start, RUNS_PER_BLOCK),
            params.featurize,
            params.seed,
        )
        for start in range(0, len(runs), RUNS_PER_BLOCK)
    ]


def _partners(training: pl.DataFrame, copy: int, params: Params) -> pl.DataFrame:
    """Choose for each run another of the same instrument, or itself (no mixing)."""
    instruments = training["instrument_type"].to_numpy()
    candidates = {
        name: np.flatnonzero(instruments == name) for name in np.unique(instruments)
    }
    chosen = []
    for row, sample_id in enumerate(training["sample_id"]):
        rng = generator(params.seed, "partner", copy, sample_id)
        partner = int(rng.choice(candidates[instruments[row]]))
        chosen.append(partner if rng.random() < params.featurize.mix_share else row)
    return training[chosen]


def _augmented(block: Block, grid: EgaGrid, mixed: np.ndarray) -> EgaGrid:
    ids = block.runs["sample_id"]
    generators = [generator(block.seed, "augment", block.copy or 0, i) for i in ids]
    if len(mixed):
        abundance = grid.abundance.copy()
        partner = load_grids(block.partners[mixed.tolist()])
        abundance[mixed] = mix(
            grid.take(mixed),
            partner,
            block.params.background_quantile,
            [generators[row] for row in mixed],
            carrier_mz=block.params.carrier_mz,
        ).abundance
        grid = grid.with_abundance(abundance)
    settings = Augmentation(block.params.shift_celsius, block.params.gain_log2)
    return augment(grid, settings, generators)


def _to_polars(
    table: pd.DataFrame, ids: pl.Series, partner_ids: pl.Series, mixed: np.ndarray
) -> pl.DataFrame:
    values = pl.DataFrame(table.to_numpy(), schema=list(table.columns), orient="row")
    keys = pl.DataFrame({"sample_id": ids, "partner_id": partner_ids, "mixed": mixed})
    keys = keys.select(
        "sample_id", partner_id=pl.when("mixed").then("partner_id").otherwise(None)
    )
    return pl.concat([keys, values], how="horizontal")
