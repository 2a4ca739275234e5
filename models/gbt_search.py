"""Nested search: LightGBM parameters and rounds from the inner folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna

from models.gbt_dataset import FIXED, GbtSettings, binned, screen
from models.metrics import log_losses
from models.training_rows import TrainingRows

# the search takes larger steps than the final models, and fewer of them
SEARCH_SPEED = 2
# tried first, so that the search starts from what is known to work
DEFAULT = {
    "num_leaves": 8,
    "feature_fraction": 0.1,
    "min_data_in_leaf": 5,
    "lambda_l2": 3.0,
    "bagging_fraction": 0.7,
    "extra_trees": True,
}


@dataclass(frozen=True)
class Candidate:
    """A parameter set, the rounds and the loss that the inner folds gave it."""

    parameters: dict[str, Any]
    rounds: int
    inner_log_loss: float


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
    integer_seed = int(seed.generate_state(1)[0] >> 1)
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
    data = binned(part, columns, label, settings)
    y = rows.y[held_out, label].astype(float)
    scored = data.create_valid(rows.X[held_out][:, columns], y, params=data.params)
    return _InnerSplit(data, scored.construct(), y)
