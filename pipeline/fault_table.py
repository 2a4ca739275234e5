"""Faults as a table to read, as JSON or as CSV."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.errors import Fault

COLUMNS = ("file", "row", "field", "got", "expected", "cure")
# where the output is no terminal, lines need not fit one
_WIDTH_OF_FILES = 160


class TableFormat(StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def print_faults(faults: Sequence[Fault], form: TableFormat, root: Path) -> None:
    """Print faults on stdout, files relative to `root`."""
    rows = [_row(fault, root) for fault in faults]
    if form is TableFormat.JSON:
        sys.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    elif form is TableFormat.CSV:
        schema: dict[str, pl.DataType] = dict.fromkeys(COLUMNS, pl.String())
        table = pl.DataFrame(rows, schema=schema | {"row": pl.Int64()})
        sys.stdout.write(table.write_csv())
    else:
        print_table(COLUMNS, [[row[name] for name in COLUMNS] for row in rows])


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table that fits the terminal; None is an empty cell."""
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        # Text, because names of files may look like markup
        table.add_row(*(Text(_printable(cell)) for cell in row))
    console.print(table)


def _row(fault: Fault, root: Path) -> dict[str, str | int | None]:
    path = Path(fault.file)
    file = str(path.relative_to(root)) if path.is_relative_to(root) else fault.file
    return {
        "file": file,
        "row": fault.line,
        "field": fault.field,
        "got": fault.got,
        "expected": fault.expected,
        "cure": fault.cure,
    }


def _printable(value: object) -> str:
    text = "" if value is None else str(value)
    return text if text.isprintable() else repr(text)
