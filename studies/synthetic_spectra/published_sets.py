"""The published data sets: training, validation and test spectra of each class.

Rules: Schuetzke, Szymanski and Reischl, npj Computational Materials 9, 100 (2023), and
the challenge set that belongs to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studies.synthetic_spectra.random_stream import draw_spectra
from studies.synthetic_spectra.sparse_spectra import SparseSpectra
from studies.synthetic_spectra.spectrum_classes import SpectrumClasses

SEED = 2022
LARGEST_HEIGHT = 2.0


@dataclass(frozen=True)
class Variation:
    """How far a spectrum may differ from its class.

    Attributes
    ----------
    shift_points : int
        Each peak moves by -shift..shift-1 points, on its own.
    height : float
        Each height moves by less than this, on its own.
    width_low_points, width_high_points : float
        Range of the standard deviation of all peaks of a spectrum.
    keep_largest : bool
        A height of exactly 1 stays, and draws nothing from the random stream.
    """

    shift_points: int = 50
    height: float = 0.05
    width_low_points: float = 2.0
    width_high_points: float = 5.0
    keep_largest: bool = False


@dataclass(frozen=True)
class DataSet:
    """The spectra of one published data set."""

    train: SparseSpectra
    validation: SparseSpectra


def draw_sets(
    classes: SpectrumClasses,
    variation: Variation,
    *,
    n_train: int = 50,
    n_validation: int = 10,
    seed: int = SEED,
) -> DataSet:
    """Draw `n_train`, then `n_validation` spectra of each class, class after class."""
    per_class = n_train + n_validation
    spectra = varied(classes, variation, per_class, seed)
    is_train = np.arange(len(spectra)) % per_class < n_train
    return DataSet(spectra.where(is_train), spectra.where(~is_train))


def varied(
    classes: SpectrumClasses, variation: Variation, per_class: int, seed: int
) -> SparseSpectra:
    """Draw `per_class` spectra of each class from one stream of random numbers.

    A spectrum draws the shift of each of its peaks, then their heights, then its width.
    """
    labels = np.repeat(np.arange(len(classes)), per_class)
    counts = np.diff(classes.starts)[labels]
    starts = np.concatenate([[0], np.cumsum(counts)])
    # the peak of the class behind each peak of a spectrum
    origin = (
        np.arange(starts[-1])
        - np.repeat(starts[:-1], counts)
        + np.repeat(classes.starts[labels], counts)
    )
    centre, height = classes.positions[origin], classes.heights[origin]
    moves = (height != 1.0) | (not variation.keep_largest)
    n_moving = np.add.reduceat(moves, starts[:-1], dtype=np.int64)
    integers, floats = draw_spectra(
        seed, counts, n_moving + 1, 2 * variation.shift_points
    )
    is_width = np.zeros(len(floats), dtype=bool)
    is_width[np.cumsum(n_moving + 1) - 1] = True
    low, high = height[moves] - variation.height, height[moves] + variation.height
    heights = height.copy()
    heights[moves] = low + (high - low) * floats[~is_width]
    span = variation.width_high_points - variation.width_low_points
    return SparseSpectra(
        classes.points,
        np.clip(centre - variation.shift_points + integers, 0, classes.points - 1),
        np.clip(heights, 0, LARGEST_HEIGHT),
        starts,
        variation.width_low_points + span * floats[is_width],
        labels,
    )
