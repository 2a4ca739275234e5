"""The slow second look at a file that did not parse: which lines, and why."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path

from pipeline.errors import Fault, shorten
from pipeline.read_run import COLUMNS

# enough to see a pattern without printing a whole file
MAXIMUM_FAULTS = 5
# a line longer than this is not a row; reading on would fill the memory
MAXIMUM_LINE_BYTES = 10_000


def diagnose(sample_id: str, path: Path) -> list[Fault]:
    """Return the first faults of a file whose header is right, at least one."""
    faults: list[Fault] = []
    with path.open("rb") as file:
        names = _fields(file.readline(MAXIMUM_LINE_BYTES))
        number = 1
        while line := file.readline(MAXIMUM_LINE_BYTES):
            number += 1
            ended = line.endswith(b"\n")
            if not ended and len(line) == MAXIMUM_LINE_BYTES:
                faults.append(_too_long(sample_id, path, number))
                break
            faults += _line_faults(sample_id, path, number, names, line, ended=ended)
            if len(faults) >= MAXIMUM_FAULTS:
                break
    return faults[:MAXIMUM_FAULTS] or [
        Fault(
            sample_id,
            str(path),
            None,
            "file",
            "text that the CSV reader refuses",
            f"comma-separated numbers in the columns {','.join(COLUMNS)}",
            "export the run again as UTF-8 text",
        )
    ]


def find_line(path: Path, column: str, low: float, high: float) -> tuple[int, str]:
    """Return the first line whose value of `column` lies outside [low, high]."""
    with path.open("rb") as file:
        position = _fields(file.readline()).index(column)
        for number, line in enumerate(islice(file, None), start=2):
            text = _fields(line)[position]
            if not low <= float(text) <= high:
                return number, text
    raise LookupError(f"no {column} outside [{low}, {high}] in {path}")


def _fields(line: bytes) -> list[str]:
    text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return [value.strip(' "') for value in text.rstrip("\r\n").split(",")]


def _too_long(sample_id: str, path: Path, number: int) -> Fault:
    return Fault(
        sample_id,
        str(path),
        number,
        "row",
        f"a line of {MAXIMUM_LINE_BYTES:,} characters or more",
        f"{len(COLUMNS)} comma-separated values",
        "export the run again with one row a line",
    )


def _line_faults(
    sample_id: str,
    path: Path,
    number: int,
    names: list[str],
    line: bytes,
    *,
    ended: bool,
) -> list[Fault]:
    values = _fields(line)
    file = str(path)
    if len(values) != len(names):
        cut = not ended and len(values) < len(names)
        return [
            Fault(
                sample_id,
                file,
                number,
                "row",
                f"{len(values)} values" + (" at the end of the file" if cut else ""),
                f"{len(names)} values",
                "the file is truncated: copy or export it again"
                if cut
                else "mend or delete the line",
            )
        ]
    faults = []
    for name, text in zip(names, values, strict=True):
        try:
            finite = math.isfinite(float(text))
        except ValueError:
            finite = False
        if not finite:
            faults.append(
                Fault(
                    sample_id,
                    file,
                    number,
                    name,
                    shorten(text),
                    "a finite number",
                    "mend or delete the line",
                )
            )
    return faults
