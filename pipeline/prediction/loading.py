"""A bundle -> an ensemble that answers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import polars as pl
import torch

from models.ldl_mlp import LdlMlp, network_of
from models.principal_inputs import PrincipalInputs
from models.stacker import Blend
from pipeline.bundle_params import BundleParams
from pipeline.grid_axes import grid_axes
from pipeline.network_settings import network_settings
from pipeline.prediction.bundle import (
    BLENDS,
    DICTIONARY,
    PARAMS,
    TRAINING_INPUTS,
    Bundle,
    models_file,
)
from pipeline.prediction.ensemble import Ensemble, FoldBlends
from pipeline.prediction.gbt_members import GbtMembers
from pipeline.prediction.kernel_members import KernelMembers
from pipeline.prediction.linear_members import LinearMembers
from pipeline.prediction.members import Members
from pipeline.prediction.network_members import NetworkMembers
from pipeline.prediction.places import feature_places
from pipeline.prediction.soup_members import SoupMembers
from pipeline.soup_settings import training_settings

Tensors = dict[str, np.ndarray]


def load_ensemble(bundle: Bundle) -> Ensemble:
    """Make every model of a bundle ready.

    Raises
    ------
    KeyError, ValueError, IndexError, RuntimeError
        The content does not fit; `open_models` makes messages of these.
    """
    params = BundleParams.model_validate(bundle.json(PARAMS))
    dictionary = pl.read_csv(io.StringIO(bundle.text(DICTIONARY)))
    families = dictionary["family"].to_numpy().astype(str)
    kernel = KernelMembers(
        by_fold(bundle, "kernel"), bundle.tensors(TRAINING_INPUTS)["log_inputs"]
    )
    members: dict[str, Members] = {}
    for name in bundle.families:
        if name == "gbt":
            members[name] = GbtMembers(bundle.tensors(models_file(name)))
        elif name == "linear":
            members[name] = LinearMembers(bundle.tensors(models_file(name)), families)
        elif name == "kernel":
            members[name] = kernel
        elif name == "soup":
            members[name] = _soups(bundle, params)
        else:
            members[name] = _networks(bundle, name, params)
    low, high = _map_range(params)
    return Ensemble(
        bundle.labels,
        members,
        kernel,
        _blends(bundle.json(BLENDS)),
        params,
        tuple(dictionary["name"]),
        families,
        feature_places(dictionary, low, high),
        len(bundle.folds),
    )


def by_fold(bundle: Bundle, family: str) -> list[Tensors]:
    """Return the tensors `<fold>/<name>` of a family, one dict a fold."""
    folds: list[Tensors] = [{} for _ in bundle.folds]
    for name, values in bundle.tensors(models_file(family)).items():
        fold, _, rest = name.partition("/")
        folds[int(fold)][rest] = values
    return folds


def _members(fold: Tensors) -> list[dict[str, torch.Tensor]]:
    """Return the tensors `<member>/<name>` of a fold, one dict a member."""
    found: dict[int, dict[str, torch.Tensor]] = {}
    for name, values in fold.items():
        number, _, rest = name.partition("/")
        if number.isdigit():
            found.setdefault(int(number), {})[rest] = _single(values)
    return [found[number] for number in sorted(found)]


def _networks(bundle: Bundle, name: str, params: BundleParams) -> NetworkMembers:
    edges = grid_axes(params.bin).temperature_edges_celsius
    section = params.conv if name == "conv" else params.sequence
    # not the list itself: a damaged file may ask for millions
    n_members = section.copies * len(section.members)
    parts = []
    for (repeat, number), fold in zip(bundle.folds, by_fold(bundle, name), strict=True):
        weights = _members(fold)
        if len(weights) != n_members:
            raise ValueError(f"{name} has {len(weights)} members, not {n_members}")
        settings = [
            network_settings((name, repeat, number, member), edges, params, section)
            for member in range(n_members)
        ]
        parts.append(
            [
                ({key: t.to(one.device) for key, t in tensors.items()}, one)
                for tensors, one in zip(weights, settings, strict=True)
            ]
        )
    return NetworkMembers(parts, edges)


def _soups(bundle: Bundle, params: BundleParams) -> SoupMembers:
    settings = training_settings(params.soup, params)
    inputs: list[PrincipalInputs] = []
    networks: list[list[LdlMlp]] = []
    for fold in by_fold(bundle, "soup"):
        arrays = {
            name.removeprefix("inputs/"): _single(values).numpy()
            for name, values in fold.items()
            if name.startswith("inputs/")
        }
        inputs.append(PrincipalInputs.from_arrays(arrays))
        networks.append([network_of(w, settings) for w in _members(fold)])
    return SoupMembers(inputs, networks)


def _single(values: np.ndarray) -> torch.Tensor:
    """Return a copy in single precision of what is kept in half to save room."""
    tensor = torch.from_numpy(values)
    # torch converts ten times as fast as NumPy
    return tensor.float() if tensor.dtype == torch.float16 else tensor


def _blends(raw: dict[str, Any]) -> FoldBlends:
    return FoldBlends(
        {
            label: Blend(
                np.array(blend["weights"], dtype=np.float64),
                float(blend["constant"]),
                raw["space"],
            )
            for label, blend in raw["labels"].items()
        },
        frozenset(raw["instruments"]),
    )


def _map_range(params: BundleParams) -> tuple[float, float]:
    """Return the temperatures that any family looks at."""
    low = min(
        params.featurize.window_low_celsius,
        params.conv.low_celsius,
        params.sequence.low_celsius,
    )
    high = max(
        params.featurize.window_high_celsius,
        params.conv.high_celsius,
        params.sequence.high_celsius,
    )
    return low, high
