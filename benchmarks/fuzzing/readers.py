"""What is fed: every reader, its valid files, and the errors that it declares."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.mutations import BINARY, MARKUP, TEXT, Mutation
from benchmarks.fuzzing.sections import split
from benchmarks.fuzzing.small_model import LABELS, bundle_files
from pipeline.bin_run import bin_run
from pipeline.convert_run import Task, convert_run
from pipeline.data_folder import read_data_folder
from pipeline.errors import EgaError, Fault, FolderError
from pipeline.formats.heating import HeatingError, parse_heating
from pipeline.formats.run_name import sample_id_of
from pipeline.grid_axes import grid_axes
from pipeline.params import Params, load_params
from pipeline.prediction.answering import load_models
from pipeline.prediction.bundle import open_bundle
from pipeline.prediction.run_files import read_runs
from pipeline.read_run import RunFaultError
from pipeline.validate import validate_folder

LONGEST_MESSAGE = 20_000
HEATING = parse_heating("25:35/min")
_SPECIAL = ("loop", "pipe", "zero", "folder")


class ReaderError(AssertionError):
    """A reader went on with numbers or a message that it should not give."""


@dataclass(frozen=True)
class Reader:
    """One reader.

    Attributes
    ----------
    feed : (folder, data) -> None
        Writes the data into the folder and reads it.
    declared : tuple of exceptions
        Every other one is a fault of the reader.
    share : float
        Of the time.
    """

    feed: Callable[[Path, bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    mutations: tuple[Mutation, ...]
    declared: tuple[type[BaseException], ...]
    share: float = 1.0
    most_bytes: int = 4096


@cache
def params() -> Params:
    """Return settings with few labels and small grids, which are quick."""
    defaults = load_params(seeds.PARAMS)
    return defaults.model_copy(
        update={
            "bin": defaults.bin.model_copy(
                update={"mz_max": 50, "bin_width_celsius": 50.0, "read_mebibytes": 1}
            ),
            "compute": defaults.compute.model_copy(
                update={"workers": 1, "backend": "threading"}
            ),
            "data": defaults.data.model_copy(update={"labels": LABELS}),
        }
    )


def _fault(faults: Sequence[Fault]) -> None:
    for fault in faults:
        if not (fault.file and fault.got and fault.expected and fault.cure):
            raise ReaderError(f"a fault without a field: {fault!r:.300}")
        if not str(fault).isprintable() or len(str(fault)) > LONGEST_MESSAGE:
            raise ReaderError(f"a message for no terminal: {fault!r:.300}")


def _csv(folder: Path, data: bytes) -> None:
    (folder / "run.csv").write_bytes(data)
    row = {"sample_id": "S1", "features_path": "run.csv", "features_md5_hash": None}
    settings = params().bin
    try:
        mean, _, _ = bin_run(folder, row, settings, grid_axes(settings))
    except RunFaultError as error:
        _fault(error.faults)
        raise
    if np.isinf(mean).any():
        raise ReaderError("an infinite cell")


def _instrument(folder: Path, data: bytes) -> None:
    path = folder / "run"
    path.write_bytes(data)
    heating = HEATING if len(data) % 2 else None
    (result,) = read_runs([path], params().bin, params().formats, heating)
    if result.faults:
        _fault(result.faults)
        raise RunFaultError(result.faults)


def _convert(folder: Path, data: bytes) -> None:
    name, _, content = data.partition(b"\n")
    sample_id = sample_id_of(Path(name.decode("utf-8", "surrogateescape")))
    path = folder / "original"
    path.write_bytes(content)
    (folder / "features").mkdir(exist_ok=True)
    target = folder / "features" / f"{sample_id}.csv"
    if target.resolve().parent != (folder / "features").resolve():
        raise ReaderError(f"would write {target}")
    result = convert_run(Task(path, sample_id, folder, HEATING, params()))
    written = list((folder / "features").iterdir())
    if written != ([] if result.faults else [target]):
        raise ReaderError(f"wrote {written}")
    target.unlink(missing_ok=True)
    if result.faults:
        _fault(result.faults)
        raise RunFaultError(result.faults)


def _params(folder: Path, data: bytes) -> None:
    path = folder / "params.yaml"
    path.write_bytes(data)
    load_params(path)


def write_folder(folder: Path, files: dict[bytes, bytes]) -> Path:
    """Write a data folder, with what strangers may put into one."""
    root = folder / "data"
    (root / "features").mkdir(parents=True, exist_ok=True)
    if not (root / "loop").is_symlink():
        (root / "loop").symlink_to("loop")
        (root / "zero").symlink_to("/dev/zero")
        os.mkfifo(root / "pipe")
        (root / "folder").mkdir()
    for old in (*root.glob("*.csv"), *root.glob("features/*.csv")):
        old.unlink()
    for name, content in files.items():
        # a head that was hit is the name of no file
        if name.replace(b"/", b"").replace(b".", b"").replace(b"_", b"").isalnum():
            path = root / name.decode("ascii", "replace")
            if path.parent in (root, root / "features") and path.name not in _SPECIAL:
                path.write_bytes(content)
    return root


def _tables(folder: Path, data: bytes) -> None:
    root = write_folder(folder, split(data))
    found = read_data_folder(params().data.model_copy(update={"root": root}))
    _fault(found.faults)


def _folder(folder: Path, data: bytes) -> None:
    root = write_folder(folder, split(data))
    with contextlib.redirect_stderr(io.StringIO()):
        faults, _ = validate_folder(root, params())
    _fault(faults)
    if faults:
        raise FolderError(faults[0])


def _bundle(folder: Path, data: bytes) -> None:
    path = folder / "model.zip"
    path.write_bytes(data)
    bundle = open_bundle(path)
    _ = bundle.labels, bundle.families


def _model(folder: Path, data: bytes) -> None:
    root = folder / "model"
    (root / "models").mkdir(parents=True, exist_ok=True)
    names = set(split(seeds.model()))
    files = {n.decode(): c for n, c in split(data).items() if n in names}
    for name, content in bundle_files(files).items():
        (root / name).write_bytes(content)
    load_models(open_bundle(root))


def _heating(folder: Path, data: bytes) -> None:
    programme = parse_heating(data.decode("utf-8", "replace"))
    elapsed = np.linspace(0, min(programme.end_seconds, 1e5), 5)
    if not np.isfinite(programme.temperature(elapsed)).all():
        raise ReaderError(f"no finite temperature: {programme}")


_RUN = (RunFaultError,)
READERS = {
    "heating": Reader(_heating, lambda: seeds.HEATING, TEXT, (HeatingError,), 4, 256),
    "csv": Reader(_csv, lambda: seeds.CSV, TEXT, _RUN, 2),
    "dialects": Reader(_instrument, lambda: seeds.DIALECTS, TEXT, _RUN, 2),
    "mzml": Reader(_instrument, lambda: seeds.MZML, MARKUP, _RUN, 3, 8192),
    "andi": Reader(_instrument, seeds.andi, BINARY, _RUN, 2),
    "packed": Reader(_instrument, seeds.packed, BINARY, _RUN, 1),
    "convert": Reader(_convert, seeds.converted, TEXT, _RUN, 1),
    "params": Reader(_params, seeds.params, MARKUP, (EgaError,), 1, 16384),
    "tables": Reader(_tables, lambda: [seeds.folder()], TEXT, (FolderError,), 1),
    "folder": Reader(_folder, lambda: [seeds.folder()], TEXT, (FolderError,), 0.5),
    "bundle": Reader(_bundle, seeds.archives, BINARY, (EgaError,), 1),
    "model": Reader(
        _model, lambda: [seeds.model()], (*MARKUP, *BINARY), (EgaError,), 1, 32768
    ),
}
