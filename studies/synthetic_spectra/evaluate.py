"""Stage evaluate: the test spectra, scored once for each training."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from rich.console import Console

from models.classifier_training import predict_logits
from models.network_device import choose_device
from pipeline.atomic import write_csv
from pipeline.parallel import with_progress
from pipeline.unit_cache import UnitCache
from studies.stage_files import write_arrays
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.cells import Cell, cells
from studies.synthetic_spectra.ledger import (
    Scoring,
    append,
    read_ledger,
    times_scored,
)
from studies.synthetic_spectra.mistakes import kind_of_mistake
from studies.synthetic_spectra.set_arrays import Part, load_classes, load_part
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.spectrum_classes import SpectrumClasses
from studies.synthetic_spectra.training_files import read_weights, trained_cells
from studies.synthetic_spectra.trainings import open_network

SCORE_COLUMNS = (
    *("data_set", "network", "seed"),
    *("spectra", "errors", "scorings", "weights"),
)
ERROR_SCHEMA = {
    "data_set": pl.String,
    "network": pl.String,
    "seed": pl.Int64,
    "spectrum": pl.Int64,
    "truth": pl.Int64,
    "predicted": pl.Int64,
    "kind": pl.String,
}


@dataclass(frozen=True)
class ScoredSet:
    """What is scored."""

    part: Part
    classes: SpectrumClasses
    digest: str


def run(settings: Settings) -> None:
    """Write probabilities, scores and mistakes of every training that is done.

    Test spectra are scored once: a second run reads what the first has kept.

    Raises
    ------
    EgaError
        An earlier stage has not run.
    """
    torch.set_num_threads(settings.train.threads)
    test_sets = {name: _test_set(name, settings) for name in settings.generate.sets}
    todo = trained_cells(settings)
    _tell_what_is_left_out(len(cells(settings)), len(todo))
    if paths.PREDICTIONS.exists():
        shutil.rmtree(paths.PREDICTIONS)
    scores, errors = [], []
    for cell, record in with_progress("evaluate", todo.items(), len(todo)):
        test_set = test_sets[cell.data_set]
        logits = score_once(cell, test_set, settings)
        labels = test_set.part.labels
        predicted = logits.argmax(axis=1)
        wrong = np.flatnonzero(predicted != labels)
        place = (cell.data_set, cell.network, cell.seed)
        times = times_scored(read_ledger(paths.LEDGER), *place)
        scores.append((*place, len(labels), len(wrong), times, record.weights))
        errors += _rows(cell, wrong, labels, predicted, test_set, settings)
        write_arrays(paths.predictions(*place), {"logits": logits, "labels": labels})
    write_csv(paths.SCORES, pl.DataFrame(scores, SCORE_COLUMNS, orient="row"))
    write_csv(paths.ERRORS, pl.DataFrame(errors, ERROR_SCHEMA, orient="row"))


def score_once(cell: Cell, test_set: ScoredSet, settings: Settings) -> np.ndarray:
    """Return test logits (n_spectra, n_classes), kept ones if there are any."""
    tensors, digest = read_weights(cell)
    device = choose_device(settings.train.device)
    cache = UnitCache(
        f"{paths.NAME}/test", [], [digest, test_set.digest, cell.network, device]
    )
    kept = cache.load("logits")
    if kept is not None:
        return kept["logits"]
    inputs = torch.from_numpy(test_set.part.inputs)
    network = open_network(
        cell.network, tensors, inputs.shape[1], len(test_set.classes), settings
    )
    logits: np.ndarray = predict_logits(network, inputs.to(device)).numpy()
    wrong = int(np.count_nonzero(logits.argmax(axis=1) != test_set.part.labels))
    place = (cell.data_set, cell.network, cell.seed)
    times = times_scored(read_ledger(paths.LEDGER), *place)
    scoring = Scoring(*place, times + 1, wrong, len(logits), digest, test_set.digest)
    # first the ledger: nothing that was seen may go unrecorded
    append(paths.LEDGER, scoring)
    cache.save("logits", {"logits": logits})
    return logits


def _tell_what_is_left_out(wanted: int, done: int) -> None:
    if done < wanted:
        Console(stderr=True, highlight=False).print(
            f"{wanted - done} of {wanted} trainings are not done and are left out. "
            f"Cure: python -m studies.{paths.NAME} train",
            soft_wrap=True,
        )


def _test_set(name: str, settings: Settings) -> ScoredSet:
    part = load_part(name, "test", settings)
    sha = hashlib.sha256(np.ascontiguousarray(part.inputs).data).hexdigest()
    return ScoredSet(part, load_classes(name, settings), sha)


def _rows(
    cell: Cell,
    wrong: np.ndarray,
    labels: np.ndarray,
    predicted: np.ndarray,
    test_set: ScoredSet,
    settings: Settings,
) -> list[tuple[object, ...]]:
    """Return a row of the table of mistakes for each misjudged spectrum."""
    rows: list[tuple[object, ...]] = []
    for row in wrong.tolist():
        pair = (int(labels[row]), int(predicted[row]))
        kind = kind_of_mistake(
            test_set.classes,
            pair,
            reach_points=2 * settings.generate.shift_points,
            minor_height=settings.evaluate.minor_height,
            close_height=settings.evaluate.close_height,
        )
        rows.append((cell.data_set, cell.network, cell.seed, row, *pair, kind))
    return rows
