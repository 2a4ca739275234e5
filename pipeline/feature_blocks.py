"""Blocks of runs whose features are computed together, and kept between runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from features.augmentation import Augmentation, augment, mix
from features.grid import EgaGrid, RunFacts
from features.table import compute_features
from pipeline.feature_settings import feature_settings
from pipeline.grid_store import load_grids
from pipeline.params import FeaturizeParams, Params
from pipeline.seeds import generator
from pipeline.unit_cache import UnitCache

_FACTS = tuple(field.name for field in fields(RunFacts))


@dataclass(frozen=True)
class Block:
    """The work of one task.

    Attributes
    ----------
    copy : int or None
        Number of the augmented copy, or None for the runs as they are.
    runs, partners : DataFrame
        Rows of the run table; a partner equal to the run itself means no mixing.
    name : str
        Name of the cached result: a digest of the runs and of their grids.
    """

    copy: int | None
    runs: pl.DataFrame
    partners: pl.DataFrame
    name: str
    params: FeaturizeParams
    seed: int
    cache: UnitCache

    @property
    def mixed(self) -> np.ndarray:
        """(n_runs,) bool: whether a run is mixed with another."""
        return (self.runs["sample_id"] != self.partners["sample_id"]).to_numpy()


def blocks(
    runs: pl.DataFrame, copy: int | None, params: Params, cache: UnitCache
) -> list[Block]:
    """Return the tasks for the given runs, or for one augmented copy of them.

    A block is what a chunk of stage bin holds, so that few grids are opened.
    """
    partners = runs if copy is None else _partners(runs, copy, params)
    found, start = [], 0
    # chunks of the same content have one name, wherever they stand
    neighbours = runs.with_columns(place=pl.col("chunk").rle_id())
    for part in neighbours.partition_by(
        "place", maintain_order=True, include_key=False
    ):
        others = partners.slice(start, len(part))
        name = _name(copy, part, others)
        found.append(
            Block(copy, part, others, name, params.featurize, params.seed, cache)
        )
        start += len(part)
    return found


def ensure_block(block: Block) -> None:
    """Compute a block and keep it, unless that is done."""
    read_block(block)


def read_block(block: Block) -> np.ndarray:
    """Return the features of a block, (n_runs, n_features) float32."""
    kept = block.cache.load(block.name)
    if kept is not None:
        return kept["features"]
    features = compute_block(block)
    block.cache.save(block.name, {"features": features})
    return features


def compute_block(block: Block) -> np.ndarray:
    """Compute the features of a block, (n_runs, n_features) float32."""
    grid = load_grids(block.runs)
    if block.copy is not None:
        grid = _augmented(block, grid, np.flatnonzero(block.mixed))
    table, _ = compute_features(grid, feature_settings(block.params))
    return table.to_numpy()


def _name(copy: int | None, runs: pl.DataFrame, partners: pl.DataFrame) -> str:
    # chunks are named after what they hold
    columns = ("sample_id", "chunk", "row_in_chunk", *_FACTS)
    content = [copy, runs.select(columns).rows(), partners.select(columns).rows()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


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
