"""Keeps trainings, finished or not, so that a killed stage goes on."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.network_device import choose_device, choose_product_dtype
from models.spectrum_specs import NETWORKS, NetworkSpec
from pipeline.unit_cache import UnitCache
from studies.stage_files import missing
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.cells import Cell
from studies.synthetic_spectra.settings import Settings

# the digest follows imports of `models` from here
CODE = ("../models/classifier_training", "../models/spectrum_network")
ZONE_MODULES = (
    "models.zone_network",
    "models.zone_limits",
    "models.window_sums",
    "models.peak_stretches",
)
FACTS = "facts"


class Keeper:
    """Keeps trainings under a key of all that they depend on.

    The key covers classes, settings, seed, the code of the network and the versions of
    the libraries. A training that was killed is taken up from what was kept last.

    Raises
    ------
    EgaError
        Stage generate has not run.
    """

    def __init__(self, data_set: str, settings: Settings) -> None:
        train = settings.train
        generate = settings.generate.model_dump(
            mode="json", exclude={"sets", "simulated_classes"}
        )
        classes = paths.classes_file(data_set)
        if not classes.exists():
            raise missing(classes, f"{paths.NAME} generate")
        device = choose_device(train.device)
        resolved = {"device", "precision"}  # what "auto" means here stands below
        self._relevant = [
            settings.seed,
            generate,
            settings.extras.model_dump(mode="json"),
            train.model_dump(
                mode="json",
                exclude={
                    "networks",
                    "seeds",
                    "workers",
                    "checkpoint_seconds",
                    *resolved,
                },
            ),
            str(choose_product_dtype(train.precision, device)),
            device,
        ]
        self._data_set, self._classes = data_set, classes
        self._caches = {name: self._open(name) for name in train.networks}

    def _open(self, network: str) -> UnitCache:
        return UnitCache(
            f"{paths.NAME}/{self._data_set}/{network}",
            [self._classes],
            [*self._relevant, repr(NETWORKS[network])],
            CODE,
            other_networks(network),
        )

    def key(self, network: str) -> str:
        """Return the digest of all that trainings of a network depend on."""
        return self._caches[network].folder.name

    def load(self, cell: Cell) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Return tensors and facts, or None if nothing usable was kept."""
        stored = self._caches[cell.network].load(_unit(cell))
        if stored is None or FACTS not in stored:
            return None
        facts = json.loads(stored.pop(FACTS).tobytes())
        return {
            name: torch.from_numpy(values) for name, values in stored.items()
        }, facts

    def save(
        self, cell: Cell, tensors: dict[str, Tensor], facts: dict[str, Any]
    ) -> None:
        """Keep a state, whole or not at all."""
        arrays = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
        arrays[FACTS] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
        self._caches[cell.network].save(_unit(cell), arrays)

    def remove_others(self) -> None:
        """Delete what other settings or code left behind."""
        for cache in self._caches.values():
            cache.remove_other_keys()


def keepers_of(settings: Settings) -> dict[str, Keeper]:
    """Return the keeper of each data set.

    Raises
    ------
    EgaError
        Stage generate has not run.
    """
    return {name: Keeper(name, settings) for name in settings.generate.sets}


def other_networks(network: str) -> tuple[str, ...]:
    """Return modules that `CODE` leads to and that this network knows nothing of."""
    if isinstance(NETWORKS[network], NetworkSpec):
        return ("models.spectrum_specs", *ZONE_MODULES)
    return ("models.spectrum_specs",)


def _unit(cell: Cell) -> str:
    return f"seed_{cell.seed}"
