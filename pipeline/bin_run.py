"""One run's file -> mean and count of every cell, and facts; see `features.binning`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from features.binning import GridAccumulator, GridAxes
from features.run_summary import RunSummary
from pipeline.data_folder import MD5_COLUMN
from pipeline.data_params import BinParams
from pipeline.diagnose import diagnose, find_line
from pipeline.errors import Fault, shorten
from pipeline.read_run import MalformedChunkError, RunFaultError, RunReader
from pipeline.run_checks import check_run


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
