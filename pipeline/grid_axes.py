"""Section bin of params.yaml -> the cells of the grids."""

from __future__ import annotations

from dataclasses import fields

from features.binning import GridAxes
from pipeline.data_params import BinParams


def grid_axes(params: BinParams) -> GridAxes:
    """Return the axes that the parameters ask for."""
    return GridAxes(**{f.name: getattr(params, f.name) for f in fields(GridAxes)})
