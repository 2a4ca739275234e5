"""LightGBM for one label: screened features, an inner search, a small bag of models.

Everything here sees the training runs of one outer fold only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna

from models.metrics import log_losses
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
# the search takes larger steps than the final models, and fewer of them
SEARCH_SPEED = 2
# final models take the best parameter sets in turn: choosing one would be noisy
BEST_SETS = 3


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


@dataclass(frozen=True)
class Candidate:
    """A parameter set, the rounds and the loss that the inner folds gave it."""

    parameters: dict[str, Any]
    rounds: int
    inner_log_loss: float


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
        data = _binned(part, columns, label, settings)
        data.set_feature_name([feature_names[column] for column in columns])
        booster = lgb.train(
            {**FIXED, **parameters}, data, num_boost_round=candidate.rounds
        )
        models.append(GbtModel(booster, columns))
    return models, candidates


def screen(rows: TrainingRows, label: int, settings: GbtSettings) -> np.ndarray:
    """Return the columns that a quick model on unaugmented rows gains most from."""
    plain = ~rows.is_copy
    data = _dataset(rows.X[plain], rows.y[plain, label], None, SCREENING_BINS)
    booster = lgb.train({**FIXED, **SCREENING}, data, SCREENING_ROUNDS)
    gain = booster.feature_importance("gain")
    best = np.argsort(-gain, kind="stable")[: settings.max_features]
    return np.sort(best[gain[best] > 0]) if gain.any() else np.arange(rows.X.shape[1])


def search(
    rows: TrainingRows,
    inner_fold: np.ndarray,
    label: int,
    settings: GbtSettings,
    seed: np.random.SeedSequence,
) -> list[Candidate]:
    """Try parameter sets on the inner folds; return them, best first.

    Screening is repeated inside each inner training set, so that the inner loss is
    honest too.
    """
    splits = [
        _inner_split(rows, inner_fold, fold, label, settings)
        for fold in range(inner_fold.max() + 1)
    ]
    integer_seed = _integer(seed)
    candidates: list[Candidate] = []

    def objective(trial: optuna.Trial) -> float:
        parameters = _suggest(trial)
        curve = np.zeros(settings.rounds // SEARCH_SPEED)
        seen = 0
        for step, split in enumerate(splits):
            curve += split.loss_curve(parameters, settings, integer_seed)
            seen += len(split.y)
            trial.report(float(curve.min() / seen), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        best = int(curve.argmin())
        loss = float(curve[best] / seen)
        candidates.append(Candidate(parameters, (best + 1) * SEARCH_SPEED, loss))
        return loss

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=integer_seed, n_startup_trials=5),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3),
    )
    study.enqueue_trial(DEFAULT)
    study.optimize(objective, n_trials=settings.trials)
    return sorted(candidates, key=lambda c: c.inner_log_loss)


DEFAULT = {
    "num_leaves": 8,
    "feature_fraction": 0.1,
    "min_data_in_leaf": 5,
    "lambda_l2": 3.0,
    "bagging_fraction": 0.7,
    "extra_trees": True,
}


def _suggest(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "num_leaves": trial.suggest_int("num_leaves", 4, 24, log=True),
        "feature_fraction": trial.suggest_float(
            "feature_fraction", 0.03, 0.4, log=True
        ),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 2, 30, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 30, log=True),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 0.9),
        "extra_trees": trial.suggest_categorical("extra_trees", [True, False]),
    }


@dataclass(frozen=True)
class _InnerSplit:
    """One inner fold, binned: every trial trains on it and scores the held-out runs."""

    data: lgb.Dataset
    held_out: lgb.Dataset
    y: np.ndarray

    def loss_curve(
        self, parameters: dict[str, Any], settings: GbtSettings, seed: int
    ) -> np.ndarray:
        """Return the summed log-loss of the held-out runs after each round."""
        rounds = settings.rounds // SEARCH_SPEED
        curve = np.empty(rounds)

        def record(p: np.ndarray, _: lgb.Dataset) -> tuple[str, float, bool]:
            return "loss", float(log_losses(self.y, p).sum()), False

        history: dict[str, dict[str, list[float]]] = {}
        lgb.train(
            {
                **FIXED,
                **parameters,
                "metric": "None",
                "learning_rate": settings.learning_rate * SEARCH_SPEED,
                "seed": seed,
            },
            self.data,
            num_boost_round=rounds,
            valid_sets=[self.held_out],
            feval=record,
            callbacks=[lgb.record_evaluation(history)],
        )
        curve[:] = history["valid_0"]["loss"]
        return curve


def _inner_split(
    rows: TrainingRows,
    inner_fold: np.ndarray,
    fold: int,
    label: int,
    settings: GbtSettings,
) -> _InnerSplit:
    learning = np.flatnonzero((inner_fold >= 0) & (inner_fold != fold))
    part = rows.from_runs(learning)
    columns = screen(part, label, settings)
    held_out = (inner_fold[rows.first] == fold) & ~rows.is_copy
    data = _binned(part, columns, label, settings)
    y = rows.y[held_out, label].astype(float)
    scored = data.create_valid(rows.X[held_out][:, columns], y, params=data.params)
    return _InnerSplit(data, scored.construct(), y)


def _binned(
    rows: TrainingRows, columns: np.ndarray, label: int, settings: GbtSettings
) -> lgb.Dataset:
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


def _integer(seed: np.random.SeedSequence) -> int:
    return int(seed.generate_state(1)[0] >> 1)
