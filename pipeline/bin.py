"""Stage bin: every run's file -> one grid of (run, m/z, temperature), in chunks.

Each worker reads a chunk of runs in one streaming pass and writes its grids and a
record of them, so memory does not depend on the number of runs, a stage that was
stopped goes on where it was, and only chunks with new or changed files are read again.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console

from pipeline import checksums, paths
from pipeline.atomic import write_array, write_csv, write_json, write_parquet
from pipeline.bin_chunks import (
    Chunk,
    Record,
    chunks,
    faults_of,
    grid_name,
    grid_states,
    read_record,
    record_folder,
    remove_others,
)
from pipeline.bin_run import bin_run
from pipeline.data_folder import read_data_folder
from pipeline.errors import EgaError, Fault
from pipeline.grid_axes import grid_axes
from pipeline.parallel import complete
from pipeline.params import BinParams, Params
from pipeline.read_run import RunFaultError


def run(params: Params) -> None:
    """Write grids, run table and quarantine list.

    Raises
    ------
    EgaError
        The folder is unusable, or a run is faulty and `on_bad_run` is fail.
    """
    folder = read_data_folder(params.data)
    records = record_folder(folder.root, params.bin)
    all_chunks = list(chunks(folder.root, folder.runs, params.bin, records))
    complete(
        params.compute,
        "bin",
        bin_chunk,
        all_chunks,
        Chunk.is_unchanged,
        noun="chunks",
        reads=[folder.root],
    )
    faults = list(folder.faults)
    tables: list[pl.DataFrame] = []
    for chunk in all_chunks:
        record = read_record(chunk.record)
        faults += faults_of(record)
        if record.facts:
            tables.append(_facts_table(record))
    _report_faults(faults, params.bin)
    if not tables:
        raise EgaError(f"{folder.root}: no usable run is left after quarantine")
    facts = pl.concat(tables)
    write_csv(paths.QUARANTINE, pl.DataFrame(faults, schema=_fault_schema()))
    write_json(paths.GRID_AXES, asdict(grid_axes(params.bin)))
    # last: where the run table is, everything is
    write_parquet(
        paths.RUNS,
        folder.runs.join(facts, on="sample_id", how="inner", maintain_order="left"),
    )
    kept = {chunk.record for chunk in all_chunks}
    remove_others(records, kept, set(facts["chunk"].unique()))


def bin_chunk(chunk: Chunk) -> None:
    """Bin the runs of one chunk; write the grids, then the record."""
    state = chunk.state()
    axes = grid_axes(chunk.params)
    means: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    facts: list[dict[str, Any]] = []
    faults: list[dict[str, Any]] = []
    for row in chunk.runs.iter_rows(named=True):
        try:
            mean, count, run_facts = bin_run(chunk.root, row, chunk.params, axes)
        except RunFaultError as error:
            faults += [fault.as_dict() for fault in error.faults]
            continue
        facts.append(
            {"sample_id": row["sample_id"], **run_facts, "row_in_chunk": len(means)}
        )
        means.append(mean)
        counts.append(count)
    name, sums = "", []
    if means:
        grids = np.stack(means), np.stack(counts)
        name = grid_name(*grids)
        for path, array in zip(paths.grid_chunk(name), grids, strict=True):
            sums.append(write_array(path, array))
    chunk.remember(Record(name, state, facts, faults, grid_states(name), sums))


def _facts_table(record: Record) -> pl.DataFrame:
    """Return the facts with the place of each run, and pass the checksums on."""
    for path, sha256 in zip(
        paths.grid_chunk(record.name), record.checksums, strict=True
    ):
        checksums.remember(path, sha256)
    columns = pl.DataFrame(record.facts, infer_schema_length=None)
    return columns.select(
        pl.exclude("row_in_chunk"), pl.lit(record.name).alias("chunk"), "row_in_chunk"
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
