"""Grids -> runs as the networks read them."""

from __future__ import annotations

import numpy as np

from features.cleaning import fill_gaps
from features.grid import EgaGrid
from models.network_runs import NetworkRuns, prepare_runs


def network_runs(grid: EgaGrid, carrier_mz: int) -> NetworkRuns:
    """Fill gaps, leave out the carrier gas, measure backgrounds and maxima."""
    abundance = fill_gaps(grid.abundance)
    abundance[:, grid.mz_values == carrier_mz] = np.nan
    return prepare_runs(abundance)
