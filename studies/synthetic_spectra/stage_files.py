"""Reading and writing between the stages of the study."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.atomic import replacing
from pipeline.errors import EgaError


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays as .npz, without pickle, whole or not at all."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getvalue())


def read_table(path: Path, stage: str, *, text: Sequence[str] = ()) -> pl.DataFrame:
    """Read a CSV table that a stage wrote; columns `text` stay text.

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
    """Read JSON that a stage wrote; raises EgaError if it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise missing(path, stage) from error


def missing(path: Path, stage: str) -> EgaError:
    """Return the error that names the file and the stage that writes it."""
    return EgaError(
        f"{path}: missing or damaged; expected what stage {stage} writes. Cure: "
        f"python -m studies.synthetic_spectra {stage}"
    )
