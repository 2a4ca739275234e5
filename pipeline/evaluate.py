"""Stage evaluate: metrics.json, `dvc plots`, and tables of folds and hard runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from models.metrics import METRICS, bootstrap_weights, reliability
from models.permutation import permutation_p_value
from pipeline import paths
from pipeline.artifacts import read_csv, read_parquet
from pipeline.atomic import write_csv, write_json
from pipeline.params import Params
from pipeline.probabilities import run_probabilities, single_repeat_log_losses
from pipeline.result_params import EvaluateParams
from pipeline.run_tables import run_tables
from pipeline.seeds import integer
from pipeline.stack import FAMILIES, NAME

BASELINE = "prevalence"
SYSTEMS = (BASELINE, *FAMILIES, NAME)
ROLES = ("out_of_fold", "holdout")
DIGITS = 6


def run(params: Params) -> None:
    """Write metrics.json, the data behind plots, and tables of folds and runs."""
    runs = read_parquet(paths.RUNS)
    scored = {role: _scored(runs, role, params) for role in ROLES}
    metrics: dict[str, Any] = {"runs": _run_counts(runs), "by_label": {}}
    metrics["by_instrument"] = {}
    for role, (truth, probabilities) in scored.items():
        if len(truth) == 0:
            continue
        scorer = Scorer(truth, params)
        metrics[role] = {n: scorer.overall(p) for n, p in probabilities.items()}
        metrics["by_label"][role] = {
            n: scorer.by_label(p) for n, p in probabilities.items()
        }
        metrics["by_instrument"][role] = {
            n: scorer.by_instrument(p) for n, p in probabilities.items()
        }
    truth = scored["out_of_fold"][0].select("sample_id", *params.data.labels)
    metrics["single_repeat_log_loss"] = {
        name: single_repeat_log_losses(name, truth, params.data.labels)
        for name in SYSTEMS[1:]
    }
    training, found = scored["out_of_fold"]
    metrics["permutation_p_value"] = _permutation_p_values(training, found, params)
    metrics["permutations"] = params.evaluate.permutations
    write_json(paths.METRICS, metrics)
    write_csv(paths.RELIABILITY, _reliability(scored, params))
    write_csv(paths.CV_AGAINST_HOLDOUT, _cv_against_holdout(metrics, params))
    tables = run_tables(runs, training, found, Scorer(training, params), params)
    for path, table in tables.items():
        write_csv(path, table.with_columns(pl.selectors.float().round(DIGITS)))


class Scorer:
    """Scores probabilities of the runs in `truth`, with bootstrap intervals over runs.

    Overall scores are means over the labels; a resample draws whole runs.
    """

    def __init__(self, truth: pl.DataFrame, params: Params) -> None:
        self.labels = params.data.labels
        self.y = truth.select(self.labels).to_numpy().astype(float)
        self.instruments = truth["instrument_type"].to_numpy()
        self.settings: EvaluateParams = params.evaluate
        self.seed = integer(params.seed, "bootstrap")

    def overall(self, p: np.ndarray, rows: np.ndarray | None = None) -> dict[str, Any]:
        """Return the mean over labels of every metric, with interval."""
        rows = np.arange(len(self.y)) if rows is None else rows
        weights = self.weights(len(rows))
        result: dict[str, Any] = {}
        for name, metric in METRICS.items():
            columns = [
                metric(self.y[rows, k], p[rows, k], weights)
                for k in range(len(self.labels))
            ]
            # a label without positives among the runs has no AUC: the mean skips it
            values = np.ma.masked_invalid(np.stack(columns)).mean(axis=0)
            result |= self.summary(name, np.ma.filled(values, np.nan))
        return result

    def by_label(self, p: np.ndarray) -> dict[str, dict[str, Any]]:
        """Return every metric of every label, with interval."""
        weights = self.weights(len(self.y))
        scores: dict[str, dict[str, Any]] = {}
        for k, label in enumerate(self.labels):
            scores[label] = {"positives": int(self.y[:, k].sum())}
            for name, metric in METRICS.items():
                values = metric(self.y[:, k], p[:, k], weights)
                scores[label] |= self.summary(name, values)
        return scores

    def by_instrument(self, p: np.ndarray) -> dict[str, dict[str, Any]]:
        """Return the overall scores of the runs of each instrument."""
        return {
            str(name): {
                "runs": int((self.instruments == name).sum()),
                **self.overall(p, np.flatnonzero(self.instruments == name)),
            }
            for name in sorted(set(self.instruments))
        }

    def weights(self, n_runs: int) -> np.ndarray:
        """Return how often each run counts, (1 + n_resamples, n_runs): first, once."""
        resamples = bootstrap_weights(
            n_runs, self.settings.bootstrap_samples, self.seed
        )
        return np.vstack([np.ones(n_runs), resamples])

    def summary(self, name: str, values: np.ndarray) -> dict[str, float | None]:
        """Return a score and its interval from its values per row of `weights`."""
        tail = (1 - self.settings.interval) / 2
        resampled = values[1:][np.isfinite(values[1:])]
        low, high = (
            np.quantile(resampled, [tail, 1 - tail]) if len(resampled) else [np.nan] * 2
        )
        return {
            name: _rounded(values[0]),
            f"{name}_low": _rounded(low),
            f"{name}_high": _rounded(high),
        }


def _scored(
    runs: pl.DataFrame, role: str, params: Params
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """Return labelled runs of a role, sorted by id, and each system's probabilities."""
    labels = params.data.labels
    run_role = "train" if role == "out_of_fold" else role
    truth = runs.filter(pl.col("role") == run_role).sort("sample_id")
    training = runs.filter(pl.col("role") == "train")
    prior = training.select(labels).to_numpy().mean(axis=0)
    probabilities = {BASELINE: np.tile(prior, (len(truth), 1))}
    for name in SYSTEMS[1:]:
        table = run_probabilities(name, role, labels)
        joined = truth.select("sample_id").join(
            table, on="sample_id", how="left", maintain_order="left"
        )
        probabilities[name] = joined.select(labels).to_numpy()
    return truth, probabilities


def _permutation_p_values(
    training: pl.DataFrame, probabilities: dict[str, np.ndarray], params: Params
) -> dict[str, float]:
    """Return how often labels dealt out anew within instruments score as well."""
    y = training.select(params.data.labels).to_numpy()
    instruments = training["instrument_type"].to_numpy()
    seed = integer(params.seed, "permutation")
    return {
        name: round(
            permutation_p_value(
                y, probabilities[name], instruments, params.evaluate.permutations, seed
            ),
            DIGITS,
        )
        for name in SYSTEMS
    }


def _run_counts(runs: pl.DataFrame) -> dict[str, int]:
    counts = {
        role: int((runs["role"] == role).sum()) for role in ("train", "holdout", "test")
    }
    return {**counts, "quarantined": read_csv(paths.QUARANTINE)["sample_id"].n_unique()}


def _reliability(
    scored: dict[str, tuple[pl.DataFrame, dict[str, np.ndarray]]], params: Params
) -> pl.DataFrame:
    truth, probabilities = scored["out_of_fold"]
    y = truth.select(params.data.labels).to_numpy().astype(float)
    bins = params.evaluate.reliability_bins
    rows = [
        {"family": name, "label": label, **row}
        for name in SYSTEMS[1:]
        for k, label in enumerate(params.data.labels)
        for row in reliability(y[:, k], probabilities[name][:, k], bins)
    ]
    return pl.DataFrame(rows).with_columns(
        pl.col("predicted", "observed", "standard_error").round(DIGITS)
    )


def _cv_against_holdout(metrics: dict[str, Any], params: Params) -> pl.DataFrame:
    by_label = metrics["by_label"]
    rows = [
        {
            "family": name,
            "label": label,
            "out_of_fold_log_loss": by_label["out_of_fold"][name][label]["log_loss"],
            "holdout_log_loss": by_label.get("holdout", {})
            .get(name, {})
            .get(label, {})
            .get("log_loss"),
        }
        for name in SYSTEMS[1:]
        for label in params.data.labels
    ]
    return pl.DataFrame(rows, schema_overrides={"holdout_log_loss": pl.Float64})


def _rounded(value: float) -> float | None:
    return round(float(value), DIGITS) if np.isfinite(value) else None
