"""Stage predict: the plate model, cross-validated, then the unlabelled samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.atomic import write_csv, write_parquet
from pipeline.parallel import fan_out
from pipeline.unit_cache import UnitCache
from studies.raman_transfer import paths
from studies.raman_transfer.compare import unit_cache
from studies.raman_transfer.computation import compute
from studies.raman_transfer.csv_rows import ANALYTES
from studies.raman_transfer.plate_protocol import predict_plate
from studies.raman_transfer.prepared import (
    LABELLED_PLATE,
    UNLABELLED_PLATES,
    Prepared,
    load_prepared,
)
from studies.raman_transfer.scores import prediction_table, score_table
from studies.raman_transfer.settings import Settings
from studies.raman_transfer.units import PLATE, Arrays, Unit, pretraining_units
from studies.raman_transfer.units import Task as UnitTask

ENSEMBLE = "ensemble"
LATENT, NETWORK = "latent_process", "unet"


@dataclass(frozen=True)
class Task:
    """Learn from some plate samples, predict others; fold None: the unlabelled ones."""

    settings: Settings
    cache: UnitCache
    repeat: int
    fold: int | None


def run(settings: Settings) -> None:
    """Write the cross-validated scores and the predictions of both unlabelled files.

    Raises
    ------
    EgaError
        Stage prepare has not run.
    """
    prepared, cache = load_prepared(), unit_cache(settings)
    if settings.predict.unet_weight > 0:
        first = [UnitTask(u, settings, cache) for u in pretraining_units(settings)]
        list(fan_out(settings.compute, "pretrain", compute, first))
    tasks = [
        Task(settings, cache, repeat, fold)
        for repeat in range(settings.predict.repeats)
        for fold in range(settings.predict.folds)
    ]
    results = list(
        fan_out(
            settings.compute, "predict", evaluate, [*tasks, _final(settings, cache)]
        )
    )
    table = prediction_table(
        (
            (Unit(PLATE, method, LABELLED_PLATE, 0, task.repeat, 0), arrays)
            for task, parts in zip(tasks, results[:-1], strict=True)
            for method, arrays in _methods(parts, settings)
        ),
        prepared,
    )
    write_parquet(paths.CROSS_VALIDATED, table)
    write_csv(paths.PLATE_SCORES, score_table(table))
    ((_, final),) = [m for m in _methods(results[-1], settings) if m[0] == ENSEMBLE]
    for name in UNLABELLED_PLATES:
        _write(name, prepared, final)


def evaluate(task: Task) -> Arrays:
    """Return the predictions of the members of the ensemble for one split."""
    name = f"predict_{task.repeat}_{task.fold}"
    stored = task.cache.load(name)
    if stored is not None:
        return stored
    prepared, settings = load_prepared(), task.settings
    pairs = prepared.rows(LABELLED_PLATE).reshape(-1, 2)
    if task.fold is None:
        train, new = pairs, prepared.rows(*UNLABELLED_PLATES)
    else:
        order = np.random.default_rng([settings.seed, task.repeat]).permutation(
            len(pairs)
        )
        test = np.sort(np.array_split(order, settings.predict.folds)[task.fold])
        train, new = np.delete(pairs, test, axis=0), pairs[test].ravel()
    rows = (train.ravel(), new)
    members = ["pls", LATENT]
    if settings.predict.unet_weight > 0:
        members.append(NETWORK)
    fold = settings.predict.folds if task.fold is None else task.fold
    seed = task.repeat % settings.compare.seeds
    result = {"rows": new} | {
        member: predict_plate(member, settings, prepared, task.cache, rows, seed, fold)
        for member in members
    }
    task.cache.save(name, result)
    return result


def _final(settings: Settings, cache: UnitCache) -> Task:
    return Task(settings, cache, 0, None)


def _methods(parts: Arrays, settings: Settings) -> list[tuple[str, Arrays]]:
    """Return the members and their weighted mean, each with its rows."""
    weight = settings.predict.unet_weight
    mean = parts[LATENT]
    if NETWORK in parts:
        mean = (1 - weight) * mean + weight * parts[NETWORK]
    # no solution holds less than nothing
    every = {**parts, ENSEMBLE: np.maximum(mean, 0.0)}
    return [
        (name, {"rows": parts["rows"], "predicted": predicted})
        for name, predicted in every.items()
        if name != "rows"
    ]


def _write(name: str, prepared: Prepared, final: Arrays) -> None:
    chosen = np.isin(final["rows"], prepared.rows(name))
    predicted = final["predicted"][chosen].reshape(-1, 2, len(ANALYTES)).mean(axis=1)
    table = pl.DataFrame(
        {"sample": [f"sample{n}" for n in prepared.plate_positions(name)]}
        | {a: predicted[:, column].round(5) for column, a in enumerate(ANALYTES)}
    )
    write_csv(paths.submission(name), table)
