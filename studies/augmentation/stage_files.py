"""Reading and writing between the stages of the study."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import polars as pl

from pipeline.atomic import write_bytes, write_csv
from pipeline.errors import EgaError
from studies.augmentation.units import KEYS

TEXT_COLUMNS = ("phase", "data_set", "augmentation", "regressor", "analyte")


def write_scores(tables: Sequence[pl.DataFrame], scores: Path, seconds: Path) -> None:
    """Write scores, and apart from them seconds, which differ from run to run."""
    table = pl.concat(tables)
    write_csv(scores, table.drop("seconds"))
    spent = table.group_by(*KEYS, maintain_order=True).agg(pl.col("seconds").first())
    write_csv(seconds, spent.with_columns(pl.col("seconds").round(2)))


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
        raise _missing(path, stage) from error


def read_table(path: Path, stage: str) -> pl.DataFrame:
    """Read a CSV table that a stage wrote; names stay text.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    try:
        return pl.read_csv(
            path,
            infer_schema_length=None,
            schema_overrides=dict.fromkeys(TEXT_COLUMNS, pl.String()),
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _missing(path, stage) from error


def _missing(path: Path, stage: str) -> EgaError:
    return EgaError(
        f"{path}: missing or damaged; expected what stage {stage} writes. Cure: "
        f"python -m studies.augmentation {stage}"
    )
