"""Batches for networks: background out, gain, mixing, shift and binning in one loop.

Augmentation follows the write-ups of the Mars Spectrometry challenge: random background
quantile, gain 2^N per ion and mixing of two runs by mean or maximum with the labels of
both (1st place), temperature offsets (2nd place).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from models.network_runs import BACKGROUND_QUANTILES, NetworkRuns

_ALONE, _MEAN, _MAXIMUM = 0, 1, 2
# background quantile and shift (in bins) of each view of a run that is predicted
VIEWS = (
    (1, 0.0),
    (2, 0.4),
    (3, -0.4),
    (0, 0.2),
    (4, -0.2),
    (1, 0.6),
    (2, -0.6),
    (3, 0),
)


@dataclass(frozen=True)
class Binning:
    """Temperature bins of whole grid cells: `n_bins` bins from `first_cell` on."""

    first_cell: int
    cells_per_bin: int
    n_bins: int


@dataclass(frozen=True)
class Augmentation:
    """How strongly training batches differ from the runs.

    Attributes
    ----------
    gain_log2 : float
        Ions are multiplied by 2^Normal(0, s), where s is drawn for each run between 0
        and twice this.
    mix_share : float
        Share of a batch that mixes two runs.
    shift_cells : int
        Temperatures move by up to this many cells either way.
    """

    gain_log2: float
    mix_share: float
    shift_cells: int


def augmented_batch(
    runs: NetworkRuns,
    y: np.ndarray,
    rows: np.ndarray,
    binning: Binning,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return training input and labels of the runs in `rows`.

    Every run of `runs` may become a partner, so `runs` must hold training runs only.

    Returns
    -------
    bins : (n_rows, n_mz, n_bins) float32
        Mean abundance of each bin, in shares of the run's maximum.
    labels : (n_rows, n_labels) float32
        A mix has the labels of both runs.
    """
    n, n_mz = len(rows), runs.abundance.shape[1]
    partners = rng.integers(len(runs), size=n)
    mixed = rng.random(n) < augmentation.mix_share
    mode = np.where(mixed, rng.integers(_MEAN, _MAXIMUM + 1, size=n), _ALONE)
    shift = rng.integers(
        -augmentation.shift_cells, augmentation.shift_cells + 1, size=n
    )
    weight = rng.uniform(0.2, 0.8, size=n).astype(np.float32)
    bins = np.empty((n, n_mz, binning.n_bins), dtype=np.float32)
    sides = [
        (
            which,
            rng.integers(len(BACKGROUND_QUANTILES), size=n),
            _gain(n, n_mz, augmentation.gain_log2, rng),
        )
        for which in (rows, partners)
    ]
    _fill(bins, runs, sides[0], sides[1], mode, weight, shift, binning)
    labels = y[rows].astype(np.float32)
    labels[mixed] = np.maximum(labels[mixed], y[partners[mixed]])
    return bins, labels


def view(runs: NetworkRuns, binning: Binning, number: int) -> np.ndarray:
    """Return (n_runs, n_mz, n_bins) of runs as they are, in one of `VIEWS`.

    View 0 has the usual background and no shift; averaging predictions over the others
    is test-time augmentation.
    """
    quantile, shift_bins = VIEWS[number % len(VIEWS)]
    n, n_mz = runs.abundance.shape[:2]
    bins = np.empty((n, n_mz, binning.n_bins), dtype=np.float32)
    side = (
        np.arange(n),
        np.full(n, quantile),
        np.ones((n, n_mz), dtype=np.float32),
    )
    _fill(
        bins,
        runs,
        side,
        side,
        np.full(n, _ALONE),
        np.ones(n, dtype=np.float32),
        np.full(n, round(shift_bins * binning.cells_per_bin)),
        binning,
    )
    return bins


_Side = tuple[np.ndarray, np.ndarray, np.ndarray]


def _gain(n: int, n_mz: int, octaves: float, rng: np.random.Generator) -> np.ndarray:
    spread = 2 * octaves * rng.random((n, 1), dtype=np.float32)
    return np.exp2(spread * rng.standard_normal((n, n_mz), dtype=np.float32))


def _fill(
    bins: np.ndarray,
    runs: NetworkRuns,
    first: _Side,
    second: _Side,
    mode: np.ndarray,
    weight: np.ndarray,
    shift: np.ndarray,
    binning: Binning,
) -> None:
    scaled = []
    for rows, quantile, gain in (first, second):
        background = np.take_along_axis(
            runs.background[rows], quantile[:, None, None], axis=2
        )[..., 0]
        scale = gain / runs.maximum[rows, quantile][:, None]
        scaled.append((rows, background, scale.astype(np.float32)))
    (a, background_a, scale_a), (b, background_b, scale_b) = scaled
    _bin(
        bins,
        runs.abundance,
        runs.observed,
        a,
        background_a,
        scale_a,
        b,
        background_b,
        scale_b,
        mode,
        weight,
        binning.first_cell - shift,
        binning.cells_per_bin,
    )


@njit(fastmath=True, cache=True, nogil=True)
def _bin(
    bins: np.ndarray,
    abundance: np.ndarray,
    observed: np.ndarray,
    a: np.ndarray,
    background_a: np.ndarray,
    scale_a: np.ndarray,
    b: np.ndarray,
    background_b: np.ndarray,
    scale_b: np.ndarray,
    mode: np.ndarray,
    weight: np.ndarray,
    first_cell: np.ndarray,
    cells_per_bin: int,
) -> None:
    n_rows, n_mz, n_bins = bins.shape
    zero = np.float32(0)
    for row in range(n_rows):
        i, j, w = a[row], b[row], weight[row]
        for mz in range(n_mz):
            for n in range(n_bins):
                total = zero
                start = first_cell[row] + n * cells_per_bin
                for cell in range(start, start + cells_per_bin):
                    value = zero
                    if observed[i, 0] <= cell < observed[i, 1]:
                        above = abundance[i, mz, cell] - background_a[row, mz]
                        value = max(above, zero) * scale_a[row, mz]
                    if mode[row] != _ALONE:
                        other = zero
                        if observed[j, 0] <= cell < observed[j, 1]:
                            above = abundance[j, mz, cell] - background_b[row, mz]
                            other = max(above, zero) * scale_b[row, mz]
                        if mode[row] == _MEAN:
                            value = w * value + (np.float32(1) - w) * other
                        else:
                            value = max(value, other)
                    total += value
                bins[row, mz, n] = total / np.float32(cells_per_bin)
