"""The log-loss of every outer fold alone, per family and label."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from models.metrics import log_losses
from pipeline.family import read_predictions

FOLD = ("repeat", "fold")


def fold_scores(
    systems: Sequence[str], truth: pl.DataFrame, labels: Sequence[str]
) -> pl.DataFrame:
    """Return the out-of-fold log-loss of each fold.

    Parameters
    ----------
    systems : sequence of str
        Families and the blend, whose predictions are read.
    truth : DataFrame
        sample_id and the labels of the training runs.

    Returns
    -------
    DataFrame
        One row a system, label, repeat and fold, and one with label null for the mean
        over labels: `family`, `label`, `repeat`, `fold`, `runs`, `log_loss` and
        `standard_error`, that of a mean over independent runs (null for a single run).
    """
    parts = []
    for name in systems:
        table = read_predictions(name).filter(pl.col("role") == "out_of_fold")
        by_run = run_losses(table, truth, labels)
        mean = by_run.group_by("sample_id", *FOLD, maintain_order=True).agg(
            pl.col("log_loss").mean(), label=pl.lit(None, dtype=pl.String)
        )
        columns = ("sample_id", "label", *FOLD, "log_loss")
        both = pl.concat([mean.select(columns), by_run.select(columns)])
        parts.append(
            both.group_by("label", *FOLD, maintain_order=True)
            .agg(
                runs=pl.len().cast(pl.Int64),
                mean=pl.col("log_loss").mean(),
                standard_error=pl.col("log_loss").std() / pl.len().sqrt(),
            )
            .select(
                pl.lit(name).alias("family"),
                "label",
                *FOLD,
                "runs",
                pl.col("mean").alias("log_loss"),
                "standard_error",
            )
            .sort("label", *FOLD, nulls_last=False)
        )
    return pl.concat(parts)


def run_losses(
    predictions: pl.DataFrame, truth: pl.DataFrame, labels: Sequence[str]
) -> pl.DataFrame:
    """Add a column `log_loss` to predictions of runs whose labels are known."""
    long = truth.unpivot(
        on=labels, index="sample_id", variable_name="label", value_name="truth"
    )
    joined = predictions.join(long, on=["sample_id", "label"], maintain_order="left")
    losses = log_losses(joined["truth"].to_numpy(), joined["probability"].to_numpy())
    return joined.with_columns(log_loss=pl.Series(losses, dtype=pl.Float64))
