"""Scores of the SAM study: log-loss with intervals, beside the unaltered training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit, logit

from models.metrics import auc, bootstrap_weights, log_losses
from pipeline.params import Params
from pipeline.sam_transfer_units import SCORED, Arrays, Unit
from pipeline.seeds import integer

BASELINE = "prevalence"
REFERENCE = "none"
SINGLE, AVERAGE = "single", "average"
DIGITS = 4


@dataclass(frozen=True)
class Predictions:
    """What one way of training and predicting says of the runs of a data set.

    Attributes
    ----------
    variant : str
    translated : bool
        Whether the runs went through the learnt translation first.
    logits : (n_members, n_runs, n_labels)
        Of the same runs in every `Predictions` of a comparison.
    """

    variant: str
    translated: bool
    logits: np.ndarray


def score_table(results: Iterable[tuple[Unit, Arrays]], params: Params) -> pl.DataFrame:
    """Return a row for each data set, kind of scored runs, variant and average.

    A single member's loss is the mean over the members; the average is that of their
    logits. Intervals are over runs; `change` is the difference to unaltered training
    without translation, resampled in pairs.
    """
    by_data_set: dict[str, list[tuple[Unit, Arrays]]] = defaultdict(list)
    for unit, arrays in results:
        by_data_set[unit.data_set].append((unit, arrays))
    rows = []
    for data_set, members in by_data_set.items():
        for scored in SCORED:
            y, predictions = _gather(members, scored)
            for row in compare(y, predictions, params):
                rows.append({"data_set": data_set, "scored": scored, **row})
    return pl.DataFrame(rows)


def compare(
    y: np.ndarray, predictions: list[Predictions], params: Params
) -> list[dict[str, object]]:
    """Score predictions of the same runs, (n_runs, n_labels); see `score_table`."""
    settings = params.evaluate
    seed = integer(params.seed, "sam_transfer", "bootstrap")
    resampled = bootstrap_weights(len(y), settings.bootstrap_samples, seed)
    weights = np.vstack([np.ones(len(y)), resampled]) / len(y)
    tail = (1 - settings.interval) / 2
    rows: list[dict[str, object]] = []
    references: dict[str, np.ndarray] = {}
    for prediction in predictions:
        ways = (AVERAGE,) if len(prediction.logits) == 1 else (SINGLE, AVERAGE)
        for way in ways:
            losses, probabilities = _losses(y, prediction.logits, way)
            samples = weights @ losses
            if prediction.variant == REFERENCE and not prediction.translated:
                references[way] = samples
            low, high = np.quantile(samples[1:], [tail, 1 - tail])
            row = {
                "variant": prediction.variant,
                "translated": prediction.translated,
                "members": way,
                "runs": len(y),
                "positives": int(y.sum()),
                "log_loss": samples[0],
                "low": low,
                "high": high,
            }
            change = samples - references.get(way, np.full_like(samples, np.nan))
            row["change"] = change[0]
            row["change_low"], row["change_high"] = np.quantile(
                change[1:], [tail, 1 - tail]
            )
            row["mean_probability"] = probabilities.mean()
            row["auc"] = _mean_auc(y, probabilities)
            rows.append(_rounded(row))
    return rows


def _gather(
    members: list[tuple[Unit, Arrays]], scored: str
) -> tuple[np.ndarray, list[Predictions]]:
    """Return labels and predictions of the runs of all splits, one after the other."""
    cells = {(u.variant, u.seed, u.split): arrays for u, arrays in members}
    variants = list(dict.fromkeys(u.variant for u, _ in members))
    seeds = sorted({u.seed for u, _ in members})
    n_splits = sorted({u.split for u, _ in members})
    first = [cells[variants[0], seeds[0], split] for split in n_splits]
    y = np.concatenate([arrays[f"{scored}_y"] for arrays in first])
    prior = np.concatenate(
        [np.tile(a["prevalence"], (len(a[f"{scored}_y"]), 1)) for a in first]
    )
    prior = np.clip(prior, 1e-6, 1 - 1e-6)
    predictions = []
    for variant in variants:
        for key in (scored, f"{scored}_translated"):
            if key in first[0]:
                logits = [
                    np.concatenate([cells[variant, seed, s][key] for s in n_splits])
                    for seed in seeds
                ]
                predictions.append(
                    Predictions(variant, key != scored, np.stack(logits))
                )
    # the reference goes first, so that all others find it
    predictions.sort(key=lambda p: (p.variant != REFERENCE, p.translated))
    baseline = Predictions(BASELINE, translated=False, logits=logit(prior)[None])
    return y, [*predictions, baseline]


def _losses(
    y: np.ndarray, logits: np.ndarray, way: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of each run, and probabilities (n_members, n_runs, n_labels)."""
    if way == AVERAGE:
        logits = logits.mean(axis=0, keepdims=True)
    probabilities = expit(logits)
    return log_losses(y, probabilities).mean(axis=(0, 2)), probabilities


def _mean_auc(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Average over members and those labels that have both classes."""
    ones = np.ones((1, len(y)))
    values = [
        auc(y[:, k], member[:, k], ones)[0]
        for member in probabilities
        for k in range(y.shape[1])
        if 0 < y[:, k].sum() < len(y)
    ]
    return float(np.mean(values)) if values else np.nan


def _rounded(row: dict[str, object]) -> dict[str, object]:
    return {
        key: None
        if isinstance(value, float) and np.isnan(value)
        else round(float(value), DIGITS)
        if isinstance(value, float)
        else value
        for key, value in row.items()
    }
