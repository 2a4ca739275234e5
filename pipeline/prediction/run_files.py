"""Files, folders and patterns on the command line -> grids, a run at a time."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from features.binning import GridAccumulator
from features.grid import EgaGrid, RunFacts
from features.run_summary import RunSummary
from pipeline.data_params import BinParams
from pipeline.errors import EgaError, Fault
from pipeline.format_params import FormatParams
from pipeline.formats.heating import HeatingProgramme
from pipeline.formats.opening import is_instrument_file
from pipeline.formats.read_any import read_any
from pipeline.formats.reading import Reading
from pipeline.formats.run_name import sample_id_of
from pipeline.grid_axes import grid_axes
from pipeline.read_run import RunFaultError
from pipeline.run_checks import check_run


@dataclass
class ReadRun:
    """A file, and its grid of a single run if it could be read."""

    sample_id: str
    path: Path
    grid: EgaGrid | None = None
    faults: list[Fault] = field(default_factory=list)


def expanded(patterns: Sequence[str]) -> list[Path]:
    """Return the files behind names, folders and patterns, each once, in order.

    A folder stands for the instrument files in it and in its subfolders.

    Raises
    ------
    EgaError
        A name is no file, no folder and matches nothing.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            files = [
                file
                for file in sorted(path.rglob("*"))
                if file.is_file() and file.name[0] != "." and is_instrument_file(file)
            ]
        elif path.exists():
            files = [path]
        else:
            # pathlib knows no absolute patterns
            names = glob.glob(pattern, recursive=True)  # noqa: PTH207
            files = [Path(name) for name in sorted(names)]
        if not files:
            raise EgaError(
                f"{pattern}: no run there; expected a file, a folder with CSV, mzML or "
                "ANDI-MS files, or a pattern that matches some. Cure: check the name."
            )
        found |= dict.fromkeys(files)
    return list(found)


def read_runs(
    files: Sequence[Path],
    bin_params: BinParams,
    formats: FormatParams,
    heating: HeatingProgramme | None,
) -> Iterator[ReadRun]:
    """Yield each file's run, or what is wrong with it."""
    for path in files:
        reading = Reading(sample_id_of(path), path, formats, heating)
        try:
            grid = _read(reading, bin_params)
        except RunFaultError as error:
            yield ReadRun(reading.sample_id, path, None, error.faults)
        else:
            yield ReadRun(reading.sample_id, path, grid)


def _read(reading: Reading, params: BinParams) -> EgaGrid:
    axes = grid_axes(params)
    accumulator, summary = GridAccumulator(axes), RunSummary()
    low, high = params.temperature_min_celsius, params.temperature_max_celsius
    for rows in read_any(reading, low, high):
        accumulator.add(rows.temperature, rows.mz, rows.abundance)
        summary.add(rows.time, rows.temperature)
    mean, count = accumulator.result()
    faults = check_run(reading.sample_id, reading.path, summary, mean)
    if faults:
        raise RunFaultError(faults)
    facts: dict[str, Any] = summary.facts() | {
        "ion_count": np.count_nonzero(count.any(axis=1)),
        "maximum_abundance": np.nanmax(mean),
    }
    return EgaGrid(
        mean[None],
        axes.mz_values,
        axes.temperature_edges_celsius,
        RunFacts(
            **{
                f.name: np.array([facts[f.name]], dtype=np.float64)
                for f in fields(RunFacts)
            }
        ),
    )


def joined(grids: Sequence[EgaGrid]) -> EgaGrid:
    """Return several runs as one block."""
    return EgaGrid(
        np.concatenate([grid.abundance for grid in grids]),
        grids[0].mz_values,
        grids[0].temperature_edges_celsius,
        RunFacts(
            **{
                f.name: np.concatenate([getattr(grid.facts, f.name) for grid in grids])
                for f in fields(RunFacts)
            }
        ),
    )
