"""What a training tells of itself: a bar over epochs, a line when it is done."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from models.classifier_training import Training
from studies.synthetic_spectra.cells import Cell
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.trainings import Trained


class TrainingReport:
    """A bar over epochs on a terminal, if nothing else trains; lines anywhere."""

    def __init__(self, cell: Cell, settings: Settings) -> None:
        self._cell = cell
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            disable=settings.train.workers > 1 or not sys.stderr.isatty(),
            transient=True,
        )
        self._epochs = settings.train.epochs
        self._patience = settings.train.stop_patience
        self._bar = self._progress.add_task(str(cell), total=self._epochs, note="")
        self._said = False

    def __enter__(self) -> TrainingReport:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def note(self, training: Training, seconds: float) -> None:
        """Tell of an epoch; after the first, what is to be expected."""
        progress = training.progress
        if not self._said:
            self._said = True
            each = seconds / progress.epoch
            least = min(self._patience, self._epochs)
            self._print(
                f"{self._cell}: {each:.1f} s an epoch, {each * least / 60:.0f} to "
                f"{each * self._epochs / 60:.0f} min in all"
            )
        last = progress.history[-1]
        self._progress.update(
            self._bar,
            completed=progress.epoch,
            note=f"validation loss {last['validation_loss']:.4f}, "
            f"best {progress.best_loss:.4f}",
        )

    def done(self, trained: Trained) -> None:
        """Tell of the finished training."""
        facts = trained.facts
        best = facts["history"][max(facts["best_epoch"], 1) - 1]
        self._print(
            f"{self._cell}: {facts['epoch']} epochs, {facts['seconds']:.0f} s, best "
            f"epoch {facts['best_epoch']}: validation loss "
            f"{best['validation_loss']:.4f}, accuracy "
            f"{100 * best['validation_accuracy']:.2f} %"
        )

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


def tell_what_is_left(wanted: int, left: list[Cell]) -> None:
    """Say how many trainings earlier runs have finished, and which one is the next."""
    if left:
        Console(stderr=True, highlight=False).print(
            f"{wanted - len(left)} of {wanted} trainings are done, {left[0]} is next",
            markup=False,
            soft_wrap=True,
        )
