"""Runs units case by case; what is done is kept, so that a kill costs one unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
import torch

from pipeline.compute_params import ComputeParams
from pipeline.parallel import fan_out
from pipeline.unit_cache import UnitCache
from studies.augmentation import paths
from studies.augmentation.augmentations import AUGMENTATIONS
from studies.augmentation.experiment import Case, CaseName
from studies.augmentation.settings import Settings
from studies.augmentation.spectral_set import read_set

# the digest follows imports of `models` from these
MODULES = tuple(
    f"../studies/{paths.NAME}/{name}"
    for name in (
        "concentration_sets",
        "experiment",
        "generators",
        "spectral_set",
        "training_case",
    )
)
KEYS = ("phase", "data_set", "percent", "repeat", "augmentation", "regressor")


@dataclass(frozen=True)
class Job:
    """What is measured in a case."""

    augmentation: str
    regressor: str

    def unit(self, case: CaseName) -> str:
        """Return the name under which the result is kept."""
        digest = AUGMENTATIONS[self.augmentation].digest()
        return (
            f"{case.phase}/{case.percent}_percent/repeat_{case.repeat}/"
            f"{self.regressor}_{self.augmentation}_{digest}"
        )


Work = dict[CaseName, list[Job]]


def add_work(work: Work, case: CaseName, jobs: Iterable[Job]) -> None:
    """Add jobs to a case, each once."""
    known = work.setdefault(case, [])
    known += [job for job in dict.fromkeys(jobs) if job not in known]


def open_cache(data_set: str, settings: Settings) -> UnitCache:
    """Return where results of a set are kept, under a key of all they depend on."""
    relevant = [
        settings.seed,
        settings.networks.model_dump(mode="json"),
        settings.classical.model_dump(mode="json"),
        settings.compare.folds,
        settings.compare.least_rows,
        settings.search.folds,
    ]
    return UnitCache(
        f"{paths.NAME}/{data_set}", [paths.set_file(data_set)], relevant, MODULES
    )


def run_work(title: str, work: Work, settings: Settings) -> list[pl.DataFrame]:
    """Return the scores of each case, in the order of the cases."""
    task = partial(_run_case, settings=settings)
    # the longest first: what is left for the end is short, and no worker waits for it
    tasks = sorted(work.items(), key=lambda item: -_effort(*item))
    results = fan_out(study_compute(settings), title, task, tasks)
    by_case = {name: table for (name, _), table in zip(tasks, results, strict=True)}
    return [by_case[name] for name in work]


def study_compute(settings: Settings) -> ComputeParams:
    """Return where the study runs."""
    return ComputeParams(
        workers=settings.compare.workers,
        backend="loky" if settings.compare.workers > 1 else "threading",
        scheduler="",
        device=settings.networks.device,
        precision="float32",
    )


def _effort(name: CaseName, jobs: list[Job]) -> float:
    """Return about how long a case takes, in spectra to train on."""
    n_spectra = len(read_set(paths.set_file(name.data_set)))
    return len(jobs) * n_spectra * name.percent


def _run_case(task: tuple[CaseName, list[Job]], settings: Settings) -> pl.DataFrame:
    # results must not depend on the number of threads
    torch.set_num_threads(1)
    name, jobs = task
    cache = open_cache(name.data_set, settings)
    case: Case | None = None
    tables = []
    spectra = read_set(paths.set_file(name.data_set))
    for job in jobs:
        found = cache.load(job.unit(name))
        if found is None:
            case = case or Case(name, spectra, settings)
            found = case.measure(AUGMENTATIONS[job.augmentation], job.regressor)
            cache.save(job.unit(name), found)
        tables.append(_table(name, job, spectra.analytes, found))
    return pl.concat(tables)


def _table(
    case: CaseName, job: Job, analytes: tuple[str, ...], found: dict[str, np.ndarray]
) -> pl.DataFrame:
    folds, width = found["mae"].shape
    return pl.DataFrame(
        {
            "phase": case.phase,
            "data_set": case.data_set,
            "percent": case.percent,
            "repeat": case.repeat,
            "augmentation": job.augmentation,
            "regressor": job.regressor,
            "fold": np.repeat(found["fold"], width),
            "analyte": list(analytes) * folds,
            "train_rows": found["train_rows"].reshape(-1),
            "generated_rows": found["generated_rows"].reshape(-1),
            "mae": found["mae"].reshape(-1),
            "rmse": found["rmse"].reshape(-1),
            "seconds": float(found["seconds"]),
        }
    )
