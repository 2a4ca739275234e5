"""The grids of stage bin, read chunk by chunk without loading them all."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache

import numpy as np
import polars as pl

from features.binning import GridAxes
from features.grid import EgaGrid, RunFacts
from pipeline import paths
from pipeline.artifacts import read_array, read_json


def load_grids(runs: pl.DataFrame) -> EgaGrid:
    """Return the grids of the given rows of the run table, in their order."""
    axes = GridAxes(**read_json(paths.GRID_AXES))
    abundance = np.empty((len(runs), *axes.shape), dtype=np.float32)
    chunks = runs["chunk"].to_numpy()
    rows = runs["row_in_chunk"].to_numpy()
    for chunk in dict.fromkeys(chunks):
        here = np.flatnonzero(chunks == chunk)
        abundance[here] = _chunk(chunk)[rows[here]]
    return EgaGrid(
        abundance,
        axes.mz_values,
        axes.temperature_edges_celsius,
        _facts(runs),
    )


@lru_cache(maxsize=64)
def _chunk(name: str) -> np.ndarray:
    # memory-mapped: only the rows that are asked for are read
    return read_array(paths.grid_chunk(name)[0], memory_mapped=True)


def _facts(table: pl.DataFrame) -> RunFacts:
    return RunFacts(
        **{f.name: table[f.name].cast(pl.Float64).to_numpy() for f in fields(RunFacts)}
    )
