"""What the network families learn from: grids without gaps, labels and folds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.network_runs import NetworkRuns
from pipeline.family_data import FoldedRuns, load_folded_runs
from pipeline.grid_store import load_grids
from pipeline.network_inputs import network_runs


@dataclass(frozen=True)
class NetworkData(FoldedRuns):
    """Grids beside runs, labels and folds.

    Attributes
    ----------
    runs, runs_others : NetworkRuns
        Grids in the order of `training` and `others`.
    temperature_edges_celsius : (n_cells + 1,) float
        Edges of the grids' cells.
    """

    runs: NetworkRuns
    runs_others: NetworkRuns
    temperature_edges_celsius: np.ndarray


@lru_cache(maxsize=1)
def load_network_data(labels: tuple[str, ...], carrier_mz: int) -> NetworkData:
    """Read everything once per worker.

    Raises
    ------
    EgaError
        An artifact is missing or does not fit the others.
    """
    base = load_folded_runs(labels)
    grid = load_grids(base.training)
    return NetworkData(
        **vars(base),
        runs=network_runs(grid, carrier_mz),
        runs_others=network_runs(load_grids(base.others), carrier_mz),
        temperature_edges_celsius=grid.temperature_edges_celsius,
    )
