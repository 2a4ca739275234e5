"""Units of work of stage compare: one method learns, and predicts other samples."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from pipeline.unit_cache import UnitCache
from studies.raman_transfer.prepared import LABELLED_PLATE, Prepared
from studies.raman_transfer.settings import Settings

WITHIN, ACROSS, PLATE = "within", "leave one out", "plate"
TRANSFER, PRETRAIN = "standardised", "pretrained"
# asked across instruments only: options of the network, and PLS as it is used within
_ACROSS_ONLY = ("pls_snv", "unet_adaptive", "unet_attention")
# options of the network cost as much as the network: the first repetition tells enough
_FIRST_SEED_ONLY = ("unet_adaptive", "unet_attention")
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Unit:
    """One training.

    Attributes
    ----------
    target : str
        The source that is predicted.
    labelled : int
        Plate samples with labels; 0 elsewhere.
    seed, fold : int
    """

    protocol: str
    method: str
    target: str
    labelled: int
    seed: int
    fold: int

    @property
    def name(self) -> str:
        """Return the name of the unit's cache entry."""
        return "_".join(str(value).replace(" ", "-") for value in asdict(self).values())


@dataclass(frozen=True)
class Task:
    """A unit with all that a worker needs."""

    unit: Unit
    settings: Settings
    cache: UnitCache


def pretraining_units(settings: Settings) -> list[Unit]:
    """Return the trainings on all instruments that plate units start from."""
    if "unet" not in settings.compare.plate_methods:
        return []
    seeds = range(settings.compare.seeds)
    return [Unit(PRETRAIN, "unet", "instruments", 0, seed, 0) for seed in seeds]


def units(settings: Settings, prepared: Prepared) -> list[Unit]:
    """Return all units that predict, in a fixed order."""
    compare, found = settings.compare, []
    n_plate = len(prepared.rows(LABELLED_PLATE)) // 2
    for seed in range(compare.seeds):
        for name in prepared.instruments:
            for method in compare.methods:
                if seed > 0 and method in _FIRST_SEED_ONLY:
                    continue
                across_only = method in _ACROSS_ONLY
                protocols = [ACROSS] if across_only else [WITHIN, ACROSS]
                found += [
                    Unit(protocol, method, name, 0, seed, fold)
                    for protocol in protocols
                    for fold in range(compare.folds)
                ]
        found += [
            Unit(TRANSFER, method, name, 0, seed, 0)
            for method in ("pls alone", "pls standardised")
            for name in prepared.instruments[:2]
        ]
        for method in compare.plate_methods:
            for labelled in sorted({min(n, n_plate) for n in compare.labelled}):
                if labelled == 0 and method == "latent_process":
                    continue
                folds = settings.predict.folds if labelled == n_plate else 1
                found += [
                    Unit(PLATE, method, LABELLED_PLATE, labelled, seed, fold)
                    for fold in range(folds)
                ]
    return found


def relevant_settings(settings: Settings) -> str:
    """Return what the units depend on beside files and code."""
    return json.dumps(
        settings.model_dump(mode="json", exclude={"compute", "data", "simulate"}),
        sort_keys=True,
    )
