"""Units of work of stage compare: one method learns, and predicts other samples."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import torch
from sklearn.model_selection import GroupKFold

from models.concentration_baselines import METHODS
from models.latent_gaussian_process import fit_and_predict
from models.piecewise_standardisation import PiecewiseStandardisation
from models.raman_unet import RamanUNet
from models.raman_unet_training import TrainedUNet, fit_unet
from models.spectrum_steps import SavitzkyGolay, StandardNormalVariate
from pipeline.seeds import generator, integer, sequence
from pipeline.unit_cache import UnitCache
from studies.raman_transfer.plate_views import (
    plate_members,
    plate_views,
    position_inputs,
)
from studies.raman_transfer.prepared import LABELLED_PLATE, Prepared, load_prepared
from studies.raman_transfer.settings import Settings

WITHIN, ACROSS, PLATE = "within", "leave one out", "plate"
TRANSFER, PRETRAIN = "standardised", "pretrained"
# of the training solutions in each repetition across instruments: without it, methods
# that draw nothing would show no spread
_KEPT_SHARE = 0.9
_TRANSFER_SAMPLES = 10
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
                # the options of the network are measured across instruments only
                if method not in ("unet_adaptive", "unet_attention"):
                    found += [
                        Unit(WITHIN, method, name, 0, seed, fold)
                        for fold in range(compare.folds)
                    ]
                found.append(Unit(ACROSS, method, name, 0, seed, 0))
        first, second = prepared.instruments[:2]
        for method in ("pls alone", "pls standardised"):
            for name in (first, second):
                found.append(Unit(TRANSFER, method, name, 0, seed, 0))
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


def compute(task: Task) -> Arrays:
    """Return `rows` of the prepared spectra and their `predicted` concentrations."""
    stored = task.cache.load(task.unit.name)
    if stored is not None:
        return stored
    prepared = _prepared()
    result = {
        WITHIN: _within,
        ACROSS: _across,
        TRANSFER: _transfer,
        PLATE: _plate,
        PRETRAIN: _pretrain,
    }[task.unit.protocol](task, prepared)
    task.cache.save(task.unit.name, result)
    return result


@lru_cache(maxsize=1)
def _prepared() -> Prepared:
    return load_prepared()


def slopes(spectra: np.ndarray, window_points: int) -> np.ndarray:
    """Return what the baselines read: SNV of the slope, every second point."""
    slope = SavitzkyGolay(window_points, 2, 1).fit_transform(spectra)
    return StandardNormalVariate().fit_transform(slope)[:, ::2]


def _within(task: Task, prepared: Prepared) -> Arrays:
    unit = task.unit
    rows = prepared.rows(unit.target)
    seed = integer(task.settings.seed, WITHIN, unit.target, unit.seed)
    # neighbouring numbers are similar solutions: shuffled
    folds = GroupKFold(task.settings.compare.folds, shuffle=True, random_state=seed)
    train, test = list(folds.split(rows, groups=prepared.group[rows]))[unit.fold]
    return _learn(task, prepared, rows[train], rows[test])


def _across(task: Task, prepared: Prepared) -> Arrays:
    unit = task.unit
    others = [name for name in prepared.instruments if name != unit.target]
    rows = prepared.rows(*others)
    groups = np.unique(prepared.group[rows])
    rng = generator(task.settings.seed, ACROSS, unit.target, unit.seed)
    kept = rng.permutation(groups)[: round(_KEPT_SHARE * len(groups))]
    train = rows[np.isin(prepared.group[rows], kept)]
    return _learn(task, prepared, train, prepared.rows(unit.target))


def _learn(
    task: Task, prepared: Prepared, train: np.ndarray, test: np.ndarray
) -> Arrays:
    settings, unit = task.settings, task.unit
    y, groups = prepared.concentrations[train], prepared.group[train]
    place = (unit.protocol, unit.target, unit.seed, unit.fold)
    if unit.method in METHODS:
        window = settings.compare.smoothing_points
        X = slopes(prepared.spectra, window)
        seed = integer(settings.seed, unit.method, *place)
        predicted = METHODS[unit.method](X[train], y, groups, seed)(X[test])
    else:
        network = fit_unet(
            prepared.spectra[train],
            y,
            groups,
            settings.unet_settings(unit.method),
            # options are compared with the same draws
            sequence(settings.seed, "unet", *place),
            weights=_balance(prepared.source[train]),
        )
        predicted = network.predict(prepared.spectra[test])
    return {"rows": test, "predicted": predicted}


def _balance(source: np.ndarray) -> np.ndarray:
    """Return weights with which all sources are drawn equally often."""
    weights: np.ndarray = 1.0 / np.bincount(source)[source]
    return weights


def _transfer(task: Task, prepared: Prepared) -> Arrays:
    """PLS of one instrument reads the other, with and without standardisation."""
    unit, settings = task.unit, task.settings
    first, second = prepared.instruments[:2]
    master = second if unit.target == first else first
    X = slopes(prepared.spectra, settings.compare.smoothing_points)
    train, test = prepared.rows(master), prepared.rows(unit.target)
    common = np.intersect1d(prepared.group[train], prepared.group[test])
    rng = generator(settings.seed, TRANSFER, unit.target, unit.seed)
    chosen = rng.permutation(common)[:_TRANSFER_SAMPLES]
    held = ~np.isin(prepared.group[test], chosen)
    new = X[test]
    if unit.method == "pls standardised":
        source, target = (
            np.array([X[rows[prepared.group[rows] == g]].mean(axis=0) for g in chosen])
            for rows in (test, train)
        )
        new = PiecewiseStandardisation(8, 0.1).fit(source, target).transform(new)
    model = METHODS["pls"](
        X[train], prepared.concentrations[train], prepared.group[train], 0
    )
    return {"rows": test[held], "predicted": model(new[held])}


def _plate(task: Task, prepared: Prepared) -> Arrays:
    unit, settings = task.unit, task.settings
    rows = prepared.rows(LABELLED_PLATE)
    n_samples = len(rows) // 2
    rng = generator(settings.seed, PLATE, unit.seed)
    order = rng.permutation(n_samples)
    if unit.labelled == n_samples:
        test = np.sort(np.array_split(order, settings.predict.folds)[unit.fold])
        train = np.setdiff1d(order, test)
    else:
        train = np.sort(order[: unit.labelled])
        test = np.sort(order[unit.labelled :])
    pairs = rows.reshape(n_samples, 2)
    predicted = predict_plate(
        unit.method,
        settings,
        prepared,
        task.cache,
        (pairs[train].ravel(), pairs[test].ravel()),
        unit.seed,
        unit.fold,
    )
    return {"rows": pairs[test].ravel(), "predicted": predicted}


def predict_plate(
    method: str,
    settings: Settings,
    prepared: Prepared,
    cache: UnitCache,
    rows: tuple[np.ndarray, np.ndarray],
    seed: int,
    fold: int,
) -> np.ndarray:
    """Return concentrations of the second rows, learnt from the first (plate) rows.

    Both have the two replicates of a sample in neighbouring rows.
    """
    train, new = rows
    y, groups = prepared.concentrations[train], prepared.group[train]
    if method == "latent_process":
        views = plate_views(prepared, settings.predict)
        further = position_inputs(prepared, settings.predict)
        first = int(prepared.rows(LABELLED_PLATE)[0])
        a, b = (train[::2] - first) // 2, (new[::2] - first) // 2
        mean = fit_and_predict(
            [(view[a], view[b]) for view in views],
            y[::2],
            (further[a], further[b]),
            plate_members(settings.predict),
        )
        return np.repeat(mean, 2, axis=0)
    if method == "pls":
        X = slopes(prepared.spectra, settings.compare.smoothing_points)
        if not len(train):
            train = prepared.rows(*prepared.instruments)
            y, groups = prepared.concentrations[train], prepared.group[train]
        return METHODS["pls"](X[train], y, groups, 0)(X[new])
    start = load_network(settings, prepared, cache, seed)
    if not len(train):
        return start.predict(prepared.spectra[new])
    tuned = fit_unet(
        prepared.spectra[train],
        y,
        groups,
        settings.unet_settings(fine=True),
        sequence(settings.seed, "fine-tune", seed, len(train), fold),
        start=start,
    )
    return tuned.predict(prepared.spectra[new])


def _pretrain(task: Task, prepared: Prepared) -> Arrays:
    rows = prepared.rows(*prepared.instruments)
    network = fit_unet(
        prepared.spectra[rows],
        prepared.concentrations[rows],
        prepared.group[rows],
        task.settings.unet_settings(),
        sequence(task.settings.seed, PRETRAIN, task.unit.seed),
        weights=_balance(prepared.source[rows]),
    )
    weights = {k: v.numpy() for k, v in network.network.state_dict().items()}
    return {"low": network.low, "range": network.range, **weights}


def load_network(
    settings: Settings, prepared: Prepared, cache: UnitCache, seed: int
) -> TrainedUNet:
    """Return a network of `pretraining_units`; trains it anew if its file is lost."""
    unit = pretraining_units(settings)[seed]
    arrays = dict(compute(Task(unit, settings, cache)))
    low, span = arrays.pop("low"), arrays.pop("range")
    chosen = settings.unet_settings()
    network = RamanUNet(
        prepared.spectra.shape[1],
        len(low),
        chosen.width,
        chosen.levels,
        chosen.dropout,
        attention=False,
    )
    network.load_state_dict({k: torch.from_numpy(v) for k, v in arrays.items()})
    return TrainedUNet(network, chosen, low, span, np.empty((0, len(low))))


def relevant_settings(settings: Settings) -> str:
    """Return what the units depend on beside files and code."""
    return json.dumps(
        settings.model_dump(mode="json", exclude={"compute", "data", "simulate"}),
        sort_keys=True,
    )
