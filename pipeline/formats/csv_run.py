"""A CSV of any dialect -> rows, in blocks of whole lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import IO

import numpy as np
import polars as pl

from pipeline.diagnose import NUMBER
from pipeline.errors import plain, shorten
from pipeline.formats.csv_dialect import CsvDialect, sniff
from pipeline.formats.opening import opened
from pipeline.formats.reading import Reading, Rows
from pipeline.formats.units import to_celsius, to_seconds

BLOCK_BYTES = 8 << 20
# a file without line ends would otherwise fill the memory
LONGEST_LINE_BYTES = 1 << 20
# what bytes.strip takes off; str.strip would take more
_BLANKS = " \t\n\r\x0b\x0c"


def read_csv_run(reading: Reading, block_bytes: int = BLOCK_BYTES) -> Iterator[Rows]:
    """Yield the rows of a CSV; blank lines do not count.

    Raises
    ------
    RunFaultError
        The header is not understood, or a row has missing, surplus or non-numeric
        values.
    """
    reading.by_scan = False
    dialect: CsvDialect | None = None
    line = 0
    with opened(reading) as file:
        for block in _whole_lines(reading, file, block_bytes):
            rows = block
            if dialect is None:
                dialect = sniff(reading, block)
                reading.format_name = dialect.describe()
                line = dialect.header_lines
                rows = b"".join(block.split(b"\n", line)[line:])
            if rows.strip():
                yield _rows(reading, dialect, rows, line)
            line += rows.count(b"\n")


def _whole_lines(reading: Reading, file: IO[bytes], size: int) -> Iterator[bytes]:
    rest = b""
    while block := file.read(size):
        rest += block
        if len(rest) < size:
            continue  # the end, or a decompressor that gives less than it is asked for
        end = rest.rfind(b"\n") + 1
        if end == 0 and len(rest) > LONGEST_LINE_BYTES:
            raise reading.fault(
                "row",
                f"a line of {LONGEST_LINE_BYTES:,} bytes or more",
                "one observation a line",
                "export the run again",
            )
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _rows(reading: Reading, dialect: CsvDialect, block: bytes, line: int) -> Rows:
    """Parse rows; `line` is the number of lines before them."""
    places = _numbers_of_lines(block, line)
    values = _fast(dialect, block)
    if values is None or values["time"].size != places.size:
        values, places = _slow(reading, dialect, block, line)
    time = to_seconds(values["time"], dialect.columns["time"][1])
    if "temp" in dialect.columns:
        position, unit = dialect.columns["temp"]
        reading.temperature_from = f"column {dialect.names[position]}"
        temperature = to_celsius(values["temp"], unit)
    else:
        temperature = reading.programme_temperature(time, places)
    return Rows(time, temperature, values["m/z"], values["abundance"], places)


def _numbers_of_lines(block: bytes, line: int) -> np.ndarray:
    """Return the number of each line that is not blank."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    n_lines = ends.size + (not block.endswith(b"\n"))
    numbers = np.arange(line + 1, line + n_lines + 1)
    if b"\n\n" in block or b"\n\r\n" in block or block[:1] in (b"\n", b"\r"):
        filled = [bool(text.strip()) for text in block.split(b"\n")[:n_lines]]
        return numbers[np.array(filled)]
    return numbers


def _fast(dialect: CsvDialect, block: bytes) -> dict[str, np.ndarray] | None:
    if block.count(b'"') % 2:
        return None  # polars panics at a field that is nothing but a quote
    positions = {position for position, _ in dialect.columns.values()}
    schema: dict[str, pl.DataType] = {
        f"column_{i + 1}": pl.Float64() if i in positions else pl.String()
        for i in range(dialect.width)
    }
    try:
        table = pl.read_csv(
            block,
            has_header=False,
            schema=schema,
            separator=dialect.separator,
            decimal_comma=dialect.decimal_comma,
            encoding="utf8-lossy",
            glob=False,
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    values = {
        column: table[f"column_{position + 1}"].to_numpy()
        for column, (position, _) in dialect.columns.items()
    }
    # a missing value or field became NaN, which the slow way explains
    if any(np.isnan(column).any() for column in values.values()):
        return None
    return values


def _slow(
    reading: Reading, dialect: CsvDialect, block: bytes, line: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Parse line by line: padded numbers are read, the first bad one is reported."""
    values: dict[str, list[float]] = {column: [] for column in dialect.columns}
    places = []
    for number, text in enumerate(
        block.decode("utf-8", "replace").split("\n"), start=line + 1
    ):
        if not text.strip(_BLANKS):
            continue
        places.append(number)
        fields = _fields(reading, dialect, text, number)
        for column, (position, _) in dialect.columns.items():
            field = fields[position].strip()
            text_of_number = field.replace(",", ".") if dialect.decimal_comma else field
            if not NUMBER.fullmatch(text_of_number):
                sign = "comma" if dialect.decimal_comma else "point"
                raise reading.fault(
                    plain(dialect.names[position]),
                    shorten(fields[position]),
                    f"a number with a decimal {sign}",
                    "mend or delete the line",
                    number,
                )
            values[column].append(float(text_of_number))
    return {name: np.array(column) for name, column in values.items()}, np.array(places)


def _fields(reading: Reading, dialect: CsvDialect, text: str, number: int) -> list[str]:
    try:
        fields = next(csv.reader([text], delimiter=dialect.separator))
    except csv.Error as error:
        fields = [str(error)]
    if len(fields) != dialect.width:
        raise reading.fault(
            "row",
            f"{len(fields)} {'value' if len(fields) == 1 else 'values'}",
            f"{dialect.width} values, as the header has names",
            "mend or delete the line; if it is the last one, export the run again",
            number,
        )
    return fields
