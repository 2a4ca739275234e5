"""Test spectra: fixed shifts and heights, well inside what training spectra do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studies.synthetic_spectra.published_sets import LARGEST_HEIGHT
from studies.synthetic_spectra.sparse_spectra import SparseSpectra
from studies.synthetic_spectra.spectrum_classes import SpectrumClasses

WIDTH_POINTS = 2.0
# a test spectrum: the shift of all its peaks in points, the change of their heights
Change = tuple[int, float]

# classes of the general set that lie so close that larger changes would cross over
NARROW_SHIFT = dict.fromkeys((8, 318), 17)
NARROW_HEIGHT = dict.fromkeys((164, 219, 281, 347), 0.025)


def general_changes(number: int) -> list[Change]:
    """Return the nine changes of a class of the general set."""
    shift = NARROW_SHIFT.get(number, 30)
    height = NARROW_HEIGHT.get(number, 0.04)
    return [(s, h) for h in (0.0, height, -height) for s in (0, -shift, shift)]


def wide_changes(number: int) -> list[Change]:
    """Return nine changes of any class, of the usual size."""
    return [(s, h) for h in (0.0, 0.04, -0.04) for s in (0, -30, 30)]


def challenge_changes(number: int) -> list[Change]:
    """Return the six changes of a class of the challenge set.

    Its three groups of nine are about minor peaks, close positions and close heights.
    In the last two, a class is only changed towards where no other class is.
    """
    all_shifts, all_heights = (0, -30, 30), (0.0, 0.03, -0.03)
    shifts: tuple[int, ...]
    heights: tuple[float, ...]
    if number < 9:
        shifts, heights = all_shifts, (0.0, -0.03)
    elif number < 18:
        shifts = ((0, 30), (-30, 30), (0, -30))[number % 3]
        heights = all_heights
    else:
        shifts = all_shifts
        heights = ((0.0, 0.03), (-0.03, 0.03), (0.0, -0.03))[number % 3]
    return [(s, h) for h in heights for s in shifts]


CHANGES: dict[str, Callable[[int], list[Change]]] = {
    "general": general_changes,
    "wide": wide_changes,
    "challenge": challenge_changes,
}


def designed(classes: SpectrumClasses, design: str) -> SparseSpectra:
    """Return the test spectra of all classes, class after class.

    Heights of exactly 1 stay as they are.

    Parameters
    ----------
    design : str
        A key of `CHANGES`.
    """
    positions, heights, labels = [], [], []
    for number in range(len(classes)):
        centre, height = classes.peaks(number)
        for shift, change in CHANGES[design](number):
            positions.append(np.clip(centre + shift, 0, classes.points - 1))
            heights.append(np.where(height == 1.0, height, height + change))
            labels.append(number)
    counts = [len(p) for p in positions]
    return SparseSpectra(
        classes.points,
        np.concatenate(positions),
        np.clip(np.concatenate(heights), 0, LARGEST_HEIGHT),
        np.concatenate([[0], np.cumsum(counts)]),
        np.full(len(labels), WIDTH_POINTS),
        np.array(labels),
    )
