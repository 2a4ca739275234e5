"""Prediction tables -> one probability a run and label."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.family import read_predictions


def run_probabilities(family: str, role: str, labels: tuple[str, ...]) -> pl.DataFrame:
    """Average a family's predictions of one role over folds and repeats.

    Out-of-fold, a run has one prediction a repeat; otherwise one an outer fold. None of
    the averaged models has seen the run.

    Returns
    -------
    DataFrame
        sample_id (sorted) and one column a label.
    """
    table = read_predictions(family).filter(pl.col("role") == role)
    return (
        table.group_by("sample_id", "label")
        .agg(pl.col("probability").mean())
        .pivot("label", index="sample_id", values="probability")
        .select("sample_id", *labels)
        .sort("sample_id")
        if len(table)
        else pl.DataFrame(
            schema={"sample_id": pl.String} | dict.fromkeys(labels, pl.Float64)
        )
    )


def single_repeat_log_losses(
    family: str, truth: pl.DataFrame, labels: tuple[str, ...]
) -> list[float]:
    """Return the out-of-fold mean column-wise log-loss of each repeat alone."""
    from models.metrics import log_losses

    table = read_predictions(family).filter(pl.col("role") == "out_of_fold")
    long = truth.unpivot(on=labels, index="sample_id", variable_name="label")
    joined = table.join(long, on=["sample_id", "label"], maintain_order="left")
    losses = log_losses(
        joined["value"].to_numpy().astype(float), joined["probability"].to_numpy()
    )
    joined = joined.with_columns(loss=pl.Series(losses))
    per_repeat = joined.group_by("repeat").agg(pl.col("loss").mean()).sort("repeat")
    return [float(np.round(value, 6)) for value in per_repeat["loss"]]
