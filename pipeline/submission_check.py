"""Checks that a submission file is what the organisers' template asks for."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipeline.errors import EgaError, Fault, FolderError, plain, shorten
from pipeline.params import Params
from pipeline.small_tables import read_table

TEMPLATE = "submission_format.csv"


def read_template(params: Params) -> pl.DataFrame:
    """Return the template's rows (text columns).

    Raises
    ------
    FolderError
        It is missing, has other label columns than `data.labels` or repeats an id.
    """
    path = params.data.root / TEMPLATE
    known = ("sample_id", *params.data.labels)
    template = read_table(path, known)
    surplus = [name for name in template.columns if name not in known]
    if surplus:
        raise FolderError(
            Fault(
                "",
                str(path),
                1,
                "header",
                f"got the columns {plain(', '.join(surplus))}",
                "sample_id and data.labels of params.yaml",
                "add them to data.labels, or remove them from the template",
            )
        )
    repeated = template.filter(pl.col("sample_id").is_duplicated())["sample_id"]
    if len(repeated):
        raise FolderError(
            Fault(
                repeated[0],
                str(path),
                None,
                "sample_id",
                f"sample_id {shorten(repeated[0])} stands on several rows",
                "one row a run",
                "delete the surplus rows",
            )
        )
    return template


def check_submission(path: Path, params: Params) -> None:
    """Compare a file with the template.

    Raises
    ------
    EgaError
        Columns, ids or their order differ, or a value is missing, no number, outside
        0..1, or the same in every row of a column. All faults are listed.
    """
    template = read_template(params)
    submission = read_table(
        path, ("sample_id", *params.data.labels), "run `make submit`"
    )
    faults = _structure_faults(submission, template)
    if not faults:
        faults = [
            fault
            for label in params.data.labels
            for fault in _value_faults(submission, label)
        ]
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise EgaError(
            f"{path} does not fit {params.data.root / TEMPLATE}:\n{listed}\n"
            "Cure: run `make submit`, which writes it anew."
        )


def _structure_faults(submission: pl.DataFrame, template: pl.DataFrame) -> list[str]:
    if submission.columns != template.columns:
        return [
            f"columns: got {', '.join(submission.columns)}; "
            f"expected {', '.join(template.columns)}"
        ]
    got, expected = submission["sample_id"].to_list(), template["sample_id"].to_list()
    if got == expected:
        return []
    known, present = set(expected), set(got)
    missing = [i for i in expected if i not in present]
    surplus = [i for i in got if i not in known]
    faults = []
    if missing:
        faults.append(f"{len(missing)} ids are missing, first {shorten(missing[0])}")
    if surplus:
        faults.append(f"{len(surplus)} ids are unknown, first {shorten(surplus[0])}")
    if not faults:
        row = next(
            (
                i
                for i, pair in enumerate(zip(got, expected, strict=False))
                if pair[0] != pair[1]
            ),
            min(len(got), len(expected)),
        )
        faults.append(f"line {row + 2}: the ids repeat or stand in another order")
    return faults


def _value_faults(submission: pl.DataFrame, label: str) -> list[str]:
    text = submission[label]
    numbers = text.str.strip_chars().cast(pl.Float64, strict=False)
    # NaN lies beyond every number
    outside = ~numbers.is_between(0, 1).fill_null(value=False)
    if outside.any():
        row = int(outside.arg_max() or 0)
        return [
            f"line {row + 2}, {label}: got {shorten(text[row])}; "
            f"expected a number from 0 to 1 ({int(outside.sum())} such rows)"
        ]
    if len(numbers) > 1 and numbers.n_unique() == 1:
        return [
            f"{label}: the same value {numbers[0]} in every row; nothing was learnt"
        ]
    return []
