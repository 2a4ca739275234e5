"""Stage train: every network on every data set, seed by seed."""

from __future__ import annotations

import shutil
from functools import partial

import torch

from models.classifier_training import LabelledSpectra
from models.freed_memory import keep_freed_memory
from models.network_device import choose_device
from pipeline.compute_params import ComputeParams
from pipeline.errors import EgaError
from pipeline.parallel import fan_out
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.cells import Cell, cells
from studies.synthetic_spectra.set_arrays import Part, load_classes, parts
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.training_files import write_training
from studies.synthetic_spectra.training_keeper import Keeper, keepers_of
from studies.synthetic_spectra.training_report import TrainingReport, tell_what_is_left
from studies.synthetic_spectra.trainings import finished_training, train_cell


def run(settings: Settings) -> None:
    """Write weights, history and record of each training, as soon as it is done.

    What earlier runs have trained to the end comes first, so that the stages after this
    one can be run on it when this one is stopped.

    Raises
    ------
    EgaError
        Stage generate has not run, or a GPU is asked for and there is none.
    """
    try:
        device = choose_device(settings.train.device)
    except ValueError as error:
        raise EgaError(f"train.{error}. Cure: device auto or cpu") from error
    # opened once: who edits code meanwhile does not change what trains here
    keepers = keepers_of(settings)
    if paths.MODELS.exists():
        shutil.rmtree(paths.MODELS)
    wanted, left = cells(settings), []
    for cell in wanted:
        trained = finished_training(cell, keepers[cell.data_set])
        if trained is None:
            left.append((cell, keepers[cell.data_set]))
        else:
            write_training(cell, trained, keepers[cell.data_set])
    tell_what_is_left(len(wanted), [cell for cell, _ in left])
    task = partial(train_one, settings=settings, device=device)
    if settings.train.workers == 1:
        for one in left:
            task(one)
    else:
        compute = ComputeParams(
            workers=settings.train.workers,
            backend="loky",
            scheduler="",
            device=settings.train.device,
            precision=settings.train.precision,
        )
        for _ in fan_out(compute, "train", task, left):
            pass
    for keeper in keepers.values():
        keeper.remove_others()


def train_one(what: tuple[Cell, Keeper], settings: Settings, device: str) -> None:
    """Train a network to the end and write what comes out."""
    cell, keeper = what
    # workers inherit nothing
    torch.set_num_threads(settings.train.threads)
    keep_freed_memory()
    loaded = parts(cell.data_set, settings, ("train", "validation"))
    with TrainingReport(cell, settings) as report:
        trained = train_cell(
            cell,
            keeper,
            settings,
            labelled(loaded["train"], device),
            labelled(loaded["validation"], device),
            len(load_classes(cell.data_set, settings)),
            report.note,
        )
        write_training(cell, trained, keeper)
        report.done(trained)


def labelled(part: Part, device: str) -> LabelledSpectra:
    """Return a part of a data set on a device."""
    inputs, labels = torch.from_numpy(part.inputs), torch.from_numpy(part.labels)
    return LabelledSpectra(inputs.to(device), labels.to(device))
