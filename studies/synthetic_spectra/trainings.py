"""One training: kept every now and then, taken up again, and put down when done."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.classifier_training import LabelledSpectra, Training
from models.network_device import choose_device, choose_product_dtype
from models.random_streams import child, torch_generator
from models.spectrum_classifier import SpectrumClassifier
from models.spectrum_network import build_network
from models.spectrum_specs import NETWORKS, NetworkSpec
from pipeline.errors import EgaError
from pipeline.seeds import sequence
from pipeline.unit_cache import UnitCache
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.stage_files import missing

WEIGHTS = 0
# the digest follows imports of `models` from here
CODE = ("../models/classifier_training", "../models/spectrum_network")
ZONE_MODULES = ("models.zone_network", "models.zone_limits", "models.window_sums")
FACTS = "facts"


@dataclass(frozen=True)
class Cell:
    """One training: a network on a data set with a seed."""

    data_set: str
    network: str
    seed: int

    def __str__(self) -> str:
        """Return set/network/seed."""
        return f"{self.data_set}/{self.network}/seed {self.seed}"


def cells(settings: Settings) -> list[Cell]:
    """Return all trainings in the order in which they run."""
    return [
        Cell(data_set, network, seed)
        for data_set in settings.generate.sets
        for network in settings.train.networks
        for seed in range(settings.train.seeds)
    ]


@dataclass(frozen=True)
class Trained:
    """What a finished training leaves.

    Attributes
    ----------
    weights : dict[str, Tensor]
        Those of the epoch with the lowest validation loss.
    facts : dict
        See `models.classifier_training.Progress`, and `seconds`, the time spent.
    """

    weights: dict[str, Tensor]
    facts: dict[str, Any]


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
            raise missing(classes, "generate")
        device = choose_device(train.device)
        resolved = {"device", "precision"}  # what "auto" means here stands below
        self._relevant = [
            settings.seed,
            generate,
            settings.extras.model_dump(mode="json"),
            train.model_dump(
                mode="json",
                exclude={"networks", "seeds", "checkpoint_seconds", *resolved},
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


def other_networks(network: str) -> tuple[str, ...]:
    """Return modules that `CODE` leads to and that this network knows nothing of."""
    if isinstance(NETWORKS[network], NetworkSpec):
        return ("models.spectrum_specs", *ZONE_MODULES)
    return ("models.spectrum_specs",)


def train_cell(
    cell: Cell,
    keeper: Keeper,
    settings: Settings,
    data: Callable[[], tuple[LabelledSpectra, LabelledSpectra, int]],
    note: Callable[[Cell, Training, float], None],
) -> Trained:
    """Train to the end, or return what an earlier run has trained.

    Parameters
    ----------
    data : callable
        Gives training and validation spectra, on the device, and the number of classes;
        asked only if there is something to train.
    note : callable
        Is told after each epoch; the number is the seconds spent so far.
    """
    kept = keeper.load(cell)
    if kept is not None and kept[1].get("finished"):
        return Trained(*kept)
    train, validation, n_classes = data()
    training = _start(cell, settings, train, n_classes)
    spent = 0.0
    if kept is not None:
        tensors, facts = kept
        spent = facts.pop("seconds")
        del facts["finished"]
        training.restore(tensors, facts)
    began = time.monotonic() - spent
    last = time.monotonic()
    while not training.finished:
        training.run_epoch(train, validation)
        now = time.monotonic()
        note(cell, training, now - began)
        if now - last >= settings.train.checkpoint_seconds and not training.finished:
            tensors, facts = training.state()
            keeper.save(cell, tensors, facts | _marks(now - began, finished=False))
            last = now
    _, facts = training.state()
    facts |= _marks(time.monotonic() - began, finished=True)
    best = {name: tensor.cpu() for name, tensor in training.best.items()}
    keeper.save(cell, best, facts)
    return Trained(best, facts)


def open_network(
    network: str,
    weights: dict[str, Tensor],
    n_points: int,
    n_classes: int,
    settings: Settings,
) -> SpectrumClassifier:
    """Return a trained network, ready to predict.

    Raises
    ------
    EgaError
        The weights are those of another network.
    """
    built = build_network(NETWORKS[network], n_points, n_classes, torch.Generator())
    try:
        built.load_state_dict(weights)
    except RuntimeError as error:
        raise EgaError(
            f"weights of {network} do not fit the network: {str(error)[:300]}. Cure: "
            "python -m studies.synthetic_spectra train"
        ) from error
    device = choose_device(settings.train.device)
    built.use_product_dtype(choose_product_dtype(settings.train.precision, device))
    return built.to(device).eval()


def _start(
    cell: Cell, settings: Settings, train: LabelledSpectra, n_classes: int
) -> Training:
    # the data set is not in the seed: all sets share the starts of a seed
    seed = sequence(settings.seed, cell.network, cell.seed)
    weights = torch_generator(child(seed, (WEIGHTS,)))
    n_points = train.inputs.shape[1]
    try:
        network = build_network(NETWORKS[cell.network], n_points, n_classes, weights)
    except ValueError as error:
        raise EgaError(f"{cell}: {error}. Cure: a larger extras.points") from error
    device = choose_device(settings.train.device)
    network.use_product_dtype(choose_product_dtype(settings.train.precision, device))
    network.look_at(train.inputs, train.labels)
    return Training(network.to(device), settings.train.protocol(), seed)


def _marks(seconds: float, *, finished: bool) -> dict[str, Any]:
    return {"seconds": seconds, "finished": finished}


def _unit(cell: Cell) -> str:
    return f"seed_{cell.seed}"
