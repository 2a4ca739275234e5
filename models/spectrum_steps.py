"""Preprocessing of Raman spectra as scikit-learn transformers, each row by itself.

All of them map (n_spectra, n_points) to the same shape and learn nothing from other
spectra, so that they can't leak from a test spectrum into training.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np
from pybaselines import Baseline
from scipy.signal import savgol_filter
from sklearn.base import BaseEstimator, TransformerMixin

_SMALLEST = 1e-12


class _RowStep(TransformerMixin, BaseEstimator, ABC):
    """A step that has nothing to fit but the number of points."""

    def fit(self, X: np.ndarray, y: object = None) -> _RowStep:
        """Remember the number of points."""
        self.n_features_in_ = _checked(X).shape[1]
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return the processed spectra, float64 (n_spectra, n_points)."""
        X = _checked(X)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"{type(self).__name__}: got {X.shape[1]} points; expected "
                f"{self.n_features_in_}, as in fit"
            )
        return self._processed(X)

    @abstractmethod
    def _processed(self, X: np.ndarray) -> np.ndarray:
        """Return the processed spectra of checked ones."""


class SpectrumScaling(_RowStep):
    """Divide each spectrum by its first point, its maximum or its mean."""

    def __init__(self, by: Literal["first", "maximum", "mean"] = "mean") -> None:
        self.by = by

    def _processed(self, X: np.ndarray) -> np.ndarray:
        size = {
            "first": lambda: np.abs(X[:, :1]),
            "maximum": lambda: np.abs(X).max(axis=1, keepdims=True),
            "mean": lambda: np.abs(X).mean(axis=1, keepdims=True),
        }[self.by]()
        return X / np.maximum(size, _SMALLEST)


class SavitzkyGolay(_RowStep):
    """Smoothed spectrum or its derivative per point (Savitzky and Golay 1964)."""

    def __init__(
        self, window_points: int = 15, polynomial_order: int = 2, derivative: int = 0
    ) -> None:
        self.window_points = window_points
        self.polynomial_order = polynomial_order
        self.derivative = derivative

    def _processed(self, X: np.ndarray) -> np.ndarray:
        smooth: np.ndarray = savgol_filter(
            X, self.window_points, self.polynomial_order, deriv=self.derivative, axis=1
        )
        return smooth


class StandardNormalVariate(_RowStep):
    """Mean 0 and standard deviation 1 in each spectrum; flat spectra become zero."""

    def _processed(self, X: np.ndarray) -> np.ndarray:
        centred = X - X.mean(axis=1, keepdims=True)
        spread = centred.std(axis=1, keepdims=True)
        level = np.abs(X).mean(axis=1, keepdims=True)
        # rounding leaves a flat spectrum a spread of its own
        flat = spread <= _SMALLEST * np.maximum(level, _SMALLEST)
        scaled: np.ndarray = np.where(flat, 0.0, centred / np.where(flat, 1.0, spread))
        return scaled


class BaselineSubtraction(_RowStep):
    """Subtract an asymmetrically reweighted Whittaker baseline (arPLS).

    Baek et al. 2015, doi:10.1039/C4AN01061B, as pybaselines computes it. `stiffness`
    is its lambda: the higher, the straighter the baseline.
    """

    def __init__(self, stiffness: float = 1e6) -> None:
        self.stiffness = stiffness

    def _processed(self, X: np.ndarray) -> np.ndarray:
        fitter = Baseline(x_data=np.arange(X.shape[1]), check_finite=False)
        return np.array([row - fitter.arpls(row, lam=self.stiffness)[0] for row in X])


def _checked(X: np.ndarray) -> np.ndarray:
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2:
        raise ValueError(
            f"spectra: got {X.ndim} axes; expected (n_spectra, n_points). "
            "Reshape a single spectrum with X[None]"
        )
    if not np.isfinite(X).all():
        row, point = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(
            f"spectra: row {row}, point {point} is NaN or infinite; expected numbers"
        )
    return X
