"""What stage train writes of each training: weights, history and a record of both."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import safetensors.torch
from torch import Tensor

from pipeline.atomic import write_bytes, write_json, write_text
from pipeline.tensor_bytes import tensor_bytes
from studies.stage_files import missing
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.cells import Cell, cells
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.training_keeper import Keeper, keepers_of
from studies.synthetic_spectra.trainings import Trained


@dataclass(frozen=True)
class Record:
    """Of one training.

    Attributes
    ----------
    key : str
        Of all that the training depends on.
    weights : str
        sha256 of the weights file.
    seconds : float
        Spent on the training.
    """

    key: str
    weights: str
    seconds: float


def write_training(cell: Cell, trained: Trained, keeper: Keeper) -> None:
    """Write weights (safetensors), history (CSV) and, last of all, the record."""
    content = tensor_bytes({n: tensor.numpy() for n, tensor in trained.weights.items()})
    write_bytes(weights_file(cell), content)
    text = io.StringIO()
    history = trained.facts["history"]
    writer = csv.DictWriter(text, list(history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    write_text(paths.history(cell.data_set, cell.network, cell.seed), text.getvalue())
    digest = hashlib.sha256(content).hexdigest()
    seconds = round(trained.facts["seconds"], 1)
    record = Record(keeper.key(cell.network), digest, seconds)
    write_json(_record_file(cell), asdict(record))


def trained_cells(settings: Settings) -> dict[Cell, Record]:
    """Return the trainings that are done with these settings and this code.

    Raises
    ------
    EgaError
        Stage generate has not run, or nothing is trained.
    """
    keepers = keepers_of(settings)
    found = {}
    for cell in cells(settings):
        try:
            record = Record(**json.loads(_record_file(cell).read_bytes()))
        except (OSError, ValueError, TypeError):
            continue
        if record.key == keepers[cell.data_set].key(cell.network):
            found[cell] = record
    if not found:
        raise missing(paths.MODELS, f"{paths.NAME} train")
    return found


def read_weights(cell: Cell) -> tuple[dict[str, Tensor], str]:
    """Return the weights of a training and the sha256 of their file.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    path = weights_file(cell)
    try:
        content = path.read_bytes()
        tensors = safetensors.torch.load(content)
    except (OSError, safetensors.SafetensorError) as error:
        raise missing(path, f"{paths.NAME} train") from error
    return tensors, hashlib.sha256(content).hexdigest()


def weights_file(cell: Cell) -> Path:
    """Return where the weights of a training lie."""
    return paths.weights(cell.data_set, cell.network, cell.seed)


def _record_file(cell: Cell) -> Path:
    return weights_file(cell).with_suffix(".json")
