"""How near generated spectra are to real ones, beside how near real ones are."""

from __future__ import annotations

import numpy as np


def nearest(
    points: np.ndarray, among: np.ndarray, *, themselves: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest row of `among` for each of `points`, and its distance.

    Parameters
    ----------
    points, among : (n, dimensions), (m, dimensions)
    themselves : bool
        Both are the same rows; a row is no neighbour of its own.

    Returns
    -------
    (n,) int, (n,) float
        The distance is the root of the mean square over dimensions.
    """
    points, among = np.asarray(points, np.float64), np.asarray(among, np.float64)
    squares = (
        (points**2).sum(axis=1)[:, None] + (among**2).sum(axis=1) - 2 * points @ among.T
    )
    if themselves:
        np.fill_diagonal(squares, np.inf)
    found = squares.argmin(axis=1)
    # differences anew: those of large squares have lost their digits
    offset = points - among[found]
    return found, np.sqrt((offset**2).mean(axis=1))


def neighbour_measures(
    real: np.ndarray,
    real_concentrations: np.ndarray,
    made: np.ndarray,
    made_labelled: np.ndarray,
    made_concentrations: np.ndarray,
) -> dict[str, float]:
    """Return medians of distances to the nearest real spectrum.

    Neighbours are sought among spectra, and among concentrations; there the distance of
    the two spectra is measured, too: spectra of like mixtures should look alike.

    Parameters
    ----------
    real, made : (n, n_channels), (m, n_channels)
        Standardised by channel.
    real_concentrations, made_concentrations : (n, n_analytes), (k, n_analytes)
        Standardised by analyte, without gaps.
    made_labelled : (k, n_channels)
        Those of `made` that have these concentrations.
    """
    _, between_real = nearest(real, real, themselves=True)
    _, to_real = nearest(made, real)
    like_real, apart_real = nearest(
        real_concentrations, real_concentrations, themselves=True
    )
    like_made, apart_made = nearest(made_concentrations, real_concentrations)
    return {
        "spectra_real": float(np.median(between_real)),
        "spectra_made": float(np.median(to_real)),
        "concentrations_real": float(np.median(apart_real)),
        "concentrations_made": float(np.median(apart_made)),
        "like_mixtures_real": _median_distance(real, real[like_real]),
        "like_mixtures_made": _median_distance(made_labelled, real[like_made]),
    }


def _median_distance(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.median(np.sqrt(((left - right) ** 2).mean(axis=1))))
