"""Stage train: every network on every data set, seed by seed."""

from __future__ import annotations

import csv
import io
import shutil
from functools import partial

import torch

from models.classifier_training import LabelledSpectra
from models.freed_memory import keep_freed_memory
from models.network_device import choose_device
from pipeline.atomic import replacing, write_json, write_text
from pipeline.compute_params import ComputeParams
from pipeline.errors import EgaError
from pipeline.parallel import fan_out
from pipeline.tensor_bytes import tensor_bytes
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.cells import Cell, cells
from studies.synthetic_spectra.set_arrays import Part, load_classes, parts
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.training_keeper import Keeper
from studies.synthetic_spectra.training_report import TrainingReport, tell_what_is_left
from studies.synthetic_spectra.trainings import Trained, finished_training, train_cell

SECONDS = "seconds.json"


def run(settings: Settings) -> None:
    """Write weights, history and seconds of each training, as soon as it is done.

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
    keepers: dict[str, Keeper] = {
        name: Keeper(name, settings) for name in settings.generate.sets
    }
    shutil.rmtree(paths.MODELS, ignore_errors=True)
    seconds: dict[str, float] = {}

    def write_if_finished(cell: Cell) -> bool:
        trained = finished_training(cell, keepers[cell.data_set])
        if trained is not None:
            write(cell, trained)
            seconds[str(cell)] = round(trained.facts["seconds"], 1)
            write_json(paths.MODELS / SECONDS, seconds)
        return trained is not None

    wanted = cells(settings)
    left = [cell for cell in wanted if not write_if_finished(cell)]
    tell_what_is_left(len(wanted), left)
    compute = ComputeParams(
        workers=settings.train.workers,
        backend="loky",
        scheduler="",
        device=settings.train.device,
        precision=settings.train.precision,
    )
    task = partial(train_one, settings=settings, device=device)
    for cell in fan_out(compute, "train", task, left):
        write_if_finished(cell)
    for keeper in keepers.values():
        keeper.remove_others()


def train_one(cell: Cell, settings: Settings, device: str) -> Cell:
    """Train a network to the end; what comes out lies with its keeper."""
    # workers inherit nothing
    torch.set_num_threads(settings.train.threads)
    keep_freed_memory()
    loaded = parts(cell.data_set, settings, ("train", "validation"))
    with TrainingReport(cell, settings) as report:
        trained = train_cell(
            cell,
            Keeper(cell.data_set, settings),
            settings,
            labelled(loaded["train"], device),
            labelled(loaded["validation"], device),
            len(load_classes(cell.data_set, settings)),
            report.note,
        )
        report.done(trained)
    return cell


def labelled(part: Part, device: str) -> LabelledSpectra:
    """Return a part of a data set on a device."""
    inputs, labels = torch.from_numpy(part.inputs), torch.from_numpy(part.labels)
    return LabelledSpectra(inputs.to(device), labels.to(device))


def write(cell: Cell, trained: Trained) -> None:
    """Write weights (safetensors) and history (CSV) of a training."""
    place = (cell.data_set, cell.network, cell.seed)
    arrays = {name: tensor.numpy() for name, tensor in trained.weights.items()}
    with replacing(paths.weights(*place)) as temporary:
        temporary.write_bytes(tensor_bytes(arrays))
    text = io.StringIO()
    history = trained.facts["history"]
    writer = csv.DictWriter(text, list(history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    write_text(paths.history(*place), text.getvalue())
