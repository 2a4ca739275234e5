"""Predictions in long form, and their scores with intervals."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from studies.raman_transfer.csv_rows import ANALYTES
from studies.raman_transfer.prepared import Prepared
from studies.raman_transfer.units import Arrays, Unit

KEYS = ["protocol", "method", "target", "labelled", "seed"]
MEAN = "mean"
_NORMAL_95 = 1.96


def prediction_table(
    results: Iterable[tuple[Unit, Arrays]], prepared: Prepared
) -> pl.DataFrame:
    """Return a row per unit, sample and analyte; replicates are averaged."""
    parts = []
    for unit, arrays in results:
        rows, predicted = arrays["rows"], arrays["predicted"]
        groups, index = np.unique(prepared.group[rows], return_inverse=True)
        count = np.bincount(index)
        for column, analyte in enumerate(ANALYTES):
            truth = prepared.concentrations[rows, column]
            parts.append(
                pl.DataFrame(
                    {
                        "sample": groups,
                        "truth": np.bincount(index, truth) / count,
                        "predicted": np.bincount(index, predicted[:, column]) / count,
                    }
                ).with_columns(
                    *[pl.lit(getattr(unit, key)).alias(key) for key in KEYS],
                    pl.lit(analyte).alias("analyte"),
                )
            )
    return pl.concat(parts).select(*KEYS, "sample", "analyte", "truth", "predicted")


def score_table(predictions: pl.DataFrame) -> pl.DataFrame:
    """Return R2 and RMSE per protocol, method, target, labels and analyte.

    The interval is mean +- 1.96 standard errors over the seeds. Analyte `mean` is the
    mean R2 of the three.
    """
    rest = (pl.col("truth") - pl.col("predicted")) ** 2
    per_seed = predictions.group_by(*KEYS, "analyte", maintain_order=True).agg(
        (
            1 - rest.sum() / ((pl.col("truth") - pl.col("truth").mean()) ** 2).sum()
        ).alias("r2"),
        rest.mean().sqrt().alias("rmse"),
        pl.len().alias("samples"),
    )
    mean = (
        per_seed.group_by(*KEYS, maintain_order=True)
        .agg(pl.col("r2").mean(), pl.col("samples").first())
        .with_columns(
            pl.lit(MEAN).alias("analyte"), pl.lit(None, dtype=pl.Float64).alias("rmse")
        )
        .select(per_seed.columns)
    )
    error = _NORMAL_95 * pl.col("r2").std().fill_null(0.0) / pl.len().sqrt()
    return (
        pl.concat([per_seed, mean])
        .group_by(*KEYS[:-1], "analyte", maintain_order=True)
        .agg(
            pl.col("r2").mean(),
            (pl.col("r2").mean() - error).alias("low"),
            (pl.col("r2").mean() + error).alias("high"),
            pl.col("rmse").mean(),
            pl.col("samples").first(),
            pl.len().alias("seeds"),
        )
    )
