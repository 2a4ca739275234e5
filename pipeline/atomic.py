"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if all went well.

    Raises
    ------
    OSError
        Writing failed; `filename` is `path`, also where a library did not say so.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files for the owner alone; others may read results
        temporary.chmod(0o644)
        temporary.replace(path)
    except (OSError, pl.exceptions.ComputeError) as error:
        # polars reports a full disk as a ComputeError without number
        number = getattr(error, "errno", None) or errno.EIO
        reason = getattr(error, "strerror", None) or str(error)
        raise OSError(number, reason, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder beside `path`; it takes its place if all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield temporary
        # mkdtemp makes folders for the owner alone; others may read results
        temporary.chmod(0o755)
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a folder beside `path`; it becomes `path` if all went well.

    Raises
    ------
    OSError
        `path` exists and is not an empty folder; it is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield temporary
        # mkdtemp makes folders for the owner alone; others may read data
        temporary.chmod(0o755)
        # refused by the system where something stands, also if it came meanwhile
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON with sorted keys."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


def write_parquet(path: Path, table: pl.DataFrame) -> None:
    """Write a table as Parquet."""
    with replacing(path) as temporary:
        table.write_parquet(temporary, compression="zstd", compression_level=1)


def write_csv(path: Path, table: pl.DataFrame) -> None:
    """Write a table as CSV."""
    with replacing(path) as temporary:
        table.write_csv(temporary)


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an array as .npy, without pickle."""
    _write_with(path, lambda file: np.save(file, array, allow_pickle=False))


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays as .npz, without pickle."""
    _write_with(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def _write_with(path: Path, save: Callable[[Any], None]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        save(file)
