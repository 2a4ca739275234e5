"""What `ega convert` did: a table of all inputs, then the faults of those it left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from pipeline.convert_run import Converted
from pipeline.errors import Fault
from pipeline.fault_table import print_table

_COLUMNS = (
    "file",
    "sample_id",
    "format",
    "rows",
    "scans",
    "left out",
    "temperature C",
    "temperature from",
    "result",
)


def print_report(
    results: Sequence[Converted], label_faults: Sequence[Fault], folder: Path
) -> None:
    """Print the table on stdout, faults and what is missing on stderr."""
    print_table(_COLUMNS, [_row(result) for result in results])
    faults = [fault for result in results for fault in result.faults]
    errors = Console(stderr=True, highlight=False, emoji=False)
    for fault in [*faults, *label_faults]:
        errors.print(f"  {fault}", style="red", markup=False, soft_wrap=True)
    runs = sum(not result.faults for result in results)
    if runs:
        files = "file" if len(results) == 1 else "files"
        text = f"{runs} of {len(results)} {files} converted: {folder}"
    else:
        text = f"nothing converted; {folder} was not made"
    errors.print(text, markup=False, soft_wrap=True)
    if runs and not (folder / "train_labels.csv").exists():
        errors.print(
            "No labels, so there is nothing to train on: give --labels, or add "
            "train_labels.csv and set their split to train in metadata.csv.",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )


def _row(result: Converted) -> list[object]:
    name = result.path.name
    if result.faults:
        faults = len(result.faults)
        failed = f"failed: {faults} {'fault' if faults == 1 else 'faults'}"
        return [name, result.sample_id, result.format_name, *[None] * 5, failed]
    return [
        name,
        result.sample_id,
        result.format_name,
        f"{result.rows:,}",
        f"{result.scans:,}",
        result.scans_left_out or None,
        f"{result.low:g} to {result.high:g}",
        result.temperature_from,
        "converted",
    ]
