"""Training rows of a fold: runs as they are, and augmented copies of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TrainingRows:
    """Rows to learn from.

    Attributes
    ----------
    X : (n_rows, n_features) float32
        Features, NaN for missing.
    y : (n_rows, n_labels) 0/1
        A mix of two runs has the labels of both.
    first, second : (n_rows,) int
        The runs behind a row; equal unless the row is a mix.
    is_copy : (n_rows,) bool
        Whether the row is augmented.
    """

    X: np.ndarray
    y: np.ndarray
    first: np.ndarray
    second: np.ndarray
    is_copy: np.ndarray

    def from_runs(self, training: np.ndarray) -> TrainingRows:
        """Keep rows of which every run is among `training` (indices of runs)."""
        allowed = np.zeros(int(max(self.first.max(), self.second.max())) + 1, bool)
        allowed[training] = True
        keep = allowed[self.first] & allowed[self.second]
        return self._take(keep)

    def dropping(self, share: float, rng: np.random.Generator) -> TrainingRows:
        """Leave a random share of the rows out."""
        return self._take(rng.random(len(self.y)) >= share)

    def perturbed(
        self, noise: float, dropout: float, rng: np.random.Generator
    ) -> TrainingRows:
        """Add Gaussian noise to the copies' values and set a share of them missing.

        `noise` counts in standard deviations of each feature over these rows' runs.
        """
        copies = np.flatnonzero(self.is_copy)
        if len(copies) == 0 or (noise == 0 and dropout == 0):
            return self
        X = self.X.copy()
        shape = (len(copies), X.shape[1])
        originals = X[~self.is_copy]
        count = np.maximum((~np.isnan(originals)).sum(axis=0), 1)
        values = np.nan_to_num(originals)
        mean = values.sum(axis=0) / count
        variance = np.maximum((values**2).sum(axis=0) / count - mean**2, 0)
        X[copies] += (noise * np.sqrt(variance)).astype(np.float32) * (
            rng.standard_normal(shape, dtype=np.float32)
        )
        X[copies] = np.where(
            rng.random(shape, dtype=np.float32) < dropout, np.nan, X[copies]
        )
        return TrainingRows(X, self.y, self.first, self.second, self.is_copy)

    def _take(self, keep: np.ndarray) -> TrainingRows:
        return TrainingRows(
            self.X[keep],
            self.y[keep],
            self.first[keep],
            self.second[keep],
            self.is_copy[keep],
        )
