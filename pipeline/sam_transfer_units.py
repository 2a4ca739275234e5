"""The SAM study's units of work: a network of one variant, split and seed, scored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from models.metrics import log_losses
from models.network import NetworkSettings, TrainedNetwork, fit_network
from models.network_runs import prepare_runs
from models.sam_translation import translate
from pipeline.network_settings import network_settings
from pipeline.params import Params
from pipeline.sam_transfer_data import DATA_SETS, splits, study_runs
from pipeline.sam_transfer_variants import (
    VARIANTS,
    composed_test,
    learn_translation,
    training_set,
)
from pipeline.seeds import generator, sequence
from pipeline.unit_cache import UnitCache

# what is scored; those with SAM backgrounds also after the learnt translation
SCORED = ("scored_sam", "composed", "held_out")
TRANSLATED = ("scored_sam", "composed")
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Unit:
    """One training."""

    data_set: str
    split: int
    variant: str
    seed: int

    @property
    def name(self) -> str:
        """Return the name of the unit's cache entry."""
        return f"{self.data_set}_split{self.split}_{self.variant}_seed{self.seed}"


@dataclass(frozen=True)
class Task:
    """A unit with all that a worker needs to compute it."""

    unit: Unit
    params: Params
    cache: UnitCache


def units(params: Params) -> list[Unit]:
    """Return all units, in a fixed order."""
    n_splits = {"measured": params.sam_transfer.sam_groups, "simulated": 1}
    return [
        Unit(data_set, split, variant, seed)
        for seed in range(params.sam_transfer.seeds)
        for data_set in DATA_SETS
        for split in range(n_splits[data_set])
        for variant in VARIANTS
    ]


def compute(task: Task) -> Arrays:
    """Train and score a unit, or load it; see `fit_unit`."""
    arrays = task.cache.load(task.unit.name)
    if arrays is None:
        arrays = fit_unit(task.unit, task.params)
        task.cache.save(task.unit.name, arrays)
    return arrays


def fit_unit(unit: Unit, params: Params) -> Arrays:
    """Return logits (n_runs, n_labels) of each of `SCORED`, and the labels of each.

    `<scored>_translated` are logits after the learnt translation, `<scored>_y` labels,
    and `prevalence` is that of the commercial training runs.
    """
    runs, settings = study_runs(unit.data_set, params), params.sam_transfer
    split = splits(unit.data_set, runs, params)[unit.split]
    place = ("sam_transfer", unit.data_set, unit.split)
    shares, y = training_set(
        runs,
        split,
        unit.variant,
        settings,
        generator(params.seed, *place, "changes", unit.variant, unit.seed),
    )
    # as many steps for every variant, whatever its number of runs
    epochs = {"measured": settings.epochs, "simulated": settings.simulated_epochs}
    n_epochs = round(epochs[unit.data_set] * len(split.commercial) / len(shares))
    trained = fit_network(
        prepare_runs(shares),
        y,
        _network_settings(params, runs.temperature_edges_celsius, max(1, n_epochs)),
        sequence(params.seed, *place, "network", unit.seed),
    )
    # the same for every variant and seed
    composed, composed_y = composed_test(
        runs, split, settings, generator(params.seed, *place, "composed")
    )
    scored = {
        "scored_sam": (runs.shares[split.scored_sam], runs.y[split.scored_sam]),
        "composed": (composed, composed_y),
        "held_out": (runs.shares[split.held_out], runs.y[split.held_out]),
    }
    translation = learn_translation(runs, split, settings)
    arrays: Arrays = {"prevalence": runs.y[split.commercial].mean(axis=0)}
    for name, (inputs, labels) in scored.items():
        arrays[f"{name}_y"] = labels
        arrays[name] = _logits(trained, inputs)
        if name in TRANSLATED:
            arrays[f"{name}_translated"] = _logits(
                trained, translate(inputs, translation)
            )
    return arrays


def running_loss(arrays: Arrays) -> float:
    """Return the log-loss of the composed runs, for the progress bar."""
    return float(log_losses(arrays["composed_y"], expit(arrays["composed"])).mean())


def _logits(trained: TrainedNetwork, shares: np.ndarray) -> np.ndarray:
    return trained.predict_logits(prepare_runs(shares))


def _network_settings(
    params: Params, edges: np.ndarray, epochs: int
) -> NetworkSettings:
    """Return the first member of the sequence family, with other epochs.

    Its bins start at the section's lowest temperature: where they start is no matter
    of the study.
    """
    section, cell = params.sequence, float(edges[1] - edges[0])
    usual = network_settings(("sequence", 0, 0, 0), edges, params, section)
    first_cell = round((section.low_celsius - edges[0]) / cell)
    return replace(
        usual, binning=replace(usual.binning, first_cell=first_cell), epochs=epochs
    )
