"""Ways to draw from the latent space of a variational autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# density is judged along this many main axes of the encoded spectra: in more
# dimensions a few thousand points leave all space empty
DENSITY_AXES = 2
# no spectrum is drawn more often than this times the mean
MOST_OFTEN = 20.0


@dataclass(frozen=True)
class LatentSpectra:
    """Training spectra as the encoder sees them.

    Attributes
    ----------
    mean, standard_deviation : (n_spectra, n_latent) float64
        Of the posterior of each spectrum.
    """

    mean: np.ndarray
    standard_deviation: np.ndarray


Sampling = Callable[[LatentSpectra, int, np.random.Generator], np.ndarray]


def draw_normal(
    encoded: LatentSpectra, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw from the prior, the standard normal distribution."""
    return rng.standard_normal((count, encoded.mean.shape[1]))


def draw_uniform(
    encoded: LatentSpectra, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw evenly from the box that holds all encoded means."""
    low, high = encoded.mean.min(axis=0), encoded.mean.max(axis=0)
    return rng.uniform(low, high, (count, encoded.mean.shape[1]))


def draw_same(
    encoded: LatentSpectra, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw from the distribution of the training spectra: posteriors of random ones."""
    return _posteriors(encoded, rng.integers(len(encoded.mean), size=count), rng)


def draw_inverted(
    encoded: LatentSpectra, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw posteriors of spectra, each as often as its neighbourhood is empty."""
    weights = 1 / main_axes_density(encoded.mean)
    weights = np.minimum(weights, MOST_OFTEN * weights.mean())
    chosen = rng.choice(len(weights), size=count, p=weights / weights.sum())
    return _posteriors(encoded, chosen, rng)


SAMPLINGS: dict[str, Sampling] = {
    "normal": draw_normal,
    "uniform": draw_uniform,
    "same": draw_same,
    "inverted": draw_inverted,
}


def main_axes_density(points: np.ndarray) -> np.ndarray:
    """Return the density of points (n, dimensions) along their main axes.

    A Gaussian kernel density with Scott's bandwidth, up to a constant factor.
    """
    centred = points - points.mean(axis=0)
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    kept = spread[:DENSITY_AXES] > 1e-9 * max(spread[0], 1e-30)
    scores = centred @ axes[:DENSITY_AXES][kept].T
    if not scores.shape[1]:
        return np.ones(len(points))
    bandwidth = len(points) ** (-1 / (scores.shape[1] + 4))
    scaled = scores / (scores.std(axis=0) * bandwidth)
    lengths = (scaled**2).sum(axis=1)
    squares = lengths[:, None] + lengths - 2 * scaled @ scaled.T
    return np.exp(-0.5 * np.maximum(squares, 0)).mean(axis=1)


def _posteriors(
    encoded: LatentSpectra, rows: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    noise = rng.standard_normal((len(rows), encoded.mean.shape[1]))
    return encoded.mean[rows] + noise * encoded.standard_deviation[rows]
