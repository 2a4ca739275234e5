"""One training: kept every now and then, taken up again, and put down when done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from models.classifier_training import LabelledSpectra, Training
from models.network_device import choose_device, choose_product_dtype
from models.random_streams import child, torch_generator
from models.spectrum_classifier import SpectrumClassifier
from models.spectrum_network import build_network
from models.spectrum_specs import NETWORKS
from pipeline.errors import EgaError
from pipeline.seeds import sequence
from studies.synthetic_spectra.cells import Cell
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.training_keeper import Keeper

WEIGHTS = 0


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


def finished_training(cell: Cell, keeper: Keeper) -> Trained | None:
    """Return what an earlier run has trained to the end, or None."""
    kept = keeper.load(cell)
    return Trained(*kept) if kept is not None and kept[1]["finished"] else None


def train_cell(
    cell: Cell,
    keeper: Keeper,
    settings: Settings,
    train: LabelledSpectra,
    validation: LabelledSpectra,
    n_classes: int,
    note: Callable[[Training, float], None],
) -> Trained:
    """Train to the end, from where an earlier run was stopped.

    Parameters
    ----------
    train, validation : LabelledSpectra
        On the device.
    note : callable
        Is told after each epoch; the number is the seconds spent so far.
    """
    kept = keeper.load(cell)
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
        note(training, now - began)
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
