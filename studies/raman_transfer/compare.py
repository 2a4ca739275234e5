"""Stage compare: methods within and across instruments, and on the plate."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.atomic import write_csv, write_parquet
from pipeline.parallel import fan_out
from pipeline.unit_cache import UnitCache
from studies.raman_transfer import paths
from studies.raman_transfer.computation import compute
from studies.raman_transfer.prepared import load_prepared
from studies.raman_transfer.scores import prediction_table, score_table
from studies.raman_transfer.settings import Settings
from studies.raman_transfer.units import (
    Task,
    pretraining_units,
    relevant_settings,
    units,
)

# loky workers take it over before they load their libraries
os.environ.setdefault("OMP_NUM_THREADS", "1")
_CODE = (
    "computation.py",
    "instrument_protocols.py",
    "model_inputs.py",
    "plate_protocol.py",
    "plate_views.py",
    "predict.py",
    "prepared.py",
    "pretraining.py",
    "units.py",
)
_MODELS = (
    "concentration_baselines",
    "instrument_scaling",
    "latent_gaussian_process",
    "piecewise_standardisation",
    "raman_unet_training",
    "transferable_pls",
)


def run(settings: Settings) -> None:
    """Write the predictions and their scores; finished units are not computed again.

    Raises
    ------
    EgaError
        Stage prepare has not run.
    """
    prepared = load_prepared()
    cache = unit_cache(settings)
    first = [Task(unit, settings, cache) for unit in pretraining_units(settings)]
    # others start from these
    list(fan_out(settings.compute, "pretrain", compute, first))
    tasks = [Task(unit, settings, cache) for unit in units(settings, prepared)]
    results = list(fan_out(settings.compute, "compare", compute, tasks))
    table = prediction_table(
        ((task.unit, arrays) for task, arrays in zip(tasks, results, strict=True)),
        prepared,
    )
    write_parquet(paths.OUT_OF_SAMPLE, table)
    write_csv(paths.SCORES, score_table(table))
    cache.remove_other_keys()


def unit_cache(settings: Settings) -> UnitCache:
    """Return the cache of everything that learns; its key covers spectra and code."""
    here = Path(__file__).parent
    return UnitCache(
        paths.NAME,
        [paths.SPECTRA, *(here / name for name in _CODE)],
        relevant_settings(settings),
        # the digest follows imports of `models` from here
        tuple(f"../models/{name}" for name in _MODELS),
    )
