"""Tables of stage evaluate about single folds and runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl

from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.decisions import decisions
from pipeline.family import read_predictions
from pipeline.fold_scores import FOLD, fold_scores, run_losses
from pipeline.hard_reasons import hard_reasons
from pipeline.hard_runs import hard_runs, run_scores
from pipeline.nearest_runs import nearest_runs
from pipeline.params import Params
from pipeline.run_marks import run_marks
from pipeline.similarity_table import moved_runs, similarity_bands, similarity_table
from pipeline.stack import FAMILIES, NAME

NEIGHBOURS = paths.family("kernel") / "neighbours.parquet"


class Resamples(Protocol):
    """What these tables need of `pipeline.evaluate.Scorer`."""

    def weights(self, n_runs: int) -> np.ndarray:
        """Return how often each run counts: first once, then in each resample."""

    def summary(self, name: str, values: np.ndarray) -> dict[str, float | None]:
        """Return a score and its interval from its values per row of `weights`."""


def run_tables(
    runs: pl.DataFrame,
    training: pl.DataFrame,
    probabilities: dict[str, np.ndarray],
    scorer: Resamples,
    params: Params,
) -> dict[Path, pl.DataFrame]:
    """Return the tables with the files that they go to.

    Parameters
    ----------
    runs : DataFrame
        `runs.parquet`; `training`, its training runs sorted by sample_id.
    probabilities : {system: (n_training, n_labels)}
        Out of fold, averaged over repeats.
    """
    labels = params.data.labels
    neighbours = read_parquet(NEIGHBOURS)
    nearest = nearest_runs(neighbours)
    marks = run_marks(training, nearest, labels, params.stack.minimum_runs)
    families = {name: probabilities[name] for name in FAMILIES}
    decided = decisions(training, probabilities[NAME], families, nearest, labels)
    weights = scorer.weights(len(training))

    by_run = decided.group_by("sample_id", maintain_order=True).agg(
        pl.col("similarity").first(),
        pl.col("log_loss").mean(),
        same_compounds=(pl.col("truth") == pl.col("nearest_truth")).all(),
    )
    unlabelled = runs.filter(pl.col("role") != "train").select("sample_id")
    to_predict = unlabelled.join(nearest, on="sample_id")["similarity"].to_numpy()
    summary = mean_of_runs(scorer)
    bands = similarity_bands(by_run, to_predict, summary)
    moved = moved_runs(single_repeats(training, labels), neighbours)
    return {
        paths.FOLD_SCORES: fold_scores((*FAMILIES, NAME), training, labels),
        paths.RUN_SCORES: run_scores(decided, marks, training, labels),
        paths.HARD_RUNS: hard_runs(decided, marks, training, FAMILIES, labels),
        paths.HARD_REASONS: hard_reasons(decided, marks, weights, scorer.summary),
        paths.SIMILARITY: similarity_table(bands, moved, summary),
    }


def single_repeats(training: pl.DataFrame, labels: tuple[str, ...]) -> pl.DataFrame:
    """Return the blend's mean loss of each run in each repeat."""
    table = read_predictions(NAME).filter(pl.col("role") == "out_of_fold")
    return (
        run_losses(table, training, labels)
        .group_by("sample_id", *FOLD, maintain_order=True)
        .agg(pl.col("log_loss").mean())
    )


def mean_of_runs(
    scorer: Resamples,
) -> Callable[[np.ndarray, np.ndarray], dict[str, float | None]]:
    """Return a function from run losses and a mask to the mean with its interval."""

    def summary(losses: np.ndarray, inside: np.ndarray) -> dict[str, float | None]:
        if not inside.any():
            return scorer.summary("log_loss", np.full(1, np.nan))
        weights = scorer.weights(len(losses)) * inside
        total = weights.sum(axis=1)
        # a resample may hold none of these runs
        values = weights @ losses / np.where(total > 0, total, np.nan)
        return scorer.summary("log_loss", values)

    return summary
