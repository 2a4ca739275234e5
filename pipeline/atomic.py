"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
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
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            # mkstemp makes files for the owner alone; others may read results
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder beside `path`; it takes its place if all went well.

    Raises
    ------
    OSError
        Writing failed; `path` is as it was.
    """
    with _named(path), _folder_beside(path) as temporary:
        new, old = temporary / "new", temporary / "old"
        new.mkdir()
        yield new
        new.chmod(0o755)
        if path.is_dir():
            path.rename(old)
        try:
            new.rename(path)
        except OSError:
            if old.is_dir():
                old.rename(path)
            raise


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a folder beside `path`; it becomes `path` if all went well.

    Raises
    ------
    OSError
        `path` exists and is not an empty folder; it is left as it is.
    """
    with _named(path), _folder_beside(path) as temporary:
        yield temporary
        # mkdtemp makes folders for the owner alone; others may read data
        temporary.chmod(0o755)
        # refused by the system where something stands, also if it came meanwhile
        temporary.rename(path)


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let an error say that `path` was being written, and its number."""
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        name = str(getattr(error, "filename", None) or "")
        if name and f".{path.name}." not in name:
            raise  # another file is to blame
        # polars tells the number of the system's error in words
        found = re.search(r"os error (\d+)", str(error))
        number = int(found[1]) if found else getattr(error, "errno", None)
        reason = os.strerror(number) if number else str(error)
        raise OSError(number or errno.EIO, reason, str(path)) from error


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


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


def write_array(path: Path, array: np.ndarray) -> str:
    """Write an array as .npy, without pickle; return the SHA-256 of the file.

    A file that holds the array already stays as it is, with its time of change: others
    may go by that.
    """
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    content = file.getvalue()
    if not path.exists() or path.read_bytes() != content:
        write_bytes(path, content)
    return hashlib.sha256(content).hexdigest()
