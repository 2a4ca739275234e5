"""Runs in chunks: how they are cut, and which of them need not be read again.

A chunk is some neighbouring runs of metadata.csv. It ends after a run whose digest says
so, and not after a fixed number of runs: a new run changes the chunk that it falls
into, and all others stay as they are. The layout depends on the ids alone, not on
what was binned before. Grids are named after their content, so new ones never replace
those that an earlier run table points at.

Beside its grids, each chunk leaves a record under `.cache/bin/`: the state of the files
that it was made of, what the run table needs, and the checksums of the grids.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline import paths
from pipeline.cache_files import read_kept, write_kept
from pipeline.data_folder import MD5_COLUMN
from pipeline.data_params import BinParams
from pipeline.errors import Fault
from pipeline.unit_cache import cache_key

# modules of `pipeline` that grids depend on
_MODULES = (
    "bin",
    "bin_chunks",
    "bin_run",
    "diagnose",
    "grid_axes",
    "read_run",
    "run_checks",
)
# settings that no grid depends on
_ELSEWHERE = {"on_bad_run", "runs_per_chunk"}
# a file that changed this shortly before it was read may change again unnoticed
_SETTLED_NANOSECONDS = 2_000_000_000


@dataclass(frozen=True)
class Chunk:
    """The work of one task: rows of the run table, small enough to send."""

    root: Path
    runs: pl.DataFrame
    params: BinParams
    records: Path

    @property
    def record(self) -> Path:
        """The file with the record; its name depends on the ids of the runs."""
        ids = "\n".join(self.runs["sample_id"])
        return self.records / f"{hashlib.sha256(ids.encode()).hexdigest()}.json"

    def remember(self, record: Record) -> None:
        """Write the record, when the grids are complete."""
        write_kept(self.record, json.dumps(asdict(record)).encode())

    def state(self) -> list[list[Any]]:
        """Return what tells one version of the runs' files from another."""
        columns = self.runs.select("sample_id", "features_path", MD5_COLUMN)
        return [[*row, *_file_state(self.root, row[1])] for row in columns.iter_rows()]

    def is_unchanged(self) -> bool:
        """Return whether the grids are there, and made of the files as they are now."""
        try:
            recorded_at = self.record.stat().st_mtime_ns
            record = read_record(self.record)
            grids_are_there = record.grids == grid_states(record.name)
        except (OSError, ValueError, TypeError, KeyError):
            return False  # no record, or a damaged one
        # whatever kept a run from being read may be over
        if record.faults or not grids_are_there:
            return False
        newest = max((row[-1] for row in record.state), default=0)
        settled = newest + _SETTLED_NANOSECONDS < recorded_at
        return settled and record.state == self.state()


@dataclass(frozen=True)
class Record:
    """What is known of a binned chunk.

    Attributes
    ----------
    name : str
        Name of the grids, empty if no run is good.
    state : list
        `Chunk.state` before the files were read.
    facts : list[dict]
        One a good run: sample_id, columns of the run table, and its row in the grids.
    faults : list[dict]
        What is wrong with the others.
    grids : list
        Size and time of change of the files with mean and count.
    checksums : list[str]
        Their SHA-256.
    """

    name: str
    state: list[list[Any]]
    facts: list[dict[str, Any]]
    faults: list[dict[str, Any]]
    grids: list[list[int]]
    checksums: list[str]


def read_record(path: Path) -> Record:
    """Read a record.

    Raises
    ------
    OSError, ValueError, TypeError
        It is missing or damaged.
    """
    return Record(**json.loads(read_kept(path)))


def record_folder(root: Path, params: BinParams) -> Path:
    """Return the folder for records of this data, these settings and this program."""
    settings = params.model_dump(mode="json", exclude=_ELSEWHERE)
    key = cache_key(_MODULES, [], [str(root.absolute()), settings])
    return paths.CACHE / "bin" / key


def remove_others(records: Path, kept: set[Path], grids: set[str]) -> None:
    """Remove records and grids that no run points to any more."""
    for folder in records.parent.glob("*"):
        if folder != records and folder.is_dir():
            shutil.rmtree(folder)
    for path in records.glob("*"):
        if path not in kept:
            path.unlink()
    for path in paths.GRID.glob("*"):
        if path.stem.partition("_")[0] not in grids:
            path.unlink()


def chunks(
    root: Path, runs: pl.DataFrame, params: BinParams, records: Path
) -> Iterator[Chunk]:
    """Cut the run table into chunks of about `runs_per_chunk` runs, at most twice."""
    size, start = params.runs_per_chunk, 0
    for row, sample_id in enumerate(runs["sample_id"]):
        length = row + 1 - start
        digest = hashlib.blake2b(sample_id.encode(), digest_size=8).digest()
        ends_here = int.from_bytes(digest, "big") % size == 0
        if ends_here or length == 2 * size or row + 1 == len(runs):
            yield Chunk(root, runs.slice(start, length), params, records)
            start = row + 1


def grid_name(means: np.ndarray, counts: np.ndarray) -> str:
    """Name grids after what they hold."""
    digest = hashlib.sha256(means.tobytes())
    digest.update(counts.tobytes())
    return digest.hexdigest()[:32]


def grid_states(name: str) -> list[list[int]]:
    """Return size and time of change of the grids; OSError if one is missing."""
    states = [path.stat() for path in paths.grid_chunk(name)] if name else []
    return [[status.st_size, status.st_mtime_ns] for status in states]


def faults_of(record: Record) -> list[Fault]:
    """Return the faults of a record."""
    return [Fault(**fault) for fault in record.faults]


def _file_state(root: Path, features_path: str) -> list[int]:
    try:
        status = (root / features_path).stat()
    except (OSError, ValueError):
        return [-1, -1, -1]
    # the last changes also when somebody sets the time of change back
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
