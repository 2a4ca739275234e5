"""One run's CSV -> chunks of rows, read once, whatever its size."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import numpy as np
import polars as pl

from features.row_parser import parse_rows
from pipeline.errors import Fault, shorten

COLUMNS = ("time", "temp", "m/z", "abundance")
# Far beyond any measurement; a larger number would overflow sums and the grid.
LARGEST = 1e30


def header_names(line: bytes) -> list[str]:
    """Return the column names of a first line; a mark of UTF-8 and quotes go."""
    text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return [name.strip(' "') for name in text.rstrip("\r\n").split(",")]


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class RunFaultError(Exception):
    """A run that can't be used; carries every fault found in it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class MalformedChunkError(Exception):
    """A chunk that does not parse; the diagnosis finds out where and why."""


@dataclass
class RunReader:
    """Reads `path` in chunks of whole lines.

    Iterating yields (time, temp, m/z, abundance), each (n_rows,) float64 and finite.
    After the iteration `md5` holds the file's digest.

    Raises
    ------
    RunFaultError
        The file is missing, empty or has other columns.
    MalformedChunkError
        A row has missing, surplus or non-numeric values; see `pipeline.diagnose`.
    """

    sample_id: str
    path: Path
    read_bytes: int
    verify_md5: bool = True
    md5: str | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[tuple[np.ndarray, ...]]:
        try:
            # a pipe would make the program wait for ever
            if self.path.is_fifo() or self.path.is_char_device():
                raise OSError(errno.EINVAL, "no file", str(self.path))
            with self.path.open("rb") as file:
                yield from self._chunks(file)
        except OSError as error:
            raise self._fault(
                "file",
                error.strerror or str(error),
                "a readable file",
                "restore the file or remove its row from metadata.csv",
            ) from error

    def _chunks(self, file: IO[bytes]) -> Iterator[tuple[np.ndarray, ...]]:
        digest = hashlib.md5(usedforsecurity=False)
        schema: dict[str, pl.DataType] | None = None
        for lines in self._whole_lines(file, digest):
            header_lines = 0
            if schema is None:
                header_lines = 1
                end = lines.find(b"\n")
                schema = self._schema(lines if end < 0 else lines[:end])
                if end < 0 or end == len(lines) - 1:
                    continue  # a header only
            yield self._parse(lines, schema, header_lines)
        if schema is None:
            raise self._fault(
                "file",
                "0 bytes",
                f"a header {','.join(COLUMNS)} and rows",
                "export the run again",
            )
        if self.verify_md5:
            self.md5 = digest.hexdigest()

    def _whole_lines(self, file: IO[bytes], digest: _Digest) -> Iterator[bytes]:
        """Yield blocks of whole lines; the last one may lack its line end."""
        rest = b""
        # no larger than the file: a buffer of the full size would be mapped each time
        size = min(self.read_bytes, os.fstat(file.fileno()).st_size + 1)
        while block := file.read(size):
            if self.verify_md5:
                digest.update(block)
            if len(block) < size:
                rest += block
                continue
            end = block.rfind(b"\n") + 1
            if end == 0:
                raise MalformedChunkError  # a line longer than all that is read at once
            yield rest + block[:end]
            rest = block[end:]
        if rest:
            yield rest

    def _schema(self, header: bytes) -> dict[str, pl.DataType]:
        names = header_names(header)
        if sorted(names) != sorted(COLUMNS):
            raise self._fault(
                "header",
                shorten(",".join(names)),
                f"the columns {','.join(COLUMNS)}",
                "rename or complete the columns of the first line",
                line=1,
            )
        return {name: pl.Float64() for name in names}

    def _parse(
        self, block: bytes, schema: dict[str, pl.DataType], header_lines: int
    ) -> tuple[np.ndarray, ...]:
        start = block.find(b"\n") + 1 if header_lines else 0
        numbers = parse_rows(block, start, len(schema))
        if numbers is not None:
            by_name = dict(zip(schema, numbers, strict=True))
            return self._checked(tuple(by_name[name] for name in COLUMNS))
        # not plain numbers: the general reader has the last word
        try:
            rows = pl.read_csv(
                block,
                schema=schema,
                has_header=False,
                skip_lines=header_lines,
                quote_char=None,
                glob=False,
            )
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise MalformedChunkError from error
        if rows.is_empty():
            raise MalformedChunkError  # such as a second mark of UTF-8, and no row
        return self._checked(
            tuple(rows.get_column(name).to_numpy() for name in COLUMNS)
        )

    @staticmethod
    def _checked(columns: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        # a missing value becomes NaN, and NaN fails every comparison
        if not all(
            column.min() >= -LARGEST and column.max() <= LARGEST for column in columns
        ):
            raise MalformedChunkError
        return columns

    def _fault(
        self,
        field_name: str,
        got: str,
        expected: str,
        cure: str,
        line: int | None = None,
    ) -> RunFaultError:
        file = str(self.path)
        return RunFaultError(
            [Fault(self.sample_id, file, line, field_name, got, expected, cure)]
        )
