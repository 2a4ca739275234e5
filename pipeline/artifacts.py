"""Reading what earlier stages wrote, with a cure when it is missing or damaged.

Every file is compared with the checksum that its stage left; see `checksums`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.checksums import check, digest, stage_of
from pipeline.errors import EgaError


def read_parquet(path: Path) -> pl.DataFrame:
    """Read a table.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    try:
        check(path)
        return pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _broken(path, error) from error


def read_csv(path: Path, *, text: Sequence[str] = ()) -> pl.DataFrame:
    """Read a table written as CSV.

    Parameters
    ----------
    text : sequence of str
        Columns that stay text even if all their values look like numbers.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    texts = dict.fromkeys(text, pl.String())
    try:
        check(path)
        return pl.read_csv(path, infer_schema_length=None, schema_overrides=texts)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _broken(path, error) from error


def read_array(path: Path, *, memory_mapped: bool = False) -> np.ndarray:
    """Read an array from .npy; raises EgaError if it is missing or damaged."""
    try:
        check(path)
        return np.load(
            path, mmap_mode="r" if memory_mapped else None, allow_pickle=False
        )
    except (OSError, ValueError, EOFError) as error:
        raise _broken(path, error) from error


def read_json(path: Path) -> Any:
    """Read JSON; raises EgaError if it is missing or damaged."""
    try:
        check(path)
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(path, error) from error


def read_bytes(path: Path) -> bytes:
    """Read a file as it is; raises EgaError if it is missing or damaged."""
    try:
        check(path)
        return path.read_bytes()
    except OSError as error:
        raise _broken(path, error) from error


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file; raises EgaError if it is missing or unreadable."""
    try:
        return digest(path)
    except OSError as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> EgaError:
    stage = stage_of(path)
    what = "is missing" if not path.exists() else f"can't be read ({error})"
    return EgaError(
        f"{path} {what}; expected the output of stage {stage}. "
        f"Cure: run `dvc repro {stage}` (or `ega {stage}`)."
    )
