"""The organisers' layout: which runs there are, their labels, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.data_params import DataParams
from pipeline.errors import Fault, FolderError
from pipeline.label_files import read_labels
from pipeline.small_tables import blame_rows, read_table

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


def read_data_folder(params: DataParams) -> DataFolder:
    """Read metadata and labels of `params.root`.

    A split with a file `<split>_labels.csv` is labelled: its runs have the role train,
    or holdout if the split is one of `params.holdout_splits`; all others have the role
    test. Faulty rows are left out of `runs` and reported in `faults`.

    Raises
    ------
    FolderError
        A file is missing or lacks columns, or no labelled run is left.
    """
    faults: list[Fault] = []
    metadata = good_metadata(read_metadata(params.root), params.root, faults)

    labels = [
        read_labels(params, split, metadata, faults)
        for split in labelled_splits(params.root, metadata)
    ]
    if metadata.is_empty():
        raise _unusable(
            params.root / "metadata.csv",
            "no usable row",
            "one a run",
            "point data.root at a folder with runs",
            faults,
        )
    if not labels:
        splits = ", ".join(metadata["split"].unique(maintain_order=True))
        raise _unusable(
            params.root,
            f"no file <split>_labels.csv for any split of metadata.csv ({splits})",
            "train_labels.csv",
            "add the labels of the training runs",
            [],
        )
    runs = _join_labels(params, metadata, pl.concat(labels), faults)
    if not (runs["role"] == "train").any():
        raise _unusable(
            params.root,
            "no usable labelled run outside the holdout splits "
            f"({', '.join(params.holdout_splits)})",
            "at least one",
            "check train_labels.csv and data.holdout_splits in params.yaml",
            faults,
        )
    return DataFolder(params.root, runs, faults)


def read_metadata(root: Path) -> pl.DataFrame:
    """Return all rows of metadata.csv as text, with the number of their line.

    Raises
    ------
    FolderError
        The file is missing or lacks columns.
    """
    metadata = read_table(root / "metadata.csv", METADATA_COLUMNS)
    if MD5_COLUMN not in metadata.columns:
        metadata = metadata.with_columns(pl.lit(None, pl.String).alias(MD5_COLUMN))
    return metadata.select(*METADATA_COLUMNS, MD5_COLUMN).with_row_index(
        "line", offset=2
    )


def good_metadata(
    metadata: pl.DataFrame, root: Path, faults: list[Fault]
) -> pl.DataFrame:
    """Return the rows that can be used; what is wrong with others joins `faults`."""
    path = root / "metadata.csv"
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
    faults += blame_rows(
        repeated,
        path,
        "which stands on several rows",
        "one row a sample_id",
        "delete or rename the surplus rows",
    )
    return metadata.join(repeated, on="line", how="anti")


def labelled_splits(root: Path, metadata: pl.DataFrame) -> list[str]:
    """Return the splits of metadata.csv that have a labels file."""
    return [
        split
        for split in metadata["split"].unique(maintain_order=True)
        if _exists(root, f"{split}_labels.csv")
    ]


def _exists(root: Path, name: str) -> bool:
    try:
        # a split is a name and no path that leads elsewhere
        return Path(name).name == name and (root / name).is_file()
    except OSError:
        return False  # the name is too long for a file


def _unusable(
    file: Path, got: str, expected: str, cure: str, faults: list[Fault]
) -> FolderError:
    return FolderError(
        Fault("", str(file), None, "file", got, expected, cure), _first_faults(faults)
    )


def _join_labels(
    params: DataParams,
    metadata: pl.DataFrame,
    labels: pl.DataFrame,
    faults: list[Fault],
) -> pl.DataFrame:
    labelled = labelled_splits(params.root, metadata)
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
    # a run whose label row is faulty is already reported
    silent = unlabelled.filter(~pl.col("sample_id").is_in(list(blamed)))
    for (split,), rows in silent.group_by("split", maintain_order=True):
        faults += blame_rows(
            rows,
            params.root / "metadata.csv",
            "a run without a label",
            f"a row in {split}_labels.csv",
            "add the label or move the run to a split without labels",
        )
    return runs.join(unlabelled, on="line", how="anti").drop("line")


def _first_faults(faults: list[Fault]) -> str:
    return "".join(f"\n  {fault}" for fault in faults[:5])
