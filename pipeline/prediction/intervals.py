"""Intervals of a probability across the models of the outer folds.

Each outer fold has an ensemble of its own, trained on other runs. The interval says
where one more such ensemble would put the probability. Its width is the spread of the
folds' log-odds times a factor that is measured on runs which no fold has learnt from:
each fold in turn is left out, and the factor is the smallest at which the wanted share
of the left-out log-odds lies within the interval of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, stdtrit

CLIP = 1e-6
# below this, a spread is rounding
SMALLEST_SPREAD = 1e-3
# with fewer runs or folds the factor is that of normal log-odds
MINIMUM_RUNS = 30
MINIMUM_FOLDS = 4


@dataclass(frozen=True)
class IntervalFactor:
    """How many spreads wide an interval is, and what that was measured on.

    Attributes
    ----------
    coverage : float
        Wanted share.
    factor : float
    runs : int
        Runs behind it; 0 if the factor is that of normal log-odds.
    found : float
        Coverage on one half of the runs with the factor of the other half; NaN if not
        measured.
    """

    coverage: float
    factor: float
    runs: int
    found: float


def fit_interval(probability: np.ndarray, coverage: float) -> IntervalFactor:
    """Measure the factor.

    Parameters
    ----------
    probability : (n_folds, n_runs, n_labels)
        Blended probabilities of runs that no fold has learnt from.
    """
    n_folds, n_runs = probability.shape[:2]
    if n_folds < MINIMUM_FOLDS or n_runs < MINIMUM_RUNS:
        return IntervalFactor(coverage, _normal(n_folds, coverage), 0, float("nan"))
    distance = _left_out_distances(_logits(probability))
    halves = distance[:, ::2], distance[:, 1::2]
    found = [
        float(np.mean(there <= np.quantile(here, coverage)))
        for here, there in (halves, halves[::-1])
    ]
    factor = float(np.quantile(distance, coverage))
    return IntervalFactor(coverage, factor, n_runs, float(np.mean(found)))


def interval(probability: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Return low and high (n_runs, n_labels) of (n_folds, n_runs, n_labels).

    The mean probability always lies within.
    """
    logits = _logits(probability)
    centre, spread = logits.mean(axis=0), _spread(logits)
    mean = probability.mean(axis=0)
    low, high = expit(centre - factor * spread), expit(centre + factor * spread)
    return np.minimum(low, mean), np.maximum(high, mean)


def _left_out_distances(logits: np.ndarray) -> np.ndarray:
    """Return (n_folds, n_runs, n_labels): distance to the others, in their spreads."""
    distances = []
    for fold in range(len(logits)):
        others = np.delete(logits, fold, axis=0)
        gap = np.abs(logits[fold] - others.mean(axis=0))
        distances.append(gap / _spread(others))
    return np.stack(distances)


def _spread(logits: np.ndarray) -> np.ndarray:
    if len(logits) < 2:
        return np.full(logits.shape[1:], SMALLEST_SPREAD)
    return np.maximum(logits.std(axis=0, ddof=1), SMALLEST_SPREAD)


def _normal(n_folds: int, coverage: float) -> float:
    """Return the factor for one more draw of a normal distribution."""
    degrees = max(n_folds - 1, 1)
    quantile = stdtrit(degrees, (1 + coverage) / 2)
    return float(quantile * np.sqrt(1 + 1 / max(n_folds, 1)))


def _logits(probability: np.ndarray) -> np.ndarray:
    return np.asarray(logit(np.clip(probability, CLIP, 1 - CLIP)))
