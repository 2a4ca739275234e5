"""Answers as a table to read, JSON, CSV or Parquet, written run by run."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Protocol

import polars as pl

from pipeline.atomic import replacing
from pipeline.ions import ion_label
from pipeline.prediction.answer import Answer, Compound, Evidence


class OutputFormat(StrEnum):
    """How to write answers."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


SCHEMA: dict[str, pl.DataType] = {
    "sample_id": pl.String(),
    "file": pl.String(),
    "instrument": pl.String(),
    "compound": pl.String(),
    "probability": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "word": pl.String(),
    "evidence": pl.String(),
    "warnings": pl.String(),
}
_DIGITS = 6


class Writer(Protocol):
    """Takes answers one by one."""

    def add(self, answer: Answer) -> None:
        """Write one."""


@contextmanager
def writer(form: OutputFormat, stream: IO[str], path: Path | None) -> Iterator[Writer]:
    """Yield a writer to `stream`, or to the file `path`, which appears whole."""
    if form is OutputFormat.PARQUET:
        if path is None:
            raise ValueError("Parquet needs a file")
        with replacing(path) as temporary:
            yield from _parquet(temporary)
    elif path is None:
        yield from _text(form, stream)
    else:
        with (
            replacing(path) as temporary,
            temporary.open("w", encoding="utf-8") as file,
        ):
            yield from _text(form, file)


def _text(form: OutputFormat, file: IO[str]) -> Iterator[Writer]:
    if form is OutputFormat.JSON:
        json_writer = _JsonWriter(file)
        yield json_writer
        json_writer.close()
    elif form is OutputFormat.CSV:
        csv_writer = _CsvWriter(file)
        yield csv_writer
        csv_writer.close()
    else:
        # imported on demand: rich takes a while, and only this form needs it
        from pipeline.prediction.table import TableWriter

        yield TableWriter(file)


class _JsonWriter:
    """An array with an object a run."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._before = file, "[\n"

    def add(self, answer: Answer) -> None:
        text = json.dumps(answer_object(answer), ensure_ascii=False, allow_nan=False)
        self._file.write(self._before + text)
        self._file.flush()
        self._before = ",\n"

    def close(self) -> None:
        self._file.write("\n]\n" if self._before == ",\n" else "[]\n")


class _CsvWriter:
    """A row a run and compound."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._header = file, True

    def add(self, answer: Answer) -> None:
        table = answer_rows([answer])
        self._file.write(table.write_csv(include_header=self._header))
        self._file.flush()
        self._header = False

    def close(self) -> None:
        if self._header:
            self._file.write(answer_rows([]).write_csv())


class _ParquetWriter:
    """The rows of the CSV, a row group every few hundred runs."""

    ROWS = 4096

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet

        schema = pl.DataFrame(schema=SCHEMA).to_arrow().schema
        self._file = pyarrow.parquet.ParquetWriter(path, schema, compression="zstd")
        self._waiting: list[pl.DataFrame] = []

    def add(self, answer: Answer) -> None:
        self._waiting.append(answer_rows([answer]))
        if sum(map(len, self._waiting)) >= self.ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._file.write_table(pl.concat(self._waiting).to_arrow())
            self._waiting.clear()

    def close(self) -> None:
        self._flush()
        self._file.close()


def _parquet(path: Path) -> Iterator[Writer]:
    parquet = _ParquetWriter(path)
    try:
        yield parquet
    finally:
        parquet.close()


def answer_rows(answers: Iterable[Answer]) -> pl.DataFrame:
    """Return one row a run and compound, in the columns of `SCHEMA`."""
    rows = [
        {
            "sample_id": _written(answer.sample_id),
            "file": _written(answer.source),
            "instrument": _written(answer.instrument),
            "compound": compound.label,
            "probability": round(compound.probability, _DIGITS),
            "low": round(compound.low, _DIGITS),
            "high": round(compound.high, _DIGITS),
            "word": compound.word,
            "evidence": "; ".join(map(evidence_words, compound.evidence)),
            "warnings": _written("; ".join(answer.warnings)),
        }
        for answer in answers
        for compound in answer.compounds
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def answer_object(answer: Answer) -> dict[str, Any]:
    """Return an answer fit for JSON."""
    return {
        "sample_id": _written(answer.sample_id),
        "file": _written(answer.source),
        "instrument": _written(answer.instrument),
        "facts": {
            name: None if math.isnan(value) else value
            for name, value in answer.facts.items()
        },
        "warnings": list(map(_written, answer.warnings)),
        "interval": answer.interval,
        "compounds": [_compound_object(compound) for compound in answer.compounds],
        "similar_training_runs": [
            {
                "sample_id": run.sample_id,
                "similarity": round(run.similarity, _DIGITS),
                "compounds": list(run.labels),
            }
            for run in answer.neighbours
        ],
    }


def _written(text: str) -> str:
    """Return a text that can be encoded: names of files may hold any byte."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _compound_object(compound: Compound) -> dict[str, Any]:
    return {
        "compound": compound.label,
        "probability": round(compound.probability, _DIGITS),
        "low": round(compound.low, _DIGITS),
        "high": round(compound.high, _DIGITS),
        "word": compound.word,
        "by_family": {k: round(v, _DIGITS) for k, v in compound.by_family.items()},
        "evidence": [
            {
                "mz": piece.mz,
                "low_celsius": piece.low_celsius,
                "high_celsius": piece.high_celsius,
                "log_odds": round(piece.log_odds, 4),
            }
            for piece in compound.evidence
        ],
    }


def evidence_words(piece: Evidence) -> str:
    """Say a piece of evidence.

    >>> evidence_words(Evidence(44, 600.0, 750.0, 1.83))
    '+1.8 m/z 44 (CO₂) 600-750 °C'
    >>> evidence_words(Evidence(99, None, None, -0.5))
    '-0.5 m/z 99'
    """
    text = f"{piece.log_odds:+.1f} {ion_label(piece.mz)}"
    if piece.low_celsius is None or piece.high_celsius is None:
        return text
    return f"{text} {piece.low_celsius:.0f}-{piece.high_celsius:.0f} °C"
