"""One run's CSV -> chunks of rows, read once, whatever its size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import numpy as np
import polars as pl

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
            if schema is None:
                header, _, lines = lines.partition(b"\n")
                schema = self._schema(header)
            if lines:
                yield self._parse(lines, schema)
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
        while block := file.read(self.read_bytes):
            if self.verify_md5:
                digest.update(block)
            if len(block) < self.read_bytes:
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
        self, block: bytes, schema: dict[str, pl.DataType]
    ) -> tuple[np.ndarray, ...]:
        try:
            rows = pl.read_csv(
                block, schema=schema, has_header=False, quote_char=None, glob=False
            )
        except pl.exceptions.PolarsError as error:
            raise MalformedChunkError from error
        columns = tuple(rows.get_column(name).to_numpy() for name in COLUMNS)
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
