"""What a similar training run is worth: log-loss by similarity to the nearest one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import polars as pl

from pipeline.fold_scores import FOLD
from pipeline.nearest_runs import TWIN, UNLIKE

# ends of the bands of similarity
BANDS = (0.0, UNLIKE, 0.3, 0.5, TWIN, 1.0)
# a run whose nearest run differs by this much between repeats was near in one only
MOVED = 0.2

Summary = Callable[[np.ndarray, np.ndarray], dict[str, float | None]]


def similarity_bands(
    by_run: pl.DataFrame, to_predict: np.ndarray, summary: Summary
) -> pl.DataFrame:
    """Return the log-loss of training runs in each band.

    Parameters
    ----------
    by_run : DataFrame
        `similarity`, `log_loss` and `same_compounds` (has the nearest run the same
        labels) of the training runs.
    to_predict : (n,)
        Similarities of the runs that were not trained on.
    summary : function
        From values (n_runs,) and a mask (n_runs,) to the mean there, with interval.

    Returns
    -------
    DataFrame
        `group` (all), `similarity_low`, `similarity_high`, `runs`, `runs_to_predict`,
        `same_compounds` (share), `loss_share`, `log_loss` with `_low` and `_high`.
    """
    near, losses = (by_run[name].to_numpy() for name in ("similarity", "log_loss"))
    same = by_run["same_compounds"].to_numpy()
    rows = []
    for low, high in pairwise(BANDS):
        inside = _inside(near, low, high)
        rows.append(
            {
                "group": "all",
                "similarity_low": low,
                "similarity_high": high,
                "runs": int(inside.sum()),
                "runs_to_predict": int(_inside(to_predict, low, high).sum()),
                "same_compounds": float(same[inside].mean()) if inside.any() else None,
                "loss_share": float(losses[inside].sum() / (losses.sum() or 1.0)),
                **summary(losses, inside),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def moved_runs(losses: pl.DataFrame, neighbours: pl.DataFrame) -> pl.DataFrame:
    """Return runs that had a like run in training in one repeat and not in another.

    Their two losses compare the same runs with a like run and without.

    Parameters
    ----------
    losses : DataFrame
        sample_id, repeat, fold and log_loss of each repeat's prediction.
    neighbours : DataFrame
        `artifacts/kernel/neighbours.parquet`.

    Returns
    -------
    DataFrame
        sample_id, `near` and `far`: log-loss in the repeat of the highest and of the
        lowest similarity, which differ by more than MOVED.
    """
    first = neighbours.filter(pl.col("rank") == 1)
    table = losses.join(
        first.select("sample_id", *FOLD, "similarity"), on=["sample_id", *FOLD]
    ).sort("sample_id", "repeat")
    similarity, loss = pl.col("similarity"), pl.col("log_loss")
    return (
        table.group_by("sample_id", maintain_order=True)
        .agg(
            near=loss.get(similarity.arg_max()),
            far=loss.get(similarity.arg_min()),
            change=similarity.max() - similarity.min(),
        )
        .filter(pl.col("change") > MOVED)
        .drop("change")
    )


def similarity_table(
    bands: pl.DataFrame, moved: pl.DataFrame, summary: Summary
) -> pl.DataFrame:
    """Put the moved runs below the bands, as groups "near" and "far"."""
    everyone = np.ones(len(moved), dtype=bool)
    rows = [
        {"group": group, "runs": len(moved)}
        | summary(moved[group].to_numpy(), everyone)
        for group in ("near", "far")
    ]
    both = pl.DataFrame(rows, infer_schema_length=None)
    return pl.concat([bands, both], how="diagonal_relaxed")


def _inside(values: np.ndarray, low: float, high: float) -> np.ndarray:
    # the last band holds identical runs, too
    return (values >= low) & ((values < high) | (high == BANDS[-1]))
