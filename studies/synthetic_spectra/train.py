"""Stage train: every network on every data set, seed by seed."""

from __future__ import annotations

import csv
import io
import sys
from functools import cache

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from models.classifier_training import LabelledSpectra, Training
from models.freed_memory import keep_freed_memory
from models.network_device import choose_device
from pipeline.atomic import replacing, write_json, write_text
from pipeline.errors import EgaError
from pipeline.tensor_bytes import tensor_bytes
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.set_arrays import Part, load_classes, parts
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.trainings import (
    Cell,
    Keeper,
    Trained,
    cells,
    train_cell,
)

SECONDS = "seconds.json"


def run(settings: Settings) -> None:
    """Write weights, history and seconds of each training.

    Raises
    ------
    EgaError
        Stage generate has not run, or a GPU is asked for and there is none.
    """
    torch.set_num_threads(settings.train.threads)
    keep_freed_memory()
    try:
        device = choose_device(settings.train.device)
    except ValueError as error:
        raise EgaError(f"train.{error}. Cure: device auto or cpu") from error

    @cache
    def data(data_set: str) -> tuple[LabelledSpectra, LabelledSpectra, int]:
        loaded = parts(data_set, settings, ("train", "validation"))
        n_classes = len(load_classes(data_set, settings))
        return (
            labelled(loaded["train"], device),
            labelled(loaded["validation"], device),
            n_classes,
        )

    keepers: dict[str, Keeper] = {
        name: Keeper(name, settings) for name in settings.generate.sets
    }
    seconds: dict[str, float] = {}
    with _Report(settings) as report:
        for cell in cells(settings):
            trained = train_cell(
                cell,
                keepers[cell.data_set],
                settings,
                lambda name=cell.data_set: data(name),  # type: ignore[misc]
                report.note,
            )
            write(cell, trained)
            seconds[str(cell)] = round(trained.facts["seconds"], 1)
            report.done(cell, trained)
    write_json(paths.MODELS / SECONDS, seconds)
    for keeper in keepers.values():
        keeper.remove_others()


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


class _Report:
    """A bar over epochs on a terminal; a line for each training anywhere."""

    def __init__(self, settings: Settings) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            disable=not sys.stderr.isatty(),
        )
        self._epochs = settings.train.epochs
        self._patience = settings.train.stop_patience
        self._bar = self._progress.add_task("train", total=self._epochs, note="")
        self._current: Cell | None = None

    def __enter__(self) -> _Report:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def note(self, cell: Cell, training: Training, seconds: float) -> None:
        """Tell of an epoch; the first of a cell says what is to be expected."""
        progress = training.progress
        if cell != self._current:
            self._current = cell
            each = seconds / progress.epoch
            least = min(self._patience, self._epochs)
            self._print(
                f"{cell}: {each:.1f} s an epoch, {each * least / 60:.0f} to "
                f"{each * self._epochs / 60:.0f} min in all"
            )
        last = progress.history[-1]
        self._progress.update(
            self._bar,
            description=str(cell),
            completed=progress.epoch,
            note=f"validation loss {last['validation_loss']:.4f}, "
            f"best {progress.best_loss:.4f}",
        )

    def done(self, cell: Cell, trained: Trained) -> None:
        """Tell of a finished training."""
        facts = trained.facts
        best = facts["history"][max(facts["best_epoch"], 1) - 1]
        self._print(
            f"{cell}: {facts['epoch']} epochs, {facts['seconds']:.0f} s, best epoch "
            f"{facts['best_epoch']}: validation loss {best['validation_loss']:.4f}, "
            f"accuracy {100 * best['validation_accuracy']:.2f} %"
        )

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)
