"""LightGBM data sets of a training set: screened features, weighted copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from models.training_rows import TrainingRows

# one thread a fit: two were measured 16-34 times slower (LightGBM issue 7399)
FIXED: dict[str, Any] = {
    "objective": "binary",
    "verbose": -1,
    "num_threads": 1,
    "force_col_wise": True,
    "deterministic": True,
    "feature_pre_filter": False,
    "bagging_freq": 1,
}
SCREENING = {"learning_rate": 0.1, "feature_fraction": 0.05, "num_leaves": 7}
SCREENING_ROUNDS = 100
SCREENING_BINS = 31


@dataclass(frozen=True)
class GbtSettings:
    """What the family is told.

    Attributes
    ----------
    max_features : int
        Features kept by the screening model.
    rounds, learning_rate : int, float
        Most boosting rounds of a final model, and its step.
    max_bin : int
        Histogram bins of a feature.
    noise, feature_dropout : float
        Perturbation of augmented rows, see `TrainingRows.perturbed`.
    row_dropout : float
        Share of the rows that each final model does not see.
    copy_weight : float
        Weight of an augmented row beside the weight 1 of a run: mixes carry more
        labels than runs do, and at full weight would shift the probabilities up.
    trials : int
        Parameter sets tried on the inner folds.
    seeds : int
        Final models.
    """

    max_features: int
    rounds: int
    learning_rate: float
    max_bin: int
    noise: float
    feature_dropout: float
    row_dropout: float
    copy_weight: float
    trials: int
    seeds: int


def screen(rows: TrainingRows, label: int, settings: GbtSettings) -> np.ndarray:
    """Return the columns that a quick model on unaugmented rows gains most from."""
    plain = ~rows.is_copy
    data = _dataset(rows.X[plain], rows.y[plain, label], None, SCREENING_BINS)
    booster = lgb.train({**FIXED, **SCREENING}, data, SCREENING_ROUNDS)
    gain = booster.feature_importance("gain")
    best = np.argsort(-gain, kind="stable")[: settings.max_features]
    return np.sort(best[gain[best] > 0]) if gain.any() else np.arange(rows.X.shape[1])


def binned(
    rows: TrainingRows, columns: np.ndarray, label: int, settings: GbtSettings
) -> lgb.Dataset:
    """Bin some columns of the rows, with the labels and the weights of copies."""
    weight = np.where(rows.is_copy, settings.copy_weight, 1.0)
    X, y = rows.X[:, columns], rows.y[:, label]
    return _dataset(X, y, weight, settings.max_bin)


def _dataset(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray | None, max_bin: int
) -> lgb.Dataset:
    parameters = {**FIXED, "max_bin": max_bin}
    return lgb.Dataset(
        X, y, weight=weight, params=parameters, free_raw_data=False
    ).construct()
