"""One instrument file -> one run file of a data folder, checked as stage bin does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from pipeline.bin_run import bin_run
from pipeline.data_folder import MD5_COLUMN
from pipeline.errors import Fault
from pipeline.formats.heating import HeatingProgramme
from pipeline.formats.read_any import read_any
from pipeline.formats.reading import Reading
from pipeline.grid_axes import grid_axes
from pipeline.params import Params
from pipeline.read_run import COLUMNS, RunFaultError

FEATURES = "features"


@dataclass(frozen=True)
class Task:
    """What to convert, and the folder that the run goes to."""

    path: Path
    sample_id: str
    folder: Path
    heating: HeatingProgramme | None
    params: Params


@dataclass
class Converted:
    """What became of a file; a run was written if there are no faults."""

    sample_id: str
    path: Path
    faults: list[Fault] = field(default_factory=list)
    format_name: str = ""
    temperature_from: str = ""
    rows: int = 0
    scans: int = 0
    scans_left_out: int = 0
    low: float = 0.0
    high: float = 0.0
    md5: str = ""

    @property
    def features_path(self) -> str:
        """The path in metadata.csv."""
        return f"{FEATURES}/{self.sample_id}.csv"


def convert_run(task: Task) -> Converted:
    """Write one run; a file that can't be used leaves nothing but faults."""
    result = Converted(task.sample_id, task.path)
    reading = Reading(task.sample_id, task.path, task.params.formats, task.heating)
    target = task.folder / result.features_path
    try:
        result.rows, result.md5 = _write(reading, target, task.params)
        _check(result, task)
    except RunFaultError as error:
        target.unlink(missing_ok=True)
        # the file that the user has, not the one that was written
        result.faults = [replace(f, file=str(task.path)) for f in error.faults]
    result.format_name = reading.format_name
    result.temperature_from = reading.temperature_from
    result.scans_left_out = reading.scans_left_out
    return result


def _write(reading: Reading, target: Path, params: Params) -> tuple[int, str]:
    """Return number of rows and md5 of what was written."""
    low, high = params.bin.temperature_min_celsius, params.bin.temperature_max_celsius
    digest = hashlib.md5(usedforsecurity=False)
    n_rows = 0
    with target.open("wb") as file:
        for rows in read_any(reading, low, high):
            values = (rows.time, rows.temperature, rows.mz, rows.abundance)
            table = pl.DataFrame(dict(zip(COLUMNS, values, strict=True)))
            # the shortest decimals that give the same numbers back
            text = table.write_csv(include_header=n_rows == 0).encode()
            digest.update(text)
            file.write(text)
            n_rows += table.height
    if n_rows == 0:
        raise reading.fault(
            "rows",
            "no ion in any scan" if reading.by_scan else "a header only",
            "at least one row",
            "export the run again",
        )
    return n_rows, digest.hexdigest()


def _check(result: Converted, task: Task) -> None:
    """Raise RunFaultError if stage bin would refuse the run."""
    row = {
        "sample_id": result.sample_id,
        "features_path": result.features_path,
        MD5_COLUMN: result.md5,
    }
    settings = task.params.bin
    _, _, facts = bin_run(task.folder, row, settings, grid_axes(settings))
    result.scans = facts["scan_count"]
    result.low = facts["temperature_low_celsius"]
    result.high = facts["temperature_high_celsius"]
