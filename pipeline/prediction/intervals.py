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
    distances : tuple[float, ...]
        Of each label: log-odds that the wanted share lies within, whatever the spread,
        for predictions of too few folds to have one. Empty if not measured.
    """

    coverage: float
    factor: float
    runs: int
    found: float
    distances: tuple[float, ...] = ()


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
    gap, spread = _left_out(_logits(probability))
    distance = gap / spread
    halves = distance[:, ::2], distance[:, 1::2]
    found = [
        float(np.mean(there <= np.quantile(here, coverage)))
        for here, there in (halves, halves[::-1])
    ]
    factor = float(np.quantile(distance, coverage))
    labels = range(probability.shape[2])
    distances = tuple(float(np.quantile(gap[..., n], coverage)) for n in labels)
    return IntervalFactor(coverage, factor, n_runs, float(np.mean(found)), distances)


def interval(
    probability: np.ndarray, measured: IntervalFactor
) -> tuple[np.ndarray, np.ndarray]:
    """Return low and high (n_runs, n_labels) of (n_folds, n_runs, n_labels).

    The mean probability always lies within.
    """
    logits = _logits(probability)
    centre, mean = logits.mean(axis=0), probability.mean(axis=0)
    if len(logits) >= MINIMUM_FOLDS:
        half = measured.factor * _spread(logits)
    elif measured.distances:
        half = np.array(measured.distances)
    elif len(logits) == 1:
        return np.zeros_like(mean), np.ones_like(mean)  # nothing is known
    else:
        half = _normal(len(logits), measured.coverage) * _spread(logits)
    low, high = expit(centre - half), expit(centre + half)
    return np.minimum(low, mean), np.maximum(high, mean)


def _left_out(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each fold's distance to the mean of the others, and the others' spread.

    Both are (n_folds, n_runs, n_labels).
    """
    gaps, spreads = [], []
    for fold in range(len(logits)):
        others = np.delete(logits, fold, axis=0)
        gaps.append(np.abs(logits[fold] - others.mean(axis=0)))
        spreads.append(_spread(others))
    return np.stack(gaps), np.stack(spreads)


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
