"""The network of all instruments, from which the plate's networks start."""

from __future__ import annotations

import numpy as np
import torch

from models.raman_unet import RamanUNet
from models.raman_unet_training import TrainedUNet, fit_unet
from pipeline.seeds import sequence
from pipeline.unit_cache import UnitCache
from studies.raman_transfer.model_inputs import balance, network_inputs
from studies.raman_transfer.prepared import Prepared
from studies.raman_transfer.settings import Settings
from studies.raman_transfer.units import PRETRAIN, Arrays, Task, pretraining_units


def pretrain(task: Task, prepared: Prepared) -> Arrays:
    """Return weights and target scale of a network, trained on all instruments."""
    rows = prepared.rows(*prepared.instruments)
    trained = fit_unet(
        network_inputs(prepared, task.settings)[rows],
        prepared.concentrations[rows],
        prepared.group[rows],
        task.settings.unet_settings(),
        sequence(task.settings.seed, PRETRAIN, task.unit.seed),
        weights=balance(prepared.source[rows]),
    )
    weights = {k: v.numpy() for k, v in trained.network.state_dict().items()}
    return {"low": trained.low, "range": trained.range, **weights}


def load_network(
    settings: Settings, prepared: Prepared, cache: UnitCache, seed: int
) -> TrainedUNet:
    """Return a network of `pretraining_units`; trains it anew if its file is lost."""
    unit = pretraining_units(settings)[seed]
    stored = cache.load(unit.name)
    if stored is None:
        stored = pretrain(Task(unit, settings, cache), prepared)
        cache.save(unit.name, stored)
    weights = dict(stored)
    low, span = weights.pop("low"), weights.pop("range")
    chosen = settings.unet_settings()
    network = RamanUNet(
        prepared.spectra.shape[1],
        len(low),
        chosen.width,
        chosen.levels,
        chosen.dropout,
        attention=False,
    )
    network.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()})
    return TrainedUNet(network, chosen, low, span, np.empty((0, len(low))))
