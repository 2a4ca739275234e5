"""Classes of spectra: where the peaks of each stand and how high they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import EgaError, shorten

# a spectrum of this many points is 8 MB; more is a slip of the keyboard
MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class SpectrumClasses:
    """Peak lists of all classes, one after the other.

    Attributes
    ----------
    points : int
        Length of a spectrum.
    positions : (n_peaks,) int64
        In points from 0; the peaks of a class stand together, classes in file order.
    heights : (n_peaks,) float64
        In units of the largest peak of an undisturbed class.
    starts : (n_classes + 1,) int64
        Class c has the peaks starts[c] to starts[c + 1] - 1.
    """

    points: int
    positions: np.ndarray
    heights: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.starts) - 1

    def peaks(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and heights of one class."""
        rows = slice(self.starts[number], self.starts[number + 1])
        return self.positions[rows], self.heights[rows]

    def on_axis(self, points: int) -> SpectrumClasses:
        """Return the same classes on an axis with another number of points."""
        if points == self.points:
            return self
        scaled = np.rint(self.positions * (points / self.points)).astype(np.int64)
        return SpectrumClasses(
            points, np.clip(scaled, 0, points - 1), self.heights, self.starts
        )


def from_peaks(
    points: int, peaks: Sequence[tuple[Sequence[int], Sequence[float]]]
) -> SpectrumClasses:
    """Return classes from (positions, heights) of each."""
    counts = [len(positions) for positions, _ in peaks]
    return SpectrumClasses(
        points,
        np.concatenate([np.asarray(p, dtype=np.int64) for p, _ in peaks]),
        np.concatenate([np.asarray(h, dtype=np.float64) for _, h in peaks]),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
    )


def simulate_classes(
    n_classes: int, seed: int, *, points: int = 5000, most_peaks: int = 5
) -> SpectrumClasses:
    """Draw classes: 2 to `most_peaks` peaks each, away from the ends of the axis.

    Three out of four classes are unlike all others. Every fourth is its predecessor
    with one more, small peak, so that the embedded data has hard classes, too.
    """
    rng = np.random.default_rng(seed)
    margin = points // 50
    drawn: list[tuple[list[int], list[float]]] = []
    for number in range(n_classes):
        if number % 4 == 3:
            positions, heights = list(drawn[-1][0]), list(drawn[-1][1])
            positions.append(int(rng.integers(margin, points - margin)))
            heights.append(0.06)
        else:
            count = int(rng.integers(2, most_peaks + 1))
            positions = rng.integers(margin, points - margin, count).tolist()
            heights = rng.uniform(0.1, 0.95, count).round(3).tolist()
            heights[int(rng.integers(count))] = 1.0
        drawn.append((positions, heights))
    return from_peaks(points, drawn)


def read_classes(path: Path) -> SpectrumClasses:
    """Read a class file: JSON with `datapoints` and peak lists under `spectra`.

    Raises
    ------
    EgaError
        The file can't be read, or a class in it is wrong; class and field are named.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EgaError(
            f"{path}: {error.strerror}; expected a class file. Cure: set data.folder "
            "to the folder of the class files, or data.classes to simulated."
        ) from error
    except (ValueError, RecursionError) as error:
        raise EgaError(f"{path}: not valid JSON: {error}") from error
    try:
        points, spectra = content["datapoints"], content["spectra"]
        listed = list(spectra.values())
    except (KeyError, TypeError, AttributeError) as error:
        raise EgaError(
            f"{path}: got no {error}; expected datapoints (an integer) and spectra "
            "(a class number -> peak_positions and peak_heights)"
        ) from error
    if not _is_integer(points) or not 10 <= points <= MOST_POINTS:
        raise EgaError(
            f"{path}: datapoints: got {shorten(points)}; expected an integer from 10 "
            f"to {MOST_POINTS:,}"
        )
    if len(listed) < 2:
        raise EgaError(f"{path}: got {len(listed)} classes; expected at least 2")
    names = list(spectra)
    return from_peaks(
        points,
        [
            _peaks_of(path, name, item, points)
            for name, item in zip(names, listed, strict=True)
        ],
    )


def _peaks_of(
    path: Path, name: str, item: Any, points: int
) -> tuple[list[int], list[float]]:
    where = f"{path}, class {shorten(name)}"
    if not isinstance(item, dict):
        raise EgaError(f"{where}: got {shorten(item)}; expected peak lists")
    positions, heights = item.get("peak_positions"), item.get("peak_heights")
    if not isinstance(positions, list) or not positions:
        raise EgaError(
            f"{where}, peak_positions: got {shorten(positions)}; expected a list of "
            "at least one position"
        )
    if not isinstance(heights, list) or len(heights) != len(positions):
        raise EgaError(
            f"{where}, peak_heights: got {shorten(heights)}; expected a list of "
            f"{len(positions)} heights, one for each position"
        )
    for position in positions:
        if not _is_integer(position) or not 0 <= position < points:
            raise EgaError(
                f"{where}, peak_positions: got {shorten(position)}; expected an "
                f"integer from 0 to {points - 1}"
            )
    for height in heights:
        number = isinstance(height, int | float) and not isinstance(height, bool)
        if not number or not 0 <= height <= 2:
            raise EgaError(
                f"{where}, peak_heights: got {shorten(height)}; expected a number "
                "from 0 to 2"
            )
    if not any(heights):
        raise EgaError(f"{where}, peak_heights: all are 0; expected a peak")
    return positions, heights


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
