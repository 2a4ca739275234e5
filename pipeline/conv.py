"""Stage conv: networks along temperature first, then across m/z."""

from __future__ import annotations

from pipeline.family import Arrays, Family, Unit
from pipeline.network_data import NetworkData
from pipeline.network_family import (
    MODULES,
    fit_member,
    network_data,
    network_files,
    outside_settings,
    run_networks,
)
from pipeline.network_settings import members
from pipeline.params import Params

NAME = "conv"


def run(params: Params) -> None:
    """Write predictions, weights and the score of every member."""
    section = params.conv
    family = Family(
        NAME,
        network_data,
        fit_unit,
        network_files(),
        labels_per_unit=len(params.data.labels),
        members=len(members(section)),
        modules=MODULES,
        settings=outside_settings(params),
    )
    run_networks(family, params, section)


def fit_unit(data: NetworkData, unit: Unit, params: Params) -> Arrays:
    """Train one member on one outer fold; see `models.network`."""
    return fit_member(data, unit, params, NAME, params.conv)
