"""Prediction tables -> one probability a run and label."""

from __future__ import annotations

import polars as pl

from models.metrics import log_losses
from pipeline.family import read_predictions


def run_probabilities(family: str, role: str, labels: tuple[str, ...]) -> pl.DataFrame:
    """Average a family's predictions of one role; see `mean_of_folds`."""
    table = read_predictions(family).filter(pl.col("role") == role)
    return mean_of_folds(table, labels)


def mean_of_folds(table: pl.DataFrame, labels: tuple[str, ...]) -> pl.DataFrame:
    """Average predictions of one role over folds and repeats.

    Out of fold, a run has one prediction a repeat; otherwise one an outer fold. None of
    the averaged models has seen the run.

    Returns
    -------
    DataFrame
        sample_id (sorted) and one column a label; no rows if no run has the role.
    """
    if len(table) == 0:
        columns = {label: pl.Float64() for label in labels}
        return pl.DataFrame(schema={"sample_id": pl.String(), **columns})
    mean = table.group_by("sample_id", "label", maintain_order=True).agg(
        pl.col("probability").mean()
    )
    wide = mean.pivot("label", index="sample_id", values="probability")
    return wide.select("sample_id", *labels).sort("sample_id")


def single_repeat_log_losses(
    family: str, truth: pl.DataFrame, labels: tuple[str, ...]
) -> dict[int, float]:
    """Return the out-of-fold mean column-wise log-loss of each repeat alone."""
    table = read_predictions(family).filter(pl.col("role") == "out_of_fold")
    long = truth.unpivot(on=labels, index="sample_id", variable_name="label")
    joined = table.join(long, on=["sample_id", "label"], maintain_order="left")
    losses = log_losses(joined["value"].to_numpy(), joined["probability"].to_numpy())
    repeats = joined["repeat"].to_numpy()
    return {
        int(repeat): round(float(losses[repeats == repeat].mean()), 6)
        for repeat in sorted(set(repeats))
    }
