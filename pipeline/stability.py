"""How much scores and weights vary from fold to fold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.stack import CONSTANT, NAME


@dataclass(frozen=True)
class Stability:
    """The log-loss of the outer folds of one system and label.

    Attributes
    ----------
    values : {repeat: log-loss of its folds}
    spread : float
        Standard deviation over the folds of a repeat; NaN for a single fold.
    expected : float
        The same, had folds been drawn from independent runs: the root mean square of
        the folds' standard errors.
    repeats : tuple of float
        Mean over the runs of each repeat.
    """

    values: dict[int, tuple[float, ...]]
    spread: float
    expected: float
    repeats: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as much folds vary as independent runs would make them."""
        return self.spread / self.expected if self.expected > 0 else float("nan")


def stability(folds: pl.DataFrame) -> Stability:
    """Summarise the rows of `fold_scores` of one system and label."""
    parts = {
        int(repeat): part
        for (repeat,), part in folds.sort("repeat", "fold").group_by(
            "repeat", maintain_order=True
        )
    }
    values = {repeat: tuple(part["log_loss"]) for repeat, part in parts.items()}
    # between repeats the same runs come again, so each repeat varies by itself
    variances = [
        np.var(losses, ddof=1) if len(losses) > 1 else np.nan
        for losses in values.values()
    ]
    errors = folds["standard_error"].drop_nulls().to_numpy()
    return Stability(
        values,
        float(np.sqrt(np.mean(variances))),
        float(np.sqrt(np.mean(errors**2))) if len(errors) else float("nan"),
        # folds may differ by a run in size
        tuple(
            float(np.average(part["log_loss"], weights=part["runs"]))
            for part in parts.values()
        ),
    )


def stabilities(scores: pl.DataFrame) -> dict[tuple[str, str | None], Stability]:
    """Summarise `fold_scores` by system and label; None is the mean over labels."""
    return {
        (str(family), None if label is None else str(label)): stability(part)
        for (family, label), part in scores.group_by(
            "family", "label", maintain_order=True
        )
    }


def folds_won(scores: pl.DataFrame, family: str) -> tuple[int, int]:
    """Return in how many folds the blend scores better than a family, and of how many.

    Folds of equal score are not won.
    """
    mean = scores.filter(pl.col("label").is_null())
    both = mean.filter(pl.col("family") == NAME).join(
        mean.filter(pl.col("family") == family), on=["repeat", "fold"], suffix="_family"
    )
    won = int((both["log_loss"] < both["log_loss_family"]).sum())
    return won, len(both)


def mean_weights(weights: pl.DataFrame) -> dict[str, list[float]]:
    """Return each family's weight, averaged over labels, in every fold.

    Parameters
    ----------
    weights : DataFrame
        `artifacts/stack/fold_weights.parquet`.
    """
    means = (
        weights.filter(pl.col("family") != CONSTANT)
        .group_by("family", "repeat", "fold", maintain_order=True)
        .agg(pl.col("weight").mean())
        .sort("repeat", "fold", maintain_order=True)
    )
    return {
        str(family): part["weight"].to_list()
        for (family,), part in means.group_by("family", maintain_order=True)
    }
