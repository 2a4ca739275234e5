"""Everything that is wrong with a data folder, by the checks of stage bin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.bin_run import bin_run
from pipeline.data_folder import (
    good_metadata,
    labelled_splits,
    read_data_folder,
    read_metadata,
)
from pipeline.errors import Fault, FolderError
from pipeline.grid_axes import grid_axes
from pipeline.label_files import read_labels
from pipeline.parallel import fan_out
from pipeline.params import BinParams, DataParams, Params
from pipeline.read_run import RunFaultError
from pipeline.submission_check import read_template


@dataclass(frozen=True)
class _Chunk:
    root: Path
    rows: list[dict[str, Any]]
    params: BinParams


def validate_folder(root: Path, params: Params) -> tuple[list[Fault], int]:
    """Return all faults of a folder, and the number of runs in metadata.csv.

    Unlike stage bin, this goes on after a fault: runs are read whose labels or rows in
    metadata.csv are faulty, and labels are read where other labels are unusable.
    """
    data = params.data.model_copy(update={"root": root})
    try:
        metadata = read_metadata(root)
    except FolderError as error:
        # without it, nobody knows which files are runs
        return [error.fault], 0
    faults = _table_faults(data, metadata)
    faults += _template_faults(params.model_copy(update={"data": data}))
    faults += _run_faults(root, metadata, params)
    return faults, metadata.height


def _table_faults(data: DataParams, metadata: pl.DataFrame) -> list[Fault]:
    try:
        return list(read_data_folder(data).faults)
    except FolderError as error:
        stopped_by = error.fault
    faults: list[Fault] = []
    good = good_metadata(metadata, data.root, faults)
    for split in labelled_splits(data.root, good):
        try:
            read_labels(data, split, good, faults)
        except FolderError as error:
            faults.append(error.fault)
    return faults if stopped_by in faults else [stopped_by, *faults]


def _template_faults(params: Params) -> list[Fault]:
    """Stage submit would stop at these, after all the training."""
    try:
        read_template(params)
    except FolderError as error:
        return [error.fault]
    return []


def _run_faults(root: Path, metadata: pl.DataFrame, params: Params) -> list[Fault]:
    # also runs whose other fields are faulty; a file that two rows name is read once
    rows = (
        metadata.filter(pl.col("features_path").fill_null("") != "")
        .with_columns(pl.col("sample_id").fill_null(""))
        .unique("features_path", keep="first", maintain_order=True)
        .to_dicts()
    )
    size = params.bin.runs_per_chunk
    chunks = [
        _Chunk(root, rows[start : start + size], params.bin)
        for start in range(0, len(rows), size)
    ]
    results = fan_out(params.compute, "validate", _check_chunk, chunks, reads=[root])
    return [fault for faults in results for fault in faults]


def _check_chunk(chunk: _Chunk) -> list[Fault]:
    faults: list[Fault] = []
    for row in chunk.rows:
        try:
            bin_run(chunk.root, row, chunk.params, grid_axes(chunk.params))
        except RunFaultError as error:
            faults += error.faults
    return faults
