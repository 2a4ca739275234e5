"""Reading what earlier stages wrote, with a cure when it is missing or damaged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline import paths
from pipeline.errors import EgaError


def read_parquet(path: Path) -> pl.DataFrame:
    """Read a table.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    try:
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
        return pl.read_csv(path, infer_schema_length=None, schema_overrides=texts)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _broken(path, error) from error


def read_array(path: Path, *, memory_mapped: bool = False) -> np.ndarray:
    """Read an array from .npy; raises EgaError if it is missing or damaged."""
    try:
        return np.load(
            path, mmap_mode="r" if memory_mapped else None, allow_pickle=False
        )
    except (OSError, ValueError, EOFError) as error:
        raise _broken(path, error) from error


def read_json(path: Path) -> Any:
    """Read JSON; raises EgaError if it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> EgaError:
    # artifacts are named after their stage; few reports are read back
    in_artifacts = path.parts[0] == paths.ARTIFACTS.name
    report_stage = "evaluate" if path in paths.OF_EVALUATE else "ablate"
    stage = path.parts[1] if in_artifacts else report_stage
    what = "is missing" if not path.exists() else f"can't be read ({error})"
    return EgaError(
        f"{path} {what}; expected the output of stage {stage}. "
        f"Cure: run `dvc repro {stage}` (or `ega {stage}`)."
    )
