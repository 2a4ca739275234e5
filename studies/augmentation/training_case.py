"""Training and test rows of a fold, standardised with what the training rows say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.grouped_folds import grouped_folds
from pipeline.seeds import generator, integer, sequence
from studies.augmentation.spectral_set import SpectralSet


@dataclass(frozen=True)
class FoldRows:
    """Rows of a fold.

    Attributes
    ----------
    fold : int
        The test fold.
    spectra : (n_train, n_channels) float32
        Each channel has mean 0 and standard deviation 1.
    concentrations : (n_train, n_analytes) float32
        Likewise; NaN where there is no value.
    test_spectra, test_concentrations : arrays
        In the same scale.
    deviations : (n_analytes,) float64
        Standard deviations of the training concentrations, in their units.
    channel_means, channel_deviations : (n_channels,) float64
        Of the training spectra, absorbance.
    """

    fold: int
    spectra: np.ndarray
    concentrations: np.ndarray
    test_spectra: np.ndarray
    test_concentrations: np.ndarray
    deviations: np.ndarray
    channel_means: np.ndarray
    channel_deviations: np.ndarray

    def absorbance(self, standardised: np.ndarray) -> np.ndarray:
        """Return spectra (n, n_channels) in absorbance, float64."""
        return self.channel_means + standardised * self.channel_deviations


def assign_folds(spectra: SpectralSet, n_folds: int, seed: int) -> np.ndarray:
    """Return the fold of each spectrum; spectra of one sample stay together."""
    none = np.zeros((len(spectra), 0))
    ties = integer(seed, "folds", spectra.name)
    return grouped_folds(none, spectra.groups, n_folds, ties)


def training_rows(
    spectra: SpectralSet,
    fold_of_row: np.ndarray,
    test_fold: int,
    pool: frozenset[int],
    rows: int,
    seed: int,
    repeat: int,
) -> np.ndarray:
    """Return `rows` spectra of the folds of `pool` but for the test fold.

    Smaller numbers give a part of what larger ones give; repeats differ.
    """
    allowed = sorted(pool - {test_fold})
    candidates = np.flatnonzero(np.isin(fold_of_row, allowed))
    rng = generator(seed, "rows", spectra.name, repeat, test_fold)
    samples, member = np.unique(spectra.groups[candidates], return_inverse=True)
    rank = rng.permutation(len(samples))[member]
    return candidates[np.argsort(rank, kind="stable")][:rows]


def fold_rows(
    spectra: SpectralSet, train: np.ndarray, test: np.ndarray, fold: int
) -> FoldRows:
    """Standardise with means and deviations of the training rows alone."""
    x = spectra.absorbance[train].astype(np.float64)
    y = spectra.concentrations[train]
    x_mean, x_deviation = x.mean(axis=0), _not_zero(x.std(axis=0))
    y_mean, y_deviation = _known_moments(y)

    def scaled(values: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
        return ((values - mean) / size).astype(np.float32)

    return FoldRows(
        fold,
        scaled(x, x_mean, x_deviation),
        scaled(y, y_mean, y_deviation),
        scaled(spectra.absorbance[test], x_mean, x_deviation),
        scaled(spectra.concentrations[test], y_mean, y_deviation),
        y_deviation,
        x_mean,
        x_deviation,
    )


def member_seed(
    seed: int, spectra: str, repeat: int, fold: int, analyte: int
) -> np.random.SeedSequence:
    """Return the seed of a regressor: the same with and without generated spectra."""
    return sequence(seed, "regressor", spectra, repeat, fold, analyte)


def _known_moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / count
    squares = np.where(known, (filled - mean) ** 2, 0.0).sum(axis=0) / count
    return mean, _not_zero(np.sqrt(squares))


def _not_zero(deviation: np.ndarray) -> np.ndarray:
    # a channel or analyte that does not change stays at zero
    return np.where(deviation > 0, deviation, 1.0)
