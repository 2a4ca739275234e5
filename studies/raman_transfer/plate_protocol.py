"""The protocol on the plate: some labelled samples are learnt, the others predicted."""

from __future__ import annotations

import numpy as np

from models.concentration_baselines import METHODS
from models.latent_gaussian_process import fit_and_predict
from models.raman_unet_training import fit_unet
from models.transferable_pls import predict_other_instrument
from pipeline.seeds import generator, sequence
from pipeline.unit_cache import UnitCache
from studies.raman_transfer.model_inputs import (
    across_views,
    network_inputs,
    snv_slopes,
)
from studies.raman_transfer.plate_views import (
    plate_members,
    plate_views,
    position_inputs,
)
from studies.raman_transfer.prepared import LABELLED_PLATE, Prepared
from studies.raman_transfer.pretraining import load_network
from studies.raman_transfer.settings import Settings
from studies.raman_transfer.units import PLATE, Arrays, Task


def plate(task: Task, prepared: Prepared) -> Arrays:
    """Learn `labelled` samples, predict the others; all of them: cross-validated."""
    unit, settings = task.unit, task.settings
    rows = prepared.rows(LABELLED_PLATE)
    n_samples = len(rows) // 2
    order = generator(settings.seed, PLATE, unit.seed).permutation(n_samples)
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

    Both have the two replicates of a sample in neighbouring rows; without first rows
    the instruments are what is learnt. (n_second, 3) g/L
    """
    train, new = rows
    if method == "latent_process":
        return _latent_process(settings, prepared, train, new)
    if method == "pls":
        return _pls(settings, prepared, train, new)
    start = load_network(settings, prepared, cache, seed)
    X = network_inputs(prepared, settings)
    if not len(train):
        return start.predict(X[new])
    tuned = fit_unet(
        X[train],
        prepared.concentrations[train],
        prepared.group[train],
        settings.unet_settings(fine=True),
        sequence(settings.seed, "fine-tune", seed, len(train), fold),
        start=start,
    )
    return tuned.predict(X[new])


def _latent_process(
    settings: Settings, prepared: Prepared, train: np.ndarray, new: np.ndarray
) -> np.ndarray:
    views = plate_views(prepared, settings.predict)
    further = position_inputs(prepared, settings.predict)
    first = int(prepared.rows(LABELLED_PLATE)[0])
    a, b = (train[::2] - first) // 2, (new[::2] - first) // 2
    mean = fit_and_predict(
        [(view[a], view[b]) for view in views],
        prepared.concentrations[train][::2],
        (further[a], further[b]),
        plate_members(settings.predict),
    )
    return np.repeat(mean, 2, axis=0)


def _pls(
    settings: Settings, prepared: Prepared, train: np.ndarray, new: np.ndarray
) -> np.ndarray:
    if not len(train):
        rows = prepared.rows(*prepared.instruments)
        return predict_other_instrument(
            [(X[rows], X[new]) for X in across_views(prepared, settings)],
            prepared.concentrations[rows],
            prepared.instrument[rows],
        )
    X = snv_slopes(prepared, settings.compare.smoothing_points)
    y, groups = prepared.concentrations[train], prepared.group[train]
    return METHODS["pls"](X[train], y, groups, 0)(X[new])
