"""Reading and writing between the stages of a study; a `stage` is "study stage"."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import polars as pl

from pipeline.atomic import write_bytes
from pipeline.errors import EgaError


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays as .npz, without pickle, whole or not at all."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    write_bytes(path, content.getvalue())


def read_arrays(path: Path, stage: str) -> dict[str, np.ndarray]:
    """Read named arrays; raises EgaError if the file is missing or damaged."""
    try:
        content = io.BytesIO(path.read_bytes())
        with np.load(content, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise missing(path, stage) from error


def read_table(path: Path, stage: str, *, text: Sequence[str] = ()) -> pl.DataFrame:
    """Read a CSV table; columns `text` stay text.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    try:
        texts = dict.fromkeys(text, pl.String())
        return pl.read_csv(path, infer_schema_length=None, schema_overrides=texts)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise missing(path, stage) from error


def read_json(path: Path, stage: str) -> Any:
    """Read JSON; raises EgaError if the file is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise missing(path, stage) from error


def missing(path: Path, stage: str) -> EgaError:
    """Return the error that names the file and the command that writes it."""
    command = f"python -m studies.{stage}"
    return EgaError(
        f"{path}: missing or damaged; expected what {command} writes. Cure: {command}"
    )
