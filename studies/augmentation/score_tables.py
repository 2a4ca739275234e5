"""Tables of scores between the stages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipeline.atomic import write_csv
from studies.augmentation import paths
from studies.augmentation.units import KEYS
from studies.stage_files import read_table

TEXT_COLUMNS = ("phase", "data_set", "augmentation", "regressor", "analyte")


def write_scores(tables: Sequence[pl.DataFrame], scores: Path, seconds: Path) -> None:
    """Write scores, and apart from them seconds, which differ from run to run."""
    table = pl.concat(tables)
    write_csv(scores, table.drop("seconds"))
    spent = table.group_by(*KEYS, maintain_order=True).agg(pl.col("seconds").first())
    write_csv(seconds, spent.with_columns(pl.col("seconds").round(2)))


def read_scores(path: Path, stage: str) -> pl.DataFrame:
    """Read a table that a stage wrote; names stay text.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    return read_table(path, f"{paths.NAME} {stage}", text=TEXT_COLUMNS)
