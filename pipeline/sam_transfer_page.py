"""The SAM study's page, in Markdown."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.params import Params
from pipeline.sam_transfer_scores import AVERAGE, BASELINE, SINGLE

_SECTIONS = (
    (
        "A. Measured SAM runs, each scored by networks that have not read it",
        ("measured", "scored_sam"),
        "Where almost no label is positive this is a table of false alarms: a network "
        "that never finds anything would win it.",
    ),
    (
        "B. Held-out commercial runs inside SAM runs that no training has read",
        ("measured", "composed"),
        "Are the compounds found? The recipe is that of `mixed`, with other runs on "
        "both sides, which favours the variants that train on it.",
    ),
    (
        "B. The same held-out commercial runs as they are",
        ("measured", "held_out"),
        "The price that commercial runs pay.",
    ),
    (
        "C. Simulated SAM runs",
        ("simulated", "scored_sam"),
        "The truth is known, compounds included, and no variant was made after the "
        "simulator. As in reality the SAM runs of training are few and blank.",
    ),
    (
        "C. Simulated commercial runs, held out",
        ("simulated", "held_out"),
        "The price on the simulated side.",
    ),
)
_FAMILIES = (
    "D. The families and their plain average on the measured SAM runs",
    "Out of fold; the families learn from the other labelled SAM runs as they are. The "
    "stacker's rule gives instruments with few labelled runs the plain average.",
)
_INTRODUCTION = """\
# From commercial to SAM runs

Mean log-loss over the labels with the {percent:.0f} % interval over runs; the change is
to `none`, resampled in pairs, so an interval without 0 is a difference that these runs
support. Networks: {seeds} members each, averaged as logits; \"single\" is the mean loss
of the members alone.

`none`: commercial runs as they are. `labelled`: and the SAM runs with their labels.
`degraded`: and each run once more with SAM-like background, counting noise, blur, leak
and missing ions. `mixed`: and each run once more inside a SAM run. Two names: both.
`prevalence`: no network, the share of each label among the commercial training runs.
Translated: before prediction, SAM runs are moved to the level and spread of commercial
ones, ion by ion.

A variant is good if it loses little on runs without compounds (A), finds those that are
there (B and C) and costs commercial runs nothing (the second tables of B and C).
"""
# with fewer positive labels an AUC says nothing
_FEWEST_POSITIVES = 10


def page(table: pl.DataFrame, families: pl.DataFrame, params: Params) -> str:
    """Return the tables and what each of them answers."""
    parts = [
        _INTRODUCTION.format(
            percent=100 * params.evaluate.interval, seeds=params.sam_transfer.seeds
        )
    ]
    for title, (data_set, scored), words in _SECTIONS:
        part = table.filter(
            (pl.col("data_set") == data_set) & (pl.col("scored") == scored)
        )
        counts = part.row(0, named=True)
        parts.append(f"## {title}\n\n{words.format(**counts)}\n\n{_markdown(part)}")
    if len(families):
        title, words = _FAMILIES
        parts.append(f"## {title}\n\n{words}\n\n{_markdown(families)}")
    return "\n".join(parts)


def _markdown(part: pl.DataFrame) -> str:
    counts = part.row(0, named=True)
    head = (
        "variant",
        "translated",
        "log-loss",
        "change",
        "single",
        "mean probability",
        "AUC",
    )
    lines = [
        f"Runs: {counts['runs']}; positive labels: {counts['positives']}.\n",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
    ]
    single = {
        (row["variant"], row["translated"]): row["log_loss"]
        for row in part.filter(pl.col("members") == SINGLE).iter_rows(named=True)
    }
    averages = part.filter(pl.col("members") == AVERAGE).iter_rows(named=True)
    for row in averages:
        alone = single.get((row["variant"], row["translated"]))
        cells = (
            f"{row['variant']}",
            "yes" if row["translated"] else "",
            _with_interval(row, "log_loss", ("low", "high")),
            _with_interval(row, "change", ("change_low", "change_high")),
            _number(alone),
            _number(row["mean_probability"]),
            _number(row["auc"]) if _has_auc(row) else "",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _has_auc(row: dict[str, Any]) -> bool:
    enough = row["positives"] >= _FEWEST_POSITIVES
    return bool(enough and row["variant"] != BASELINE)


def _with_interval(row: dict[str, float], name: str, ends: tuple[str, str]) -> str:
    if not row[name]:  # nothing to compare with, or the reference itself
        return ""
    low, high = (_number(row[end]) for end in ends)
    return f"{_number(row[name])} ({low} to {high})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
