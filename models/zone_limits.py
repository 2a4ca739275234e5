"""What the training spectra of a class say about its zones.

A zone is a stretch of windows in which any spectrum of the class has signal. Ranges are
given by their middle and half their length: for a value that is even within limits, the
middle of the range of n values is off by about 1 / n of it, the mean by 1 / sqrt(3 n).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# of share, centre and spread: a share of the highest zone; windows; windows
LEAST_HALF_RANGE = (0.02, 2.0, 2.0)
# a smaller share of a spectrum is hardly there: its centre is not to be relied on
FAINT_SHARE = 0.002
# empty windows that a zone takes in on either side, unless another zone stands there
MARGIN_WINDOWS = 1
# in median deviations from the median; a value that is even within limits is within 2
FARTHEST_DEVIATION = 4.5


@dataclass(frozen=True)
class ClassZones:
    """The zones of a class, from left to right.

    Attributes
    ----------
    first, end : (n_zones,) int64
        Windows first to end - 1 belong to a zone.
    highest : int
        The zone with the largest share; shares are multiples of its share.
    middle, half_range : (3, n_zones) float64
        Of share, centre and spread; centre and spread in windows, the centre from the
        middle of the zone.
    """

    first: np.ndarray
    end: np.ndarray
    highest: int
    middle: np.ndarray
    half_range: np.ndarray


def class_zones(shares: np.ndarray, most_zones: int) -> ClassZones:
    """Return the zones of a class.

    Parameters
    ----------
    shares : (n_spectra, n_windows) float64
        What part of each spectrum of the class is in each window.
    most_zones : int
        More than so many are left out, those with the smallest shares.
    """
    first, end = _stretches(shares.max(axis=0) > 0)
    cumulated = np.concatenate([[0.0], np.cumsum(shares.mean(axis=0))])
    size = cumulated[end] - cumulated[first]
    kept = np.sort(np.argsort(-size, kind="stable")[:most_zones])
    first, end = first[kept], end[kept]
    highest = int(np.argmax(size[kept])) if len(kept) else 0
    values, faint = _values(shares, first, end, highest)
    middle, half_range = np.zeros((2, 3, len(first)))
    for number, of_zones in enumerate(values):
        for zone, column in enumerate(of_zones.T):
            known = column if number == 0 else column[~faint[:, zone]]
            middle[number, zone], half = _range(known)
            half_range[number, zone] = max(half, LEAST_HALF_RANGE[number])
    return ClassZones(first, end, highest, middle, half_range)


def _stretches(occupied: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return first window and end of each occupied stretch, with its margins."""
    edges = np.flatnonzero(np.diff(occupied.astype(np.int8), prepend=0, append=0))
    first, end = edges[::2], edges[1::2]
    # never into a neighbour, whose own margin begins where this one ends
    before = np.concatenate([[0], end[:-1] + MARGIN_WINDOWS])[: len(first)]
    after = np.concatenate([first[1:], [len(occupied)]])[: len(end)]
    wide_end = np.minimum(end + MARGIN_WINDOWS, after)
    wide_first = np.maximum(first - MARGIN_WINDOWS, np.minimum(before, first))
    return wide_first, wide_end


def _values(
    shares: np.ndarray, first: np.ndarray, end: np.ndarray, highest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (3, n_spectra, n_zones) values and where a zone is faint."""
    windows = np.arange(shares.shape[1])
    moments = np.zeros((3, len(shares), len(first)))
    for zone, (start, stop) in enumerate(zip(first, end, strict=True)):
        offset = windows[start:stop] - (start + stop - 1) / 2
        for power in range(3):
            moments[power, :, zone] = shares[:, start:stop] @ offset**power
    faint = moments[0] <= FAINT_SHARE
    share = np.where(faint, 1.0, moments[0])
    centre, square = moments[1] / share, moments[2] / share
    spread = np.sqrt(np.maximum(square - centre**2, 0.0))
    largest = moments[0, :, [highest]].T if len(first) else np.ones((len(shares), 1))
    relative = moments[0] / np.where(largest > FAINT_SHARE, largest, 1.0)
    return np.stack([relative, centre, spread]), faint


def _range(values: np.ndarray) -> tuple[float, float]:
    """Return the middle of the range and half of it, single stray values left out."""
    if not len(values):
        return 0.0, 0.0
    distance = np.abs(values - np.median(values))
    inside = values[distance <= FARTHEST_DEVIATION * np.median(distance) + 1e-9]
    low, high = float(inside.min()), float(inside.max())
    return (low + high) / 2, (high - low) / 2
