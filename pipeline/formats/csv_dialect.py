"""The first lines of a CSV file -> separator, decimal sign, columns and units."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import shorten
from pipeline.formats.names import find
from pipeline.formats.reading import Reading
from pipeline.formats.units import to_celsius, to_seconds
from pipeline.read_run import COLUMNS

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
# title, operator, date: what stands above a header is no longer than this
HEADER_WITHIN_LINES = 100
# rows among these tell the decimal sign
LOOK_AT_LINES = 300
# a longer line, or one of more columns, is no header of ours
LONGEST_HEADER_BYTES, MOST_COLUMNS = 100_000, 1000
_NOTHING = b""


@dataclass(frozen=True)
class CsvDialect:
    """How to read the rows.

    Attributes
    ----------
    separator : str
    decimal_comma : bool
    header_lines : int
        Lines up to and with the header.
    width : int
        Number of columns.
    columns : dict
        Column of the organisers' form -> (position, unit or None); without temp if the
        file has no temperature.
    names : tuple of str
        The header as it is written.
    """

    separator: str
    decimal_comma: bool
    header_lines: int
    width: int
    columns: dict[str, tuple[int, str | None]]
    names: tuple[str, ...]

    def describe(self) -> str:
        """Return for example "CSV, semicolon, decimal comma"."""
        sign = ", decimal comma" if self.decimal_comma else ""
        return f"CSV, {SEPARATORS[self.separator]}{sign}"


def sniff(reading: Reading, block: bytes) -> CsvDialect:
    """Find the header among the first lines of `block`.

    Raises
    ------
    RunFaultError
        No line, or more than one reading of a line, has all columns; two columns claim
        to be the same; a unit is unknown; decimal commas and points are mixed.
    """
    lines = block.removeprefix(b"\xef\xbb\xbf").split(b"\n", LOOK_AT_LINES)
    for number, line in enumerate(lines[:HEADER_WITHIN_LINES], start=1):
        fitting = [
            (separator, names, columns)
            for separator in SEPARATORS
            if len(line) <= LONGEST_HEADER_BYTES
            and len(names := _fields(line, separator)) <= MOST_COLUMNS
            and (columns := _columns(names, reading, number))
        ]
        if len(fitting) > 1:
            raise reading.fault(
                "header",
                f"{shorten(_text(line))}, which can be split in two ways",
                "one separator",
                "export the run again with a semicolon or tab between the columns",
                number,
            )
        if fitting:
            separator, names, columns = fitting[0]
            _check_units(reading, names, columns, number)
            rows = [_fields(line, separator) for line in lines[number:LOOK_AT_LINES]]
            comma = _decimal_comma(reading, separator, rows, columns)
            return CsvDialect(
                separator, comma, number, len(names), columns, tuple(names)
            )
    first = next((line for line in lines if line.strip()), _NOTHING)
    wanted = [name for name in COLUMNS if name != "temp" or reading.heating is None]
    raise reading.fault(
        "header",
        shorten(_text(first)),
        f"the columns {', '.join(wanted)}, or names that formats.columns lists",
        "rename the columns, or add their names to section formats of params.yaml",
        1,
    )


def _columns(
    names: list[str], reading: Reading, number: int
) -> dict[str, tuple[int, str | None]]:
    """Return the column of each meaning, nothing if one is missing."""
    found = {
        column: find(names, known) for column, known in reading.settings.columns.items()
    }
    needed = set(found) - ({"temp"} if reading.heating else set())
    if not all(found[column] for column in needed):
        return {}
    for column, positions in found.items():
        if len(positions) > 1:
            claimants = " and ".join(shorten(names[at]) for at, _ in positions)
            raise reading.fault(
                "header",
                f"{claimants}, each a name of {column}",
                f"one column of {column}",
                "delete or rename the others, or shorten the list of names in section "
                "formats of params.yaml",
                number,
            )
    return {column: positions[0] for column, positions in found.items() if positions}


def _check_units(
    reading: Reading,
    names: Iterable[str],
    columns: dict[str, tuple[int, str | None]],
    number: int,
) -> None:
    import numpy as np

    checks = {
        "temp": (to_celsius, "a temperature in C or K"),
        "time": (to_seconds, "a time in s, min or h"),
    }
    for column, (convert, expected) in checks.items():
        position, unit = columns.get(column, (0, None))
        try:
            convert(np.zeros(1), unit)
        except LookupError:
            raise reading.fault(
                "header",
                shorten(list(names)[position]),
                expected,
                "convert the column, or correct the unit in the header",
                number,
            ) from None


def _decimal_comma(
    reading: Reading,
    separator: str,
    rows: list[list[str]],
    columns: dict[str, tuple[int, str | None]],
) -> bool:
    if separator == ",":
        return False
    numbers = [
        row[position]
        for row in rows
        for position, _ in columns.values()
        if position < len(row)
    ]
    comma = next((text for text in numbers if "," in text), None)
    point = next((text for text in numbers if "." in text), None)
    if comma and point:
        raise reading.fault(
            "rows",
            f"{shorten(comma)} and {shorten(point)}",
            "one decimal sign, and no sign between thousands",
            "export the run again with a decimal point",
        )
    return comma is not None


def _fields(line: bytes, separator: str) -> list[str]:
    try:
        row = next(csv.reader([_text(line)], delimiter=separator), [])
    except csv.Error:
        row = _text(line).split(separator)
    # some programs mark their header with "#"
    return [name.strip().lstrip("#").strip() for name in row]


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        # what programs on Windows write; only the degree sign matters here
        return line.decode("latin-1").rstrip("\r")
