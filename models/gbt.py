"""LightGBM for one label: screened features, an inner search, a small bag of models.

Everything here sees the training runs of one outer fold only.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from models.gbt_dataset import FIXED, GbtSettings, binned, screen
from models.gbt_search import Candidate, search
from models.training_rows import TrainingRows

# final models take the best parameter sets in turn: choosing one would be noisy
BEST_SETS = 3


@dataclass(frozen=True)
class GbtModel:
    """One booster and the feature columns that it reads."""

    booster: lgb.Booster
    columns: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return probabilities (n_runs,) from all features (n_runs, n_features)."""
        return np.asarray(self.booster.predict(X[:, self.columns]))

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Return each used feature's log-odds contribution, (n_runs, n_columns)."""
        shares = self.booster.predict(X[:, self.columns], pred_contrib=True)
        return np.asarray(shares)[:, :-1]

    def gain(self) -> np.ndarray:
        """Return each used feature's share of the total gain, (n_columns,)."""
        gain = self.booster.feature_importance("gain")
        return gain / max(gain.sum(), 1e-12)


def fit_gbt(
    rows: TrainingRows,
    inner_fold: np.ndarray,
    label: int,
    settings: GbtSettings,
    seed: np.random.SeedSequence,
    feature_names: tuple[str, ...],
) -> tuple[list[GbtModel], list[Candidate]]:
    """Search on the inner folds, then train the final models on all training runs.

    Parameters
    ----------
    rows : TrainingRows
        Rows of the outer fold's training runs only.
    inner_fold : (n_runs,) int
        Inner fold of every training run, -1 for runs that must not be seen.
    label : int
        Column of `rows.y`.
    feature_names : tuple[str, ...]
        Names of the columns of `rows.X`, which the saved models carry.

    Returns
    -------
    models : list[GbtModel]
        `settings.seeds` models; their probabilities are averaged.
    candidates : list[Candidate]
        All parameter sets tried, best first.
    """
    search_seed, noise_seed, *model_seeds = seed.spawn(settings.seeds + 2)
    rows = rows.perturbed(
        settings.noise, settings.feature_dropout, np.random.default_rng(noise_seed)
    )
    candidates = search(rows, inner_fold, label, settings, search_seed)
    columns = screen(rows, label, settings)
    models = []
    for number, model_seed in enumerate(model_seeds):
        candidate = candidates[number % min(BEST_SETS, len(candidates))]
        drop_seed, fit_seed = model_seed.spawn(2)
        part = rows.dropping(settings.row_dropout, np.random.default_rng(drop_seed))
        parameters = {
            **candidate.parameters,
            "learning_rate": settings.learning_rate,
            "seed": _integer(fit_seed),
        }
        data = binned(part, columns, label, settings)
        data.set_feature_name([feature_names[column] for column in columns])
        booster = lgb.train(
            {**FIXED, **parameters}, data, num_boost_round=candidate.rounds
        )
        models.append(GbtModel(booster, columns))
    return models, candidates


def _integer(seed: np.random.SeedSequence) -> int:
    return int(seed.generate_state(1)[0] >> 1)
