"""The organisers' layout: which runs there are, their labels, and what is wrong."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.errors import EgaError, Fault, shorten
from pipeline.params import DataParams

METADATA_COLUMNS = ("sample_id", "split", "instrument_type", "features_path")
MD5_COLUMN = "features_md5_hash"


@dataclass(frozen=True)
class DataFolder:
    """What `metadata.csv` and the label files say.

    Attributes
    ----------
    runs : DataFrame
        One row a usable run: sample_id, split, instrument_type, features_path,
        features_md5_hash (null if not given), role (train, holdout or test) and one
        Int8 column a label (null for runs without labels).
    faults : list[Fault]
        Rows of metadata and labels that can't be used.
    """

    root: Path
    runs: pl.DataFrame
    faults: list[Fault]


POINT_AT_A_FOLDER = (
    "point data.root (make repro DATA=...) at a folder in the organisers' layout, see "
    "docs/data_dictionary.md"
)


def read_table(
    path: Path, required: tuple[str, ...], cure: str = POINT_AT_A_FOLDER
) -> pl.DataFrame:
    """Read a small CSV as text columns.

    Parameters
    ----------
    path, required
        The file and the columns that it must have.
    cure
        What to do if the file is missing or no CSV.

    Raises
    ------
    EgaError
        The file is missing, unreadable, or lacks a required column.
    """
    try:
        table = pl.read_csv(path, infer_schema=False, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise EgaError(
            f"{path}{_surplus_field(path)}: {_first_line(error)}; expected a CSV with "
            f"the columns {', '.join(required)}. Cure: {cure}."
        ) from error
    missing = [name for name in required if name not in table.columns]
    if missing:
        raise EgaError(
            f"{path}, line 1: the columns {', '.join(missing)} are missing; got "
            f"{', '.join(table.columns)}. Cure: add them to the header and every row."
        )
    return table


def read_data_folder(params: DataParams) -> DataFolder:
    """Read metadata and labels of `params.root`.

    A split with a file `<split>_labels.csv` is labelled: its runs have the role train,
    or holdout if the split is one of `params.holdout_splits`; all others have the role
    test. Faulty rows are left out of `runs` and reported in `faults`.

    Raises
    ------
    EgaError
        A file is missing or lacks columns, or no labelled run is left.
    """
    metadata_path = params.root / "metadata.csv"
    metadata = read_table(metadata_path, METADATA_COLUMNS)
    if MD5_COLUMN not in metadata.columns:
        metadata = metadata.with_columns(pl.lit(None, pl.String).alias(MD5_COLUMN))
    metadata = metadata.select(*METADATA_COLUMNS, MD5_COLUMN).with_row_index(
        "line", offset=2
    )
    faults: list[Fault] = []
    metadata = _keep_good_metadata(metadata, metadata_path, faults)

    labels = [
        _read_labels(params, split, metadata, faults)
        for split in metadata["split"].unique(maintain_order=True)
        if (params.root / f"{split}_labels.csv").exists()
    ]
    if metadata.is_empty():
        raise EgaError(
            f"{metadata_path}: no usable row; expected one a run. Cure: point "
            "data.root at a folder with runs." + _first_faults(faults)
        )
    if not labels:
        raise EgaError(
            f"{params.root}: no file <split>_labels.csv for any split of metadata.csv "
            f"({', '.join(metadata['split'].unique(maintain_order=True))}); expected "
            "train_labels.csv. Cure: add the labels of the training runs."
        )
    runs = _join_labels(params, metadata, pl.concat(labels), faults)
    if not (runs["role"] == "train").any():
        raise EgaError(
            f"{params.root}: no usable labelled run outside the holdout splits "
            f"({', '.join(params.holdout_splits)}). Cure: check train_labels.csv and "
            "data.holdout_splits in params.yaml." + _first_faults(faults)
        )
    return DataFolder(params.root, runs, faults)


def _keep_good_metadata(
    metadata: pl.DataFrame, path: Path, faults: list[Fault]
) -> pl.DataFrame:
    incomplete = metadata.filter(
        pl.any_horizontal(pl.col(*METADATA_COLUMNS).fill_null("").str.len_chars() == 0)
    )
    for row in incomplete.iter_rows(named=True):
        empty = next(name for name in METADATA_COLUMNS if not row[name])
        faults.append(
            Fault(
                row["sample_id"] or "",
                str(path),
                row["line"],
                empty,
                "nothing",
                "a value",
                "fill in or delete the row",
            )
        )
    metadata = metadata.join(incomplete, on="line", how="anti")
    repeated = metadata.filter(pl.col("sample_id").is_duplicated())
    for row in repeated.iter_rows(named=True):
        faults.append(
            Fault(
                row["sample_id"],
                str(path),
                row["line"],
                "sample_id",
                f"{shorten(row['sample_id'])}, which stands on several rows",
                "one row a sample_id",
                "delete or rename the surplus rows",
            )
        )
    return metadata.join(repeated, on="line", how="anti")


def _read_labels(
    params: DataParams, split: str, metadata: pl.DataFrame, faults: list[Fault]
) -> pl.DataFrame:
    path = params.root / f"{split}_labels.csv"
    labels = read_table(path, ("sample_id", *params.labels))
    labels = labels.select(
        pl.col("sample_id").fill_null(""), *params.labels
    ).with_row_index("line", offset=2)
    repeated = labels.filter(pl.col("sample_id").is_duplicated())
    known = metadata.filter(pl.col("split") == split)["sample_id"]
    stray = labels.filter(~pl.col("sample_id").is_in(known.implode()))
    for row in repeated.iter_rows(named=True):
        faults.append(
            Fault(
                row["sample_id"],
                str(path),
                row["line"],
                "sample_id",
                f"{shorten(row['sample_id'])}, which stands on several rows",
                "one row a sample_id",
                "delete the surplus rows",
            )
        )
    for row in stray.iter_rows(named=True):
        faults.append(
            Fault(
                row["sample_id"],
                str(path),
                row["line"],
                "sample_id",
                f"{shorten(row['sample_id'])}, a label without a usable run",
                f"a sample_id of split {split} in metadata.csv",
                "add the run to metadata.csv or delete the row",
            )
        )
    labels = labels.join(pl.concat([repeated, stray]), on="line", how="anti")
    return _keep_binary(params, path, labels, faults)


def _keep_binary(
    params: DataParams, path: Path, labels: pl.DataFrame, faults: list[Fault]
) -> pl.DataFrame:
    numbers = labels.with_columns(
        pl.col(name).str.strip_chars().cast(pl.Float64, strict=False)
        for name in params.labels
    )
    bad_lines = []
    for text, row in zip(
        labels.iter_rows(named=True), numbers.iter_rows(named=True), strict=True
    ):
        wrong = [name for name in params.labels if row[name] not in (0.0, 1.0)]
        if wrong:
            bad_lines.append(row["line"])
        for name in wrong:
            faults.append(
                Fault(
                    row["sample_id"],
                    str(path),
                    row["line"],
                    name,
                    shorten(text[name]),
                    "0 or 1",
                    "correct the label",
                )
            )
    good = numbers.filter(~pl.col("line").is_in(bad_lines))
    return good.select("sample_id", pl.col(*params.labels).cast(pl.Int8))


def _join_labels(
    params: DataParams,
    metadata: pl.DataFrame,
    labels: pl.DataFrame,
    faults: list[Fault],
) -> pl.DataFrame:
    labelled = [
        split
        for split in metadata["split"].unique(maintain_order=True)
        if (params.root / f"{split}_labels.csv").exists()
    ]
    role = (
        pl.when(~pl.col("split").is_in(labelled))
        .then(pl.lit("test"))
        .when(pl.col("split").is_in(list(params.holdout_splits)))
        .then(pl.lit("holdout"))
        .otherwise(pl.lit("train"))
    )
    runs = metadata.with_columns(role=role).join(
        labels, on="sample_id", how="left", maintain_order="left"
    )
    unlabelled = runs.filter(
        (pl.col("role") != "test") & pl.col(params.labels[0]).is_null()
    )
    blamed = {fault.sample_id for fault in faults}
    for row in unlabelled.iter_rows(named=True):
        if row["sample_id"] in blamed:
            continue  # its label row is faulty and already reported
        faults.append(
            Fault(
                row["sample_id"],
                str(params.root / "metadata.csv"),
                row["line"],
                "sample_id",
                f"{shorten(row['sample_id'])}, a run without a label",
                f"a row in {row['split']}_labels.csv",
                "add the label or move the run to a split without labels",
            )
        )
    return runs.join(unlabelled, on="line", how="anti").drop("line")


def _first_faults(faults: list[Fault]) -> str:
    return "".join(f"\n  {fault}" for fault in faults[:5])


def _surplus_field(path: Path) -> str:
    """Return ", line 5" if that is the first line with more fields than the header."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            rows = csv.reader(file)
            width = len(next(rows, []))
            for row in rows:
                if len(row) > width:
                    return f", line {rows.line_num}"
    except (OSError, csv.Error):
        pass  # the reader that failed before has said why
    return ""


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
