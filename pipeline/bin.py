"""Stage bin: every run's file -> one grid of (run, m/z, temperature), in chunks.

Each worker reads a chunk of runs in one streaming pass, writes its grids and returns
only a row of facts a run, so memory does not depend on the number of runs.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console

from features.binning import GridAccumulator, GridAxes
from features.run_summary import RunSummary
from pipeline import paths
from pipeline.atomic import (
    replacing_folder,
    write_array,
    write_csv,
    write_json,
    write_parquet,
)
from pipeline.data_folder import MD5_COLUMN, read_data_folder
from pipeline.diagnose import diagnose, find_line
from pipeline.errors import EgaError, Fault, shorten
from pipeline.grid_axes import grid_axes
from pipeline.parallel import fan_out
from pipeline.params import BinParams, Params
from pipeline.read_run import MalformedChunkError, RunFaultError, RunReader
from pipeline.run_checks import check_run


def run(params: Params) -> None:
    """Write grids, run table and quarantine list.

    Raises
    ------
    EgaError
        The folder is unusable, or a run is faulty and `on_bad_run` is fail.
    """
    folder = read_data_folder(params.data)
    axes = grid_axes(params.bin)
    size = params.bin.runs_per_chunk
    rows = folder.runs.to_dicts()
    faults = list(folder.faults)
    facts: list[dict[str, Any]] = []
    with replacing_folder(paths.GRID) as grid:
        chunks = [
            Chunk(number, folder.root, grid, rows[start : start + size], params.bin)
            for number, start in enumerate(range(0, len(rows), size))
        ]
        results = fan_out(params.compute, "bin", bin_chunk, chunks, reads=[folder.root])
        for chunk_facts, chunk_faults in results:
            facts += chunk_facts
            faults += chunk_faults
        _report_faults(faults, params.bin)
        if not facts:
            raise EgaError(f"{folder.root}: no usable run is left after quarantine")
        # an older run table must never stand beside the new grids
        paths.RUNS.unlink(missing_ok=True)
    write_csv(paths.QUARANTINE, pl.DataFrame(faults, schema=_fault_schema()))
    table = folder.runs.join(
        pl.DataFrame(facts), on="sample_id", how="inner", maintain_order="left"
    )
    write_json(paths.GRID_AXES, asdict(axes))
    # last: where the run table is, everything is
    write_parquet(paths.RUNS, table)


@dataclass(frozen=True)
class Chunk:
    """The work of one task."""

    number: int
    root: Path
    grid: Path
    rows: list[dict[str, Any]]
    params: BinParams


def bin_chunk(chunk: Chunk) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Bin the runs of one chunk; return facts of the good and faults of the bad."""
    axes = grid_axes(chunk.params)
    means: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    facts: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for row in chunk.rows:
        try:
            mean, count, run_facts = bin_run(chunk.root, row, chunk.params, axes)
        except RunFaultError as fault:
            faults += fault.faults
            continue
        run_facts |= {"chunk": chunk.number, "row_in_chunk": len(means)}
        facts.append({"sample_id": row["sample_id"], **run_facts})
        means.append(mean)
        counts.append(count)
    if means:
        mean_path, count_path = paths.grid_chunk(chunk.number, chunk.grid)
        write_array(mean_path, np.stack(means))
        write_array(count_path, np.stack(counts))
    return facts, faults


def bin_run(
    root: Path, row: dict[str, Any], params: BinParams, axes: GridAxes
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Read one run and return mean, count and facts.

    Raises
    ------
    RunFaultError
        The run can't be used.
    """
    sample_id, path = row["sample_id"], root / row["features_path"]
    # no file has a zero byte in its name, and functions differ in what they make of it
    if "\0" in str(path) or not _absolute(path).is_relative_to(_absolute(root)):
        raise RunFaultError(
            [
                Fault(
                    sample_id,
                    str(path),
                    None,
                    "features_path",
                    shorten(row["features_path"]),
                    f"a path inside {root}",
                    "correct features_path in metadata.csv",
                )
            ]
        )
    reader = RunReader(
        sample_id, path, params.read_mebibytes << 20, verify_md5=params.verify_md5
    )
    accumulator = GridAccumulator(axes)
    summary = RunSummary()
    try:
        for time, temperature, mz, abundance in reader:
            low, high = float(temperature.min()), float(temperature.max())
            if (
                low < axes.temperature_min_celsius
                or high > axes.temperature_max_celsius
            ):
                raise _temperature_fault(sample_id, path, axes)
            accumulator.add(temperature, mz, abundance)
            summary.add(time, temperature)
    except MalformedChunkError:
        raise RunFaultError(diagnose(sample_id, path)) from None
    mean, count = accumulator.result()
    _check(sample_id, path, row[MD5_COLUMN], reader, summary, mean)
    observed = count.any(axis=1)
    return (
        mean,
        count,
        summary.facts()
        | {
            "ion_count": int(np.count_nonzero(observed)),
            "maximum_abundance": float(np.nanmax(mean)),
            "rows_outside_mz_range": accumulator.rows_outside_mz_range,
            "rows_fractional_dropped": accumulator.rows_fractional_dropped,
        },
    )


def _absolute(path: Path) -> Path:
    # symbolic links are not followed: large data is often linked into a folder
    return Path(os.path.normpath(path.absolute()))


def _check(
    sample_id: str,
    path: Path,
    expected_md5: str | None,
    reader: RunReader,
    summary: RunSummary,
    mean: np.ndarray,
) -> None:
    """Raise RunFaultError for a run that was read but can't be used."""
    faults = []
    if expected_md5 and reader.md5 and reader.md5 != expected_md5.strip().lower():
        faults.append(
            Fault(
                sample_id,
                str(path),
                None,
                "md5",
                reader.md5,
                f"{expected_md5} as in metadata.csv",
                "copy the file again, or correct features_md5_hash if the change is "
                "meant",
            )
        )
    faults += check_run(sample_id, path, summary, mean)
    if faults:
        raise RunFaultError(faults)


def _temperature_fault(sample_id: str, path: Path, axes: GridAxes) -> RunFaultError:
    low, high = axes.temperature_min_celsius, axes.temperature_max_celsius
    line, text = find_line(path, "temp", low, high)
    return RunFaultError(
        [
            Fault(
                sample_id,
                str(path),
                line,
                "temp",
                text,
                f"{low:g} to {high:g} celsius",
                "check the unit and the columns, or widen bin.temperature_min_celsius "
                "and bin.temperature_max_celsius",
            )
        ]
    )


def _fault_schema() -> dict[str, pl.DataType]:
    return {
        f.name: pl.Int64() if f.name == "line" else pl.String() for f in fields(Fault)
    }


def _report_faults(faults: list[Fault], params: BinParams) -> None:
    if not faults:
        return
    runs = len({fault.sample_id for fault in faults})
    who = f"{runs} {'run' if runs == 1 else 'runs'}"
    if params.on_bad_run == "fail":
        shown = "\n".join(f"  {fault}" for fault in faults)
        raise EgaError(
            f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'} in {who}:\n"
            f"{shown}\n"
            "Mend them, or set bin.on_bad_run: quarantine in params.yaml to go on "
            "without these runs."
        )
    console = Console(stderr=True)
    console.print(
        f"{who} quarantined; {paths.QUARANTINE} has the reasons",
        style="yellow",
    )
