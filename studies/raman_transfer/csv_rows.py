"""CSV rows and numbers of both kinds of files, with faults that tell the place."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NoReturn

import numpy as np

from pipeline.errors import EgaError, Fault, shorten

ANALYTES = ("glucose", "sodium_acetate", "magnesium_sulfate")
_LONGEST_FIELD = 10_000_000


def read_rows(path: Path) -> list[list[str]]:
    """Return all rows as text; a byte order mark is dropped.

    Raises
    ------
    EgaError
        The file is missing, empty, no UTF-8 or no CSV.
    """
    try:
        csv.field_size_limit(_LONGEST_FIELD)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except FileNotFoundError:
        fault(path, None, "file", "none", "a CSV file", "check data.folder")
    except (UnicodeDecodeError, csv.Error) as error:
        fault(path, None, "file", str(error), "UTF-8 CSV text", "export it again")
    if not rows:
        fault(path, None, "file", "no rows", "spectra in rows", "export it again")
    return rows


def number(text: str, path: Path, line: int, field: str) -> float:
    """Return a finite number.

    Raises
    ------
    EgaError
        The text is something else; file, line and field are named.
    """
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        fault(
            path,
            line,
            field,
            shorten(text),
            "a finite number",
            "mend the cell or drop the row",
        )
    return value


def fault(
    path: Path, line: int | None, field: str, got: str, expected: str, cure: str
) -> NoReturn:
    """Raise what is wrong with a file."""
    raise EgaError(str(Fault("", path.name, line, field, got, expected, cure)))
