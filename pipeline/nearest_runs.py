"""The training run that each run resembles most.

Similarities come from stage kernel, between a run and the training runs of a fold that
does not score it: no run is its own neighbour.
"""

from __future__ import annotations

import polars as pl

# less similar than this: unlike every training run; more: a near twin
UNLIKE, TWIN = 0.1, 0.7


def nearest_runs(neighbours: pl.DataFrame) -> pl.DataFrame:
    """Return each run's nearest training run over all repeats.

    Parameters
    ----------
    neighbours : DataFrame
        `artifacts/kernel/neighbours.parquet`.

    Returns
    -------
    DataFrame
        sample_id (sorted), nearest_sample_id, similarity. In other repeats the nearest
        run may have been in the same fold, and a less similar one was the nearest.
    """
    falling = neighbours.filter(pl.col("rank") == 1).sort(
        "sample_id", "similarity", "training_sample_id", descending=[False, True, False]
    )
    return falling.unique("sample_id", keep="first", maintain_order=True).select(
        "sample_id",
        pl.col("training_sample_id").alias("nearest_sample_id"),
        "similarity",
    )
