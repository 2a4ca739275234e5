"""Whether stated probabilities can be taken at their word.

The calibration line is the logistic regression of the labels on the logits of the
stated probabilities (Cox 1958): slope 1 and intercept 0 are perfect, a slope below 1
means that the probabilities are too extreme, one above 1 that they are too cautious.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.metrics import CLIP


@dataclass(frozen=True)
class CalibrationLine:
    """logit(share of positives) = intercept + slope * logit(p), with standard errors.

    All NaN where no line can be fitted: one class only, equal probabilities, or a
    threshold that separates the classes, which any steeper line would fit better.
    """

    intercept: float = math.nan
    slope: float = math.nan
    intercept_error: float = math.nan
    slope_error: float = math.nan


def calibration_line(y: np.ndarray, p: np.ndarray, runs: np.ndarray) -> CalibrationLine:
    """Fit the line.

    Parameters
    ----------
    y : (n,) 0/1
    p : (n,)
        Stated probabilities.
    runs : (n,) integers
        The run of each row. Rows of one run are not independent, so standard errors
        add up its rows first (the sandwich estimate for clusters).
    """
    x = logit(np.clip(p, CLIP, 1 - CLIP))
    if not _overlap(x[y > 0.5], x[y <= 0.5]):
        return CalibrationLine()
    design = np.column_stack([np.ones(len(x)), x])

    def loss(line: np.ndarray) -> float:
        z = design @ line
        return float(np.mean(np.logaddexp(0, z) - y * z))

    def gradient(line: np.ndarray) -> np.ndarray:
        return design.T @ (expit(design @ line) - y) / len(y)

    def curvature(line: np.ndarray) -> np.ndarray:
        q = expit(design @ line)
        return (design * (q * (1 - q))[:, None]).T @ design / len(y)

    start = np.array([0.0, 1.0])
    line = minimize(
        loss, start, method="trust-exact", jac=gradient, hess=curvature, tol=1e-9
    ).x
    pull = design * (expit(design @ line) - y)[:, None]
    by_run = np.column_stack([np.bincount(runs, weights=column) for column in pull.T])
    inverse = np.linalg.inv(curvature(line) * len(y))
    error = np.sqrt(np.diag(inverse @ (by_run.T @ by_run) @ inverse))
    return CalibrationLine(*map(float, (*line, *error)))


def _overlap(positive: np.ndarray, negative: np.ndarray) -> bool:
    """Tell whether no threshold separates the classes, in either direction."""
    if len(positive) == 0 or len(negative) == 0:
        return False
    return bool(positive.min() < negative.max() and negative.min() < positive.max())


def reliability_curve(
    y: np.ndarray, p: np.ndarray, bins: int, z: float
) -> list[dict[str, float]]:
    """Return mean probability, share of positives, its interval and size per bin.

    Bins split 0..1 into equal parts; empty ones are left out. The interval is Wilson's,
    `z` standard errors wide to each side.
    """
    member = np.minimum((p * bins).astype(int), bins - 1)
    rows = []
    for number in range(bins):
        part = member == number
        n = int(part.sum())
        if n == 0:
            continue
        share = float(y[part].mean())
        shrink = 1 + z**2 / n
        centre = (share + z**2 / (2 * n)) / shrink
        half = z / shrink * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        rows.append(
            {
                "predicted": float(p[part].mean()),
                "observed": share,
                # rounding may leave the interval a hair short of 0 or 1
                "low": min(max(centre - half, 0.0), share),
                "high": max(min(centre + half, 1.0), share),
                "decisions": n,
            }
        )
    return rows
