"""The published generator as a straightforward script: the reference for ours.

One spectrum after the other, one scalar call of the generator for each number, a dense
Gaussian filter over the whole line. Tests compare every bit with it,
`benchmarks.spectra` compares the time.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d


def plain_sets(
    classes: list[tuple[list[int], list[float]]],
    *,
    keep_largest: bool,
    n_train: int = 50,
    n_validation: int = 10,
    points: int = 5000,
    seed: int = 2022,
) -> tuple[np.ndarray, np.ndarray]:
    """Return training and validation curves, (n, points) float64 each.

    Parameters
    ----------
    classes : list of (positions, heights)
    keep_largest : bool
        A height of exactly 1 stays and draws nothing.
    """
    rng = np.random.default_rng(seed)
    train, validation = [], []
    for positions, heights in classes:
        for number in range(n_train + n_validation):
            curve = _one(rng, positions, heights, points, keep_largest=keep_largest)
            (train if number < n_train else validation).append(curve)
    return np.array(train), np.array(validation)


def _one(
    rng: np.random.Generator,
    positions: list[int],
    heights: list[float],
    points: int,
    *,
    keep_largest: bool,
) -> np.ndarray:
    moved = [rng.integers(p - 50, p + 50) for p in positions]
    changed = [
        h if keep_largest and h == 1.0 else rng.uniform(h - 0.05, h + 0.05)
        for h in heights
    ]
    line = np.zeros(points)
    line[np.clip(moved, 0, points - 1)] = np.clip(changed, 0, 2)
    curve: np.ndarray = gaussian_filter1d(line, rng.uniform(2, 5), mode="constant")
    return curve


def plain_test_curve(
    positions: list[int],
    heights: list[float],
    shift: int,
    change: float,
    points: int = 5000,
) -> np.ndarray:
    """Return one test spectrum, (points,) float64."""
    line = np.zeros(points)
    moved = np.clip(np.array(positions) + shift, 0, points - 1)
    line[moved] = np.clip([h if h == 1.0 else h + change for h in heights], 0, 2)
    curve: np.ndarray = gaussian_filter1d(line, 2.0, mode="constant")
    return curve
