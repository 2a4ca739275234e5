"""Protocols on instruments: within one, on one that is left out, standardised.

Whole solutions are held out everywhere. The instruments measured the same solutions, so
one of which an instrument is left out also leaves out the predicted solutions: a
model that recognised a solution would else be called transferable.
"""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import GroupKFold

from models.concentration_baselines import METHODS
from models.piecewise_standardisation import PiecewiseStandardisation
from models.raman_unet_training import fit_unet
from models.transferable_pls import predict_other_instrument
from pipeline.seeds import generator, integer, sequence
from studies.raman_transfer.model_inputs import (
    across_views,
    balance,
    network_inputs,
    snv_slopes,
)
from studies.raman_transfer.prepared import Prepared
from studies.raman_transfer.settings import NETWORKS, Settings
from studies.raman_transfer.units import ACROSS, TRANSFER, WITHIN, Arrays, Task

_TRANSFER_SAMPLES = 10


def within(task: Task, prepared: Prepared) -> Arrays:
    """Learn some solutions of an instrument, predict its others."""
    train, test = _split(task, prepared)
    if task.unit.method in NETWORKS:
        return {"rows": test, "predicted": _network(task, prepared, train, test)}
    X = network_inputs(prepared, task.settings)[:, ::2]
    return {"rows": test, "predicted": _baseline(task, prepared, X, train, test)}


def across(task: Task, prepared: Prepared) -> Arrays:
    """Learn from the other instruments, predict solutions that these did not show."""
    unit, settings = task.unit, task.settings
    _, test = _split(task, prepared)
    others = [name for name in prepared.instruments if name != unit.target]
    rows = prepared.rows(*others)
    train = rows[~np.isin(prepared.group[rows], prepared.group[test])]
    if unit.method in NETWORKS:
        predicted = _network(task, prepared, train, test)
    elif unit.method == "pls" and len(others) > 1:
        predicted = predict_other_instrument(
            [(X[train], X[test]) for X in across_views(prepared, settings)],
            prepared.concentrations[train],
            prepared.instrument[train],
        )
    elif unit.method == "pls_snv":
        X = snv_slopes(prepared, settings.compare.smoothing_points)
        predicted = _baseline(task, prepared, X, train, test)
    else:
        X = network_inputs(prepared, settings)[:, ::2]
        predicted = _baseline(task, prepared, X, train, test)
    return {"rows": test, "predicted": predicted}


def transfer(task: Task, prepared: Prepared) -> Arrays:
    """PLS of one instrument reads the other, with and without standardisation."""
    unit, settings = task.unit, task.settings
    first, second = prepared.instruments[:2]
    master = second if unit.target == first else first
    X = snv_slopes(prepared, settings.compare.smoothing_points)
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


def _split(task: Task, prepared: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """Return training and test rows of the unit's target, whole solutions apart."""
    unit, n_folds = task.unit, task.settings.compare.folds
    rows = prepared.rows(unit.target)
    seed = integer(task.settings.seed, WITHIN, unit.target, unit.seed)
    # neighbouring numbers are similar solutions: shuffled
    folds = GroupKFold(n_folds, shuffle=True, random_state=seed)
    train, test = list(folds.split(rows, groups=prepared.group[rows]))[unit.fold]
    return rows[train], rows[test]


def _baseline(
    task: Task, prepared: Prepared, X: np.ndarray, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    method = task.unit.method.removesuffix("_snv")
    seed = integer(task.settings.seed, method, *_place(task))
    y, groups = prepared.concentrations[train], prepared.group[train]
    return METHODS[method](X[train], y, groups, seed)(X[test])


def _network(
    task: Task, prepared: Prepared, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    settings: Settings = task.settings
    X = network_inputs(prepared, settings)
    network = fit_unet(
        X[train],
        prepared.concentrations[train],
        prepared.group[train],
        settings.unet_settings(task.unit.method),
        # options are compared with the same draws
        sequence(settings.seed, "unet", *_place(task)),
        weights=balance(prepared.source[train]),
    )
    return network.predict(X[test])


def _place(task: Task) -> tuple[str, str, int, int]:
    unit = task.unit
    return (unit.protocol, unit.target, unit.seed, unit.fold)


PROTOCOLS = {WITHIN: within, ACROSS: across, TRANSFER: transfer}
