"""The three most prominent peaks of each ion: temperature, height, prominence."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from features.feature import Feature, FeatureBlock, ion_features
from features.grid import EgaGrid

N_PEAKS = 3
SMOOTHING_CELLS = 5
# a peak must rise by this share of the ion's own maximum to count
MINIMUM_PROMINENCE = 0.05
QUANTITIES = (
    ("temperature", "celsius", "temperature"),
    ("height", "relative abundance", "height"),
    ("prominence", "relative abundance", "prominence"),
)


def strongest_peaks(signal: np.ndarray, temperatures: np.ndarray) -> np.ndarray:
    """Return (3, 3): temperature, height and prominence of up to three peaks.

    Rows run over the quantities, columns over peaks by falling prominence; NaN where
    there are fewer peaks. `signal` is (n_temperatures,), without NaN.
    """
    result = np.full((len(QUANTITIES), N_PEAKS), np.nan, dtype=np.float32)
    largest = signal.max(initial=0)
    if largest <= 0:
        return result
    # a zero on either side lets a peak at the end of the run count
    padded = np.concatenate(([0], signal, [0]))
    index, found = find_peaks(padded, prominence=MINIMUM_PROMINENCE * largest)
    order = np.argsort(-found["prominences"], kind="stable")[:N_PEAKS]
    index = index[order] - 1
    result[0, : len(order)] = temperatures[index]
    result[1, : len(order)] = signal[index]
    result[2, : len(order)] = found["prominences"][order]
    return result


def prominent_peaks(grid: EgaGrid) -> FeatureBlock:
    """Return temperature, height and prominence of three peaks per ion."""
    smooth = uniform_filter1d(
        np.nan_to_num(grid.abundance, nan=0.0), SMOOTHING_CELLS, mode="nearest"
    )
    temperatures = grid.temperature_centres_celsius
    n_runs, n_mz, _ = smooth.shape
    values = np.empty((len(QUANTITIES), N_PEAKS, n_runs, n_mz), dtype=np.float32)
    for run in range(n_runs):
        for ion in range(n_mz):
            values[:, :, run, ion] = strongest_peaks(smooth[run, ion], temperatures)
    features: list[Feature] = []
    for quantity, unit, words in QUANTITIES:
        for peak in range(1, N_PEAKS + 1):
            features += ion_features(
                "prominent_peaks",
                f"peak{peak}_{quantity}",
                grid.mz_values,
                unit,
                f"{words} of the ion's peak number {peak} by prominence",
            )
    table = values.transpose(2, 0, 1, 3).reshape(n_runs, -1)
    return FeatureBlock(tuple(features), table)
