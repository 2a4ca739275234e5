"""Label files: which rows can be used, and what is wrong with the others."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipeline.data_params import DataParams
from pipeline.errors import Fault, shorten
from pipeline.small_tables import blame_rows, read_table


def read_labels(
    params: DataParams, split: str, metadata: pl.DataFrame, faults: list[Fault]
) -> pl.DataFrame:
    """Return the usable labels of a split: sample_id and one Int8 column a label.

    Rows that can't be used are added to `faults`.
    """
    path = params.root / f"{split}_labels.csv"
    labels = read_table(path, ("sample_id", *params.labels))
    labels = labels.select(
        pl.col("sample_id").fill_null(""), *params.labels
    ).with_row_index("line", offset=2)
    repeated = labels.filter(pl.col("sample_id").is_duplicated())
    known = metadata.filter(pl.col("split") == split)["sample_id"]
    stray = labels.filter(~pl.col("sample_id").is_in(known.implode()))
    faults += blame_rows(
        repeated,
        path,
        "which stands on several rows",
        "one row a sample_id",
        "delete the surplus rows",
    )
    faults += blame_rows(
        stray,
        path,
        "a label without a usable run",
        f"a sample_id of split {split} in metadata.csv",
        "add the run to metadata.csv or delete the row",
    )
    labels = labels.join(pl.concat([repeated, stray]), on="line", how="anti")
    return keep_binary(params, path, labels, faults)


def keep_binary(
    params: DataParams, path: Path, labels: pl.DataFrame, faults: list[Fault]
) -> pl.DataFrame:
    """Return the rows of text columns whose labels are all 0 or 1, as numbers.

    `labels` has sample_id, line and the columns of `params.labels`; what is wrong with
    the other rows is added to `faults`.
    """
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
