"""Generators without a network: combinations of spectra, a linear-Gaussian model."""

from __future__ import annotations

import numpy as np


def combine_spectra(
    spectra: np.ndarray,
    concentrations: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw from the joint normal distribution of spectra and concentrations.

    A new pair is the mean plus a random combination of all differences from it, with
    the same factors for spectrum and concentrations: as mixing solutions would do, if
    absorbances add up. Mean and covariance are those of the data.

    Parameters
    ----------
    spectra : (n_spectra, n_channels)
    concentrations : (n_spectra, n_analytes)
    """
    factors = rng.standard_normal((count, len(spectra))) / np.sqrt(
        max(len(spectra) - 1, 1)
    )
    x_mean, c_mean = spectra.mean(axis=0), concentrations.mean(axis=0)
    return (
        x_mean + factors @ (spectra - x_mean),
        c_mean + factors @ (concentrations - c_mean),
    )


def linear_gaussian_spectra(
    spectra: np.ndarray,
    concentrations: np.ndarray,
    wanted: np.ndarray,
    rng: np.random.Generator,
    ridge: float = 1e-3,
) -> np.ndarray:
    """Return spectra (n_wanted, n_channels) of given concentrations.

    Spectra are linear in the concentrations, with slopes by ridge regression, plus a
    normal residual that has the covariance of the residuals.

    Parameters
    ----------
    spectra : (n_spectra, n_channels)
    concentrations : (n_spectra, n_analytes)
    wanted : (n_wanted, n_analytes)
    ridge : float
        Share of the mean square of concentrations that is added to their squares.
    """
    x_mean, c_mean = spectra.mean(axis=0), concentrations.mean(axis=0)
    c = concentrations - c_mean
    squares = c.T @ c
    squares += (
        ridge * max(np.trace(squares) / len(squares), 1e-12) * np.eye(len(squares))
    )
    slopes = np.linalg.solve(squares, c.T @ (spectra - x_mean))
    residual = spectra - x_mean - c @ slopes
    freedom = max(len(spectra) - 1 - concentrations.shape[1], 1)
    factors = rng.standard_normal((len(wanted), len(spectra))) / np.sqrt(freedom)
    return x_mean + (wanted - c_mean) @ slopes + factors @ residual
