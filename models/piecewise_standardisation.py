"""Calibration transfer: spectra of one instrument made to look like another's.

Piecewise direct standardisation (Wang, Veltkamp and Kowalski 1991,
doi:10.1021/ac00023a016): each point of the target instrument is a ridge regression
on a window of points of the source instrument, learnt from samples that both have
measured.
"""

from __future__ import annotations

import numpy as np


class PiecewiseStandardisation:
    """Maps source spectra to target spectra.

    Parameters
    ----------
    half_window_points : int
        Points to either side of the regressed one.
    ridge : float
        Penalty in shares of the mean square of the window; keeps few samples stable.
    """

    def __init__(self, half_window_points: int = 5, ridge: float = 0.01) -> None:
        if half_window_points < 0 or ridge <= 0:
            raise ValueError(
                f"got half_window_points {half_window_points}, ridge {ridge}; expected "
                "at least 0 and above 0"
            )
        self.half_window_points, self.ridge = half_window_points, ridge

    def fit(self, source: np.ndarray, target: np.ndarray) -> PiecewiseStandardisation:
        """Learn from (n_samples, n_points) of the same samples in the same order."""
        if source.shape != target.shape:
            raise ValueError(
                f"got {source.shape} source and {target.shape} target spectra; "
                "expected the same samples on the same axis"
            )
        self.source_mean_, self.target_mean_ = source.mean(axis=0), target.mean(axis=0)
        x, y = source - self.source_mean_, target - self.target_mean_
        self.weights_ = []
        for point in range(source.shape[1]):
            window = x[:, self._window(point, source.shape[1])]
            square = window.T @ window
            penalty = self.ridge * np.trace(square) / len(square) + 1e-12
            square[np.diag_indices_from(square)] += penalty
            self.weights_.append(np.linalg.solve(square, window.T @ y[:, point]))
        return self

    def transform(self, source: np.ndarray) -> np.ndarray:
        """Return (n_spectra, n_points) as the target instrument would show them."""
        x = source - self.source_mean_
        columns = [
            x[:, self._window(point, x.shape[1])] @ weights
            for point, weights in enumerate(self.weights_)
        ]
        moved: np.ndarray = np.stack(columns, axis=1) + self.target_mean_
        return moved

    def _window(self, point: int, n_points: int) -> slice:
        start = max(0, point - self.half_window_points)
        return slice(start, min(n_points, point + self.half_window_points + 1))
