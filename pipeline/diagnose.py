"""The slow second look at a file that did not parse: which lines, and why."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import Fault, shorten
from pipeline.read_run import COLUMNS, LARGEST, header_names

# enough to see a pattern without printing a whole file
MAXIMUM_FAULTS = 5
# a line longer than this is not a row; reading on would fill the memory
MAXIMUM_LINE_BYTES = 10_000
# what the CSV reader takes for a number; float() takes more, such as 1_0; there is one
# way to match each, as two would take time with the square of its length
NUMBER = re.compile(
    r"[ \t]*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE
)


def diagnose(sample_id: str, path: Path) -> list[Fault]:
    """Return the first faults of a file whose header is right, at least one."""
    faults: list[Fault] = []
    with path.open("rb") as file:
        header = file.readline(MAXIMUM_LINE_BYTES)
        if len(header) == MAXIMUM_LINE_BYTES:
            return [_too_long(sample_id, path, 1)]
        names = header_names(header)
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
        position = header_names(file.readline()).index(column)
        for number, line in enumerate(file, start=2):
            text = _fields(line)[position]
            if not low <= float(text) <= high:
                return number, text
    raise LookupError(f"no {column} outside [{low}, {high}] in {path}")


def _fields(line: bytes) -> list[str]:
    if line.endswith(b"\n"):
        line = line.removesuffix(b"\n").removesuffix(b"\r")
    return line.decode("utf-8", "replace").split(",")


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
        got = f"{len(values)} values" if any(values) else "a blank line"
        return [
            Fault(
                sample_id,
                file,
                number,
                "row",
                got + (" at the end of the file" if cut else ""),
                f"{len(names)} values",
                "the file is truncated: copy or export it again"
                if cut
                else "mend or delete the line",
            )
        ]
    faults = []
    for name, text in zip(names, values, strict=True):
        if not (NUMBER.fullmatch(text) and abs(float(text)) <= LARGEST):
            faults.append(
                Fault(
                    sample_id,
                    file,
                    number,
                    name,
                    shorten(text),
                    f"a number of at most {LARGEST:g} in size",
                    "mend or delete the line",
                )
            )
    return faults
