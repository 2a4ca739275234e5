"""Runs in memory, tables of rows or arrays of cells -> a grid with facts.

The arithmetic is that of stage bin, which reads files piece by piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from features.binning import GridAccumulator, GridAxes
from features.grid import EgaGrid, RunFacts
from features.run_summary import RunSummary

# the names in run files; time is optional, it only serves the heating rate and scans
COLUMNS = ("time", "temp", "m/z", "abundance")
# far beyond any measurement; a larger number would overflow the grid
LARGEST = 1e30


def grid_of_runs(runs: Sequence[Any], axes: GridAxes, first: int = 0) -> EgaGrid:
    """Bin runs.

    Parameters
    ----------
    runs : sequence of tables
        Each a DataFrame (pandas or polars) with the columns `temp` (celsius), `m/z`,
        `abundance` and, if it is known, `time` (s), or an array of these columns:
        (n_rows, 4) of time, temp, m/z, abundance, or (n_rows, 3) without time.
    axes : GridAxes
        The cells.
    first : int
        Number of the first run in what the user gave, for messages.

    Raises
    ------
    ValueError
        A run lacks a column or rows, holds no finite number, leaves the temperature
        range or has no m/z within the grid.
    """
    binned = [_bin(run, axes, f"run {first + row}") for row, run in enumerate(runs)]
    facts = {
        f.name: np.array([row[f.name] for _, row in binned], dtype=np.float64)
        for f in fields(RunFacts)
    }
    return EgaGrid(
        np.stack([mean for mean, _ in binned]),
        axes.mz_values,
        axes.temperature_edges_celsius,
        RunFacts(**facts),
    )


def grid_of_cells(cells: np.ndarray, axes: GridAxes) -> EgaGrid:
    """Take (n_runs, n_mz, n_temperatures) float32 as a grid; NaN marks unobserved.

    Cells begin at the lowest temperature of `axes` and may end before or after its
    highest. They tell the temperature range of a run to the width of a cell; heating
    rate and number of scans, which they do not tell, are NaN.
    """
    observed = ~np.isnan(cells)
    unknown = np.full(len(cells), np.nan)
    n_cells = cells.shape[2]
    edges = axes.temperature_min_celsius + axes.bin_width_celsius * np.arange(
        n_cells + 1
    )
    here = observed.any(axis=1)
    some = here.any(axis=1)
    low, high = edges[here.argmax(axis=1)], edges[n_cells - here[:, ::-1].argmax(1)]
    facts = RunFacts(
        heating_rate_celsius_per_minute=unknown,
        temperature_low_celsius=np.where(some, low, np.nan),
        temperature_high_celsius=np.where(some, high, np.nan),
        scan_count=unknown,
        ion_count=observed.any(axis=2).sum(axis=1).astype(np.float64),
        maximum_abundance=np.where(observed, cells, -np.inf)
        .max(axis=(1, 2))
        .astype(np.float64),
    )
    return EgaGrid(cells, axes.mz_values, edges, facts)


def _bin(run: Any, axes: GridAxes, name: str) -> tuple[np.ndarray, dict[str, Any]]:
    """Return mean abundance (n_mz, n_temperatures) and facts of one run."""
    time, temperature, mz, abundance = _columns(run, name)
    low, high = float(temperature.min()), float(temperature.max())
    lowest, highest = axes.temperature_min_celsius, axes.temperature_max_celsius
    if low < lowest or high > highest:
        raise ValueError(
            f"{name} has temperatures from {low:g} to {high:g} celsius; expected "
            f"{lowest:g} to {highest:g}. Check the unit and the order of the columns, "
            "or widen temperature_min_celsius and temperature_max_celsius."
        )
    accumulator, summary = GridAccumulator(axes), RunSummary()
    accumulator.add(temperature, mz, abundance)
    summary.add(np.zeros_like(temperature) if time is None else time, temperature)
    mean, count = accumulator.result()
    if not count.any():
        raise ValueError(
            f"{name} has m/z from {mz.min():g} to {mz.max():g}; expected some from "
            f"{axes.mz_min} to {axes.mz_max}. Check the order of the columns, or "
            "widen mz_min and mz_max."
        )
    facts = summary.facts() | {
        "ion_count": np.count_nonzero(count.any(axis=1)),
        "maximum_abundance": np.nanmax(mean),
    }
    if time is None:
        facts |= {"heating_rate_celsius_per_minute": np.nan, "scan_count": np.nan}
    return mean, facts


def _columns(
    run: Any, name: str
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray, np.ndarray]:
    """Return time (None if unknown), temperature, m/z and abundance, (n_rows,)."""
    if hasattr(run, "columns"):
        missing = [column for column in COLUMNS[1:] if column not in run.columns]
        if missing:
            raise ValueError(
                f"{name} has the columns {', '.join(map(str, run.columns))}; "
                f"{', '.join(missing)} must be among them. Rename them."
            )
        here = [column for column in COLUMNS if column in run.columns]
        parts = [run[column] for column in here]
    else:
        rows = np.asarray(run)
        if rows.ndim != 2 or rows.shape[1] not in (3, 4):
            raise ValueError(
                f"{name} is an array of shape {rows.shape}; expected (n_rows, 4) of "
                f"{', '.join(COLUMNS)}, or (n_rows, 3) without time."
            )
        here, parts = list(COLUMNS[-rows.shape[1] :]), list(rows.T)
    # contiguous, as in stage bin: the last bit of a sum may depend on it
    values = [np.ascontiguousarray(part, dtype=np.float64) for part in parts]
    for column, numbers in zip(here, values, strict=True):
        # NaN fails every comparison
        if numbers.size == 0 or not np.abs(numbers).max() <= LARGEST:
            raise ValueError(
                f"{name} has a {column} that is missing or beyond {LARGEST:g}, or no "
                "rows; expected finite numbers. Drop such rows."
            )
    time = values[0] if here[0] == COLUMNS[0] else None
    temperature, mz, abundance = values[-3:]
    return time, temperature, mz, abundance
