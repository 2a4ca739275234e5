"""Every out-of-fold decision about a run and a compound, with what surrounds it.

A decision is misjudged if the blend gives the truth less than even odds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.metrics import log_losses
from pipeline.nearest_runs import TWIN, UNLIKE

# all families give the truth less than this: sure, and wrong
SURE = 0.2
# how the families stand to the truth; a decision has exactly one
PATTERNS = ("sure_and_wrong", "wrong_unsure", "split", "all_right")
NEAREST_MARKS = ("twin_differs", "nearest_differs")


def decisions(
    truth: pl.DataFrame,
    blend: np.ndarray,
    families: dict[str, np.ndarray],
    nearest: pl.DataFrame,
    labels: Sequence[str],
) -> pl.DataFrame:
    """Return one row a training run and label, label by label.

    Parameters
    ----------
    truth : DataFrame
        sample_id and the labels of the training runs.
    blend, families : (n_runs, n_labels)
        Out-of-fold probabilities in the order of `truth`.
    nearest : DataFrame
        `nearest_runs`.

    Returns
    -------
    DataFrame
        `sample_id`, `label`, `rank` (1: the largest loss of the label), `truth`,
        `probability`, `log_loss`, `misjudged`, a column for each family,
        `families_right` (how many give the truth more than even odds), `pattern`,
        `nearest_sample_id`, `similarity`, `nearest_truth`, and NEAREST_MARKS.
    """
    y = truth.select(labels).to_numpy().astype(np.int64)
    said = np.stack(list(families.values()))
    of_truth = np.where(y == 1, said, 1 - said)
    columns = {
        "truth": y,
        "probability": blend,
        "log_loss": log_losses(y, blend),
        "misjudged": np.where(y == 1, blend, 1 - blend) < 0.5,
        **families,
        "families_right": (of_truth > 0.5).sum(axis=0),
        "pattern": _patterns(of_truth),
    }
    known = truth.select("sample_id").join(
        nearest, on="sample_id", how="left", maintain_order="left"
    )
    tables = [
        known.with_columns(
            pl.lit(label).alias("label"),
            *(pl.Series(name, values[:, k]) for name, values in columns.items()),
        )
        for k, label in enumerate(labels)
    ]
    table = _with_nearest_truth(pl.concat(tables), truth, labels)
    return table.select(
        "sample_id",
        "label",
        pl.col("log_loss")
        .rank("ordinal", descending=True)
        .over("label")
        .cast(pl.Int64)
        .alias("rank"),
        *columns,
        "nearest_sample_id",
        "similarity",
        "nearest_truth",
        *NEAREST_MARKS,
    )


def _patterns(of_truth: np.ndarray) -> np.ndarray:
    """Name how the families stand, from what they give the truth, (n_families, ...)."""
    best = of_truth.max(axis=0)
    conditions = [best < SURE, best <= 0.5, of_truth.min(axis=0) <= 0.5]
    return np.select(conditions, PATTERNS[:3], PATTERNS[3])


def _with_nearest_truth(
    table: pl.DataFrame, truth: pl.DataFrame, labels: Sequence[str]
) -> pl.DataFrame:
    long = truth.unpivot(
        on=labels, index="sample_id", variable_name="label", value_name="nearest_truth"
    ).with_columns(pl.col("nearest_truth").cast(pl.Int64))
    joined = table.join(
        long.rename({"sample_id": "nearest_sample_id"}),
        on=["nearest_sample_id", "label"],
        how="left",
        maintain_order="left",
    )
    differs = (pl.col("nearest_truth") != pl.col("truth")).fill_null(value=False)
    twin = pl.col("similarity") >= TWIN
    # a run unlike all has no neighbour worth the name
    near = pl.col("similarity") >= UNLIKE
    return joined.with_columns(
        twin_differs=differs & twin, nearest_differs=differs & near & ~twin
    )
