"""Scores of predicted probabilities, with row weights for the bootstrap.

All functions take `y` (n_runs,) 0/1, `p` (n_runs,) probabilities and `weights`
(n_samples, n_runs), and return (n_samples,): one score for each row of weights. Plain
scores are those of one row of ones. NaN where a score is undefined, such as the AUC of
a label that has only one class.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# a hard 0 or 1 would make the loss of one wrong run infinite
CLIP = 1e-6


def log_losses(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the loss of each element, in the shape of `p`."""
    p = np.clip(p, CLIP, 1 - CLIP)
    return -np.where(y > 0.5, np.log(p), np.log1p(-p))


def log_loss(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean negative log-likelihood."""
    return weights @ log_losses(y, p) / weights.sum(axis=1)


def brier(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean squared difference of probability and label (Brier 1950)."""
    return weights @ (p - y) ** 2 / weights.sum(axis=1)


def _counts_by_threshold(
    y: np.ndarray, p: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return weights of true and false positives at each distinct threshold."""
    order = np.argsort(-p, kind="stable")
    last_of_tie = np.append(np.diff(p[order]) != 0, [True])
    ordered = weights[:, order]
    true = np.cumsum(ordered * y[order], axis=1)[:, last_of_tie]
    false = np.cumsum(ordered * (1 - y[order]), axis=1)[:, last_of_tie]
    zero = np.zeros((len(weights), 1))
    return np.hstack([zero, true]), np.hstack([zero, false])


def auc(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the receiver operating characteristic; ties count one half."""
    true, false = _counts_by_threshold(y, p, weights)
    area = np.sum(np.diff(false, axis=1) * (true[:, 1:] + true[:, :-1]) / 2, axis=1)
    total = true[:, -1] * false[:, -1]
    return np.where(total > 0, area / np.where(total > 0, total, 1), np.nan)


def average_precision(y: np.ndarray, p: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Precision averaged over the steps of recall."""
    true, false = _counts_by_threshold(y, p, weights)
    total = true + false
    precision = true / np.where(total > 0, total, 1)
    positives = true[:, -1]
    gain = np.sum(np.diff(true, axis=1) * precision[:, 1:], axis=1)
    return np.where(positives > 0, gain / np.where(positives > 0, positives, 1), np.nan)


def calibration_error(
    y: np.ndarray, p: np.ndarray, weights: np.ndarray, bins: int = 10
) -> np.ndarray:
    """Return the expected calibration error: |mean p - share of positives| over bins.

    Bins hold equal shares of the runs (Nguyen and O'Connor 2015), since most
    probabilities lie near 0.
    """
    edges = np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1])
    member = np.digitize(p, edges)[:, None] == np.arange(bins)
    gap = weights @ (member * (p - y)[:, None])
    return np.abs(gap).sum(axis=1) / weights.sum(axis=1)


METRICS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "log_loss": log_loss,
    "auc": auc,
    "average_precision": average_precision,
    "brier": brier,
    "calibration_error": calibration_error,
}


def bootstrap_weights(n_runs: int, n_samples: int, seed: int) -> np.ndarray:
    """Return how often each run is drawn in each resample, (n_samples, n_runs)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_runs, np.full(n_runs, 1 / n_runs), n_samples).astype(float)


def reliability(y: np.ndarray, p: np.ndarray, bins: int) -> list[dict[str, float]]:
    """Return mean probability, share of positives, its standard error and size per bin.

    Bins hold equal shares of the runs.
    """
    rows = []
    for part in np.array_split(np.argsort(p, kind="stable"), bins):
        if len(part):
            share = float(y[part].mean())
            rows.append(
                {
                    "predicted": float(p[part].mean()),
                    "observed": share,
                    "standard_error": float(np.sqrt(share * (1 - share) / len(part))),
                    "runs": len(part),
                }
            )
    return rows
