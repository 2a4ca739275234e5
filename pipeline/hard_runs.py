"""Which training runs are hard, and which measured reasons hold for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.decisions import NEAREST_MARKS
from pipeline.run_marks import RUN_MARKS

# shown of every label even if all are judged rightly
LEAST_OF_LABEL = 10
MARKS = (*NEAREST_MARKS, *RUN_MARKS)
SEPARATOR = ";"
RUN_FACTS = (
    "instrument_type",
    "temperature_low_celsius",
    "temperature_high_celsius",
    "heating_rate_celsius_per_minute",
    "ion_count",
)


def hard_runs(
    decided: pl.DataFrame,
    marks: pl.DataFrame,
    training: pl.DataFrame,
    families: Sequence[str],
    labels: Sequence[str],
) -> pl.DataFrame:
    """Return the misjudged decisions, and the ones of largest loss of every label.

    Parameters
    ----------
    decided : DataFrame
        `decisions`.
    marks : DataFrame
        `run_marks`.
    training : DataFrame
        Rows of `runs.parquet`.

    Returns
    -------
    DataFrame
        One row a run and label, by label and rank: columns of `decisions`, the facts of
        the run and `reasons`, the marks that hold, in the order of MARKS.
    """
    kept = decided.filter(pl.col("misjudged") | (pl.col("rank") <= LEAST_OF_LABEL))
    joined = _with_facts(kept, marks, training, labels)
    order = {label: number for number, label in enumerate(labels)}
    return (
        joined.with_columns(
            held_marks().alias("reasons"), pl.col("misjudged").cast(pl.Int64)
        )
        .sort(pl.col("label").replace_strict(order), "rank")
        .select(
            "sample_id",
            "label",
            "rank",
            "truth",
            "probability",
            "log_loss",
            "misjudged",
            "pattern",
            "families_right",
            *families,
            "nearest_sample_id",
            "similarity",
            "nearest_truth",
            "compounds",
            *RUN_FACTS,
            "reasons",
        )
    )


def run_scores(
    decided: pl.DataFrame,
    marks: pl.DataFrame,
    training: pl.DataFrame,
    labels: Sequence[str],
) -> pl.DataFrame:
    """Return one row a training run, the largest mean loss first.

    Returns
    -------
    DataFrame
        `sample_id`, `rank`, `log_loss` (mean over labels), `share` of the loss of all
        runs, `missed` (compounds present but misjudged), `false_alarms`, `compounds`
        (how many), `nearest_sample_id`, `similarity`, `same_compounds` (0/1: has the
        nearest run the same labels), the facts of the run, and `reasons`: marks of the
        run, and those of its misjudged decisions.
    """
    wrong, present = pl.col("misjudged"), pl.col("truth") == 1
    by_run = decided.group_by("sample_id", maintain_order=True).agg(
        pl.col("log_loss").mean(),
        missed=(wrong & present).sum().cast(pl.Int64),
        false_alarms=(wrong & ~present).sum().cast(pl.Int64),
        nearest_sample_id=pl.col("nearest_sample_id").first(),
        similarity=pl.col("similarity").first(),
        same_compounds=(pl.col("truth") == pl.col("nearest_truth")).all(),
        # of decisions judged rightly it does not matter what the neighbour has
        **{mark: (pl.col(mark) & wrong).any() for mark in NEAREST_MARKS},
    )
    joined = _with_facts(by_run, marks, training, labels)
    return (
        joined.with_columns(
            held_marks().alias("reasons"),
            pl.col("same_compounds").cast(pl.Int64),
            share=pl.col("log_loss") / pl.col("log_loss").sum(),
            rank=pl.col("log_loss").rank("ordinal", descending=True).cast(pl.Int64),
        )
        .sort("rank")
        .select(
            "sample_id",
            "rank",
            "log_loss",
            "share",
            "missed",
            "false_alarms",
            "compounds",
            "nearest_sample_id",
            "similarity",
            "same_compounds",
            *RUN_FACTS,
            "reasons",
        )
    )


def held_marks() -> pl.Expr:
    """Return the names of the marks that hold, joined; empty for none."""
    names = [pl.when(pl.col(mark)).then(pl.lit(mark)) for mark in MARKS]
    return pl.concat_str(names, separator=SEPARATOR, ignore_nulls=True)


def runs_for_share(losses: np.ndarray, share: float) -> int:
    """Return how many of the hardest runs carry this share of all loss.

    >>> runs_for_share(np.array([1.0, 6.0, 3.0]), 0.5)
    1
    """
    falling = np.cumsum(np.sort(losses)[::-1])
    return int(np.searchsorted(falling, share * falling[-1]) + 1)


def _with_facts(
    table: pl.DataFrame,
    marks: pl.DataFrame,
    training: pl.DataFrame,
    labels: Sequence[str],
) -> pl.DataFrame:
    compounds = pl.sum_horizontal(labels).cast(pl.Int64)
    facts = training.select("sample_id", *RUN_FACTS, compounds=compounds)
    return table.join(marks, on="sample_id", maintain_order="left").join(
        facts, on="sample_id", maintain_order="left"
    )
