"""Stage featurize: grids -> feature table, its dictionary, and augmented copies.

Finished blocks of runs are kept: a stage that was stopped goes on where it was, and new
runs cost their own time only. The tables are written piece by piece, so memory does
not depend on the number of runs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow
import pyarrow.parquet

from features.table import compute_features
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import replacing, write_csv
from pipeline.feature_blocks import Block, blocks, ensure_block, read_block
from pipeline.feature_settings import feature_settings
from pipeline.grid_store import load_grids
from pipeline.parallel import complete
from pipeline.params import Params
from pipeline.unit_cache import UnitCache

ROWS_PER_GROUP = 1024


def run(params: Params) -> None:
    """Write features of all runs, and copies of the training runs.

    A copy has a column `partner_id`: the second run of a mix, or null. A model may
    learn from a row only if both its runs belong to the training set.
    """
    runs = read_parquet(paths.RUNS)
    training = runs.filter(pl.col("role") == "train")
    cache = feature_cache(params)
    tables = {paths.FEATURES: blocks(runs, None, params, cache)}
    for copy in range(1, params.featurize.copies + 1):
        tables[paths.copies(copy)] = blocks(training, copy, params, cache)
    every = [block for parts in tables.values() for block in parts]
    complete(
        params.compute,
        "featurize",
        ensure_block,
        every,
        lambda block: cache.has(block.name),
        noun="blocks",
    )
    _, dictionary = compute_features(
        load_grids(runs.head(1)), feature_settings(params.featurize)
    )
    write_csv(paths.FEATURE_DICTIONARY, pl.DataFrame([f.as_dict() for f in dictionary]))
    for path, parts in tables.items():
        _write(path, parts, [feature.name for feature in dictionary])
    cache.remove_other_keys()
    cache.remove_other_units({block.name for block in every})


def feature_cache(params: Params) -> UnitCache:
    """Return the place of finished blocks."""
    settings = params.featurize.model_dump(mode="json", exclude={"copies"})
    return UnitCache(
        "featurize",
        [paths.GRID_AXES],
        [params.seed, settings],
        ("feature_blocks", "feature_settings", "grid_store"),
    )


def _write(path: Path, parts: Sequence[Block], names: list[str]) -> None:
    with replacing(path) as temporary:
        groups = _groups(parts, names)
        first = next(groups)
        with pyarrow.parquet.ParquetWriter(
            # dictionaries and limits of so many columns would take most of the time
            temporary,
            first.schema,
            compression="snappy",
            use_dictionary=False,
            write_statistics=False,
        ) as writer:
            for group in itertools.chain([first], groups):
                writer.write_table(group)


def _groups(parts: Sequence[Block], names: list[str]) -> Iterator[pyarrow.Table]:
    """Yield the table of some blocks; only a row group of it is in memory."""
    waiting: list[Block] = []
    for block in parts:
        waiting.append(block)
        if sum(len(b.runs) for b in waiting) >= ROWS_PER_GROUP or block is parts[-1]:
            yield _table(waiting, names).to_arrow()
            waiting.clear()


def _table(parts: Sequence[Block], names: list[str]) -> pl.DataFrame:
    """Return sample_id, partner_id (null unless mixed) and features."""
    keys = pl.concat(
        pl.DataFrame(
            {
                "sample_id": block.runs["sample_id"],
                "partner_id": block.partners["sample_id"],
                "mixed": block.mixed,
            }
        )
        for block in parts
    ).select("sample_id", pl.when("mixed").then("partner_id"))
    # all blocks at once: making a column takes longer than filling it
    values = np.concatenate([read_block(block) for block in parts])
    features = pl.DataFrame(values, schema=names, orient="row")
    return pl.concat([keys, features], how="horizontal")
