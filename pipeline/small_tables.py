"""The small CSV files of a data folder: metadata, labels, template."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

from pipeline.errors import Fault, FolderError, plain, shorten

POINT_AT_A_FOLDER = (
    "point data.root (make repro DATA=...) at a folder in the organisers' layout, see "
    "docs/data_dictionary.md"
)


def read_table(
    path: Path, required: tuple[str, ...], cure: str = POINT_AT_A_FOLDER
) -> pl.DataFrame:
    """Read a small CSV as text columns.

    Parameters
    ----------
    path, required
        The file and the columns that it must have.
    cure
        What to do if the file is missing or no CSV.

    Raises
    ------
    FolderError
        The file is missing, unreadable, or lacks a required column.
    """
    try:
        table = pl.read_csv(path, infer_schema=False, glob=False)
    except (
        OSError,
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
    ) as error:
        raise FolderError(
            Fault(
                "",
                str(path),
                _surplus_field(path),
                "file",
                plain(_first_line(error)),
                f"a CSV with the columns {', '.join(required)}",
                cure,
            )
        ) from error
    missing = [name for name in required if name not in table.columns]
    if missing:
        raise FolderError(
            Fault(
                "",
                str(path),
                1,
                "header",
                f"the columns {', '.join(missing)} are missing; got "
                f"{plain(', '.join(table.columns))}",
                ", ".join(required),
                "add them to the header and every row",
            )
        )
    return table


def blame_rows(
    rows: pl.DataFrame, path: Path, problem: str, expected: str, cure: str
) -> list[Fault]:
    """Return a fault in `sample_id` for each row (columns sample_id and line)."""
    return [
        Fault(
            sample_id,
            str(path),
            line,
            "sample_id",
            f"{shorten(sample_id)}, {problem}",
            expected,
            cure,
        )
        for sample_id, line in rows.select("sample_id", "line").iter_rows()
    ]


def _surplus_field(path: Path) -> int | None:
    """Return the first line with more fields than the header, if there is one."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            rows = csv.reader(file)
            width = len(next(rows, []))
            for row in rows:
                if len(row) > width:
                    return rows.line_num
    except (OSError, csv.Error):
        pass  # the reader that failed before has said why
    return None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
