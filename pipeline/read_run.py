"""One run's CSV -> chunks of rows, read once, whatever its size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from pipeline.errors import Fault, shorten

COLUMNS = ("time", "temp", "m/z", "abundance")


class RunFault(Exception):
    """A run that can't be used; carries every fault found in it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class MalformedChunk(Exception):
    """A chunk that does not parse; the diagnosis finds out where and why."""


@dataclass
class RunReader:
    """Reads `path` in chunks of whole lines.

    Iterating yields (time, temp, m/z, abundance), each (n_rows,) float64 and finite.
    After the iteration `md5` holds the file's digest.

    Raises
    ------
    RunFault
        The file is missing, empty or has other columns.
    MalformedChunk
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
        digest = hashlib.md5(usedforsecurity=False) if self.verify_md5 else None
        schema: dict[str, pl.DataType] | None = None
        rest = b""
        while block := file.read(self.read_bytes):
            if digest is not None:
                digest.update(block)
            if len(block) == self.read_bytes:
                end = block.rfind(b"\n") + 1
                block, rest = rest + block[:end], block[end:]
            elif rest:
                block, rest = rest + block, b""
            has_header = schema is None
            if schema is None:
                if b"\n" not in block and len(block) >= self.read_bytes:
                    raise MalformedChunk
                schema = self._schema(block)
            if block:
                yield self._parse(block, schema, has_header=has_header)
        if rest:
            yield self._parse(rest, schema or {}, has_header=False)
        if schema is None:
            raise self._fault(
                "file",
                "0 bytes",
                f"a header {','.join(COLUMNS)} and rows",
                "export the run again",
            )
        if digest is not None:
            self.md5 = digest.hexdigest()

    def _schema(self, block: bytes) -> dict[str, pl.DataType]:
        header = block.split(b"\n", 1)[0].rstrip(b"\r").removeprefix(b"\xef\xbb\xbf")
        names = [name.strip(' "') for name in header.decode("utf-8", "replace").split(",")]
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
        self, block: bytes, schema: dict[str, pl.DataType], *, has_header: bool
    ) -> tuple[np.ndarray, ...]:
        try:
            rows = pl.read_csv(
                block,
                schema=schema,
                has_header=has_header,
                quote_char=None,
                glob=False,
            )
        except pl.exceptions.PolarsError as error:
            raise MalformedChunk from error
        columns = tuple(rows.get_column(name).to_numpy() for name in COLUMNS)
        # a missing value becomes NaN, and one NaN or infinity makes the sum one
        if not all(np.isfinite(column.sum()) for column in columns):
            raise MalformedChunk
        return columns

    def _fault(
        self, field_name: str, got: str, expected: str, cure: str, line: int | None = None
    ) -> RunFault:
        file = str(self.path)
        return RunFault(
            [Fault(self.sample_id, file, line, field_name, got, expected, cure)]
        )
