"""What holds for absorption spectra whatever the mixture."""

from __future__ import annotations

import numpy as np

# charges balance, so concentrations of ions depend on each other: directions of
# concentrations that vary less than this share of the largest are left out of a fit
LEAST_VARIATION = 1e-3


def negative_share(absorbance: np.ndarray) -> float:
    """Return the share of values below zero."""
    return float((absorbance < 0).mean())


def roughness(absorbance: np.ndarray) -> float:
    """Return the median over spectra of the root mean square second difference."""
    second = np.diff(np.asarray(absorbance, np.float64), n=2, axis=1)
    return float(np.median(np.sqrt((second**2).mean(axis=1))))


def linear_fit(absorbance: np.ndarray, concentrations: np.ndarray) -> np.ndarray:
    """Return slopes and offset (n_analytes + 1, n_channels) by least squares."""
    design = np.column_stack([concentrations, np.ones(len(concentrations))])
    return np.linalg.lstsq(design, absorbance, rcond=LEAST_VARIATION)[0]


def explained_share(absorbance: np.ndarray, concentrations: np.ndarray) -> np.ndarray:
    """Return the share of variance (n_channels,) that concentrations explain linearly.

    A channel that does not vary has share zero.
    """
    residual = absorbance - predicted(
        linear_fit(absorbance, concentrations), concentrations
    )
    variance = absorbance.var(axis=0)
    share = 1 - residual.var(axis=0) / np.where(variance > 0, variance, 1.0)
    return np.where(variance > 0, share, 0.0)


def linear_departure(
    absorbance: np.ndarray, concentrations: np.ndarray, fit: np.ndarray
) -> float:
    """Return the median over channels of the root mean square departure from a fit."""
    residual = absorbance - predicted(fit, concentrations)
    return float(np.median(np.sqrt((residual**2).mean(axis=0))))


def predicted(fit: np.ndarray, concentrations: np.ndarray) -> np.ndarray:
    """Return the absorbance (n, n_channels) that a linear fit expects."""
    return concentrations @ fit[:-1] + fit[-1]
