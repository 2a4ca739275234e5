"""Spectra as lists of peaks, and how they become curves.

A spectrum has a handful of peaks on thousands of points. The published script convolves
the whole line with a Gaussian; here only the points near a peak are computed, by the
same operations in the same order, so that every bit agrees. `scipy.ndimage` sums a
symmetric kernel w as line[x] w[0], then (line[x - d] + line[x + d]) w[d] from the
largest d down to 1, and adding the zeros between peaks changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

# scipy cuts a Gaussian off here, in standard deviations
REACH = 4.0


@dataclass(frozen=True)
class SparseSpectra:
    """Peaks of many spectra.

    Attributes
    ----------
    points : int
        Length of a spectrum.
    positions : (n_peaks,) int64 in 0..points-1
    heights : (n_peaks,) float64
        Of the line before broadening.
    starts : (n_spectra + 1,) int64
        Spectrum s has the peaks starts[s] to starts[s + 1] - 1; where two stand at one
        position, the later replaces the earlier.
    widths : (n_spectra,) float64
        Standard deviation of the Gaussian, in points.
    labels : (n_spectra,) int64
        Class numbers.
    """

    points: int
    positions: np.ndarray
    heights: np.ndarray
    starts: np.ndarray
    widths: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        """Return the number of spectra."""
        return len(self.widths)

    def curves(self) -> np.ndarray:
        """Return (n_spectra, points) float64 as the published script makes them."""
        curves = np.zeros((len(self), self.points))
        _render(*self._parts(), *gaussian_halves(self.widths), curves)
        return curves

    def rows(self, start: int, end: int) -> SparseSpectra:
        """Return spectra start to end - 1."""
        first, last = self.starts[start], self.starts[end]
        return SparseSpectra(
            self.points,
            self.positions[first:last],
            self.heights[first:last],
            self.starts[start : end + 1] - first,
            self.widths[start:end],
            self.labels[start:end],
        )

    def where(self, chosen: np.ndarray) -> SparseSpectra:
        """Return the spectra where `chosen`, (n_spectra,) bool."""
        counts = np.diff(self.starts)
        of_peaks = np.repeat(chosen, counts)
        return SparseSpectra(
            self.points,
            self.positions[of_peaks],
            self.heights[of_peaks],
            np.concatenate([[0], np.cumsum(counts[chosen])]),
            self.widths[chosen],
            self.labels[chosen],
        )

    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.positions, self.heights, self.starts


def scaled_by_maximum(curves: np.ndarray) -> np.ndarray:
    """Return (n, points) float32 whose rows have the maximum 1; zero stays zero."""
    largest = curves.max(axis=1, keepdims=True)
    scaled = np.empty(curves.shape, dtype=np.float32)
    # in float64, rounded once: what networks were published with
    np.divide(curves, np.where(largest > 0, largest, 1.0), out=scaled, casting="unsafe")
    return scaled


def gaussian_halves(widths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return kernels (n, largest radius + 1) from the centre outwards, and radii (n,).

    Rows are those of `scipy.ndimage.gaussian_filter1d`, and zero beyond the radius.
    """
    radii = (REACH * widths + 0.5).astype(np.int64)
    halves = np.zeros((len(widths), int(radii.max(initial=0)) + 1))
    for radius in np.unique(radii):
        rows = np.flatnonzero(radii == radius)
        x = np.arange(-radius, radius + 1)
        variance = widths[rows] * widths[rows]
        kernels = np.exp((-0.5 / variance)[:, None] * x**2)
        # the sum over a row of an array is that of the row alone, bit by bit
        kernels /= kernels.sum(axis=1, keepdims=True)
        halves[rows, : radius + 1] = kernels[:, radius:]
    return halves, radii


@njit(cache=True)
def _render(positions, heights, starts, halves, radii, curves):  # type: ignore[no-untyped-def]
    """Write the peaks to curves, (n_spectra, points) of zeros."""
    line = np.zeros(curves.shape[1])
    for row in range(len(radii)):
        first, last = starts[row], starts[row + 1]
        curve, half = curves[row], halves[row]
        for peak in range(first, last):
            line[positions[peak]] = heights[peak]
        for peak in range(first, last):
            curve[positions[peak]] = line[positions[peak]] * half[0]
        for distance in range(radii[row], 0, -1):
            for peak in range(first, last):
                p = positions[peak]
                # a peak of no height is none: its pairs belong to the other peak
                if line[p] != 0.0 and not _is_repeated(positions, peak, last):
                    _add_pair(curve, line, p, distance, half[distance])
        for peak in range(first, last):
            line[positions[peak]] = 0.0


@njit(cache=True)
def _add_pair(curve, line, p, distance, weight):  # type: ignore[no-untyped-def]
    """Add what a peak at p gives to the points at `distance` on either side.

    A point between two peaks gets the weighted sum of both, once.
    """
    points = len(curve)
    if p + distance < points:
        beyond = p + 2 * distance
        other = line[beyond] if beyond < points else 0.0
        curve[p + distance] += (line[p] + other) * weight
    if p >= distance:
        beyond = p - 2 * distance
        # a peak there has already added the pair
        if beyond < 0 or line[beyond] == 0.0:
            curve[p - distance] += line[p] * weight


@njit(cache=True)
def _is_repeated(positions, peak, last):  # type: ignore[no-untyped-def]
    """Say whether a later peak of the spectrum stands at the same position."""
    for later in range(peak + 1, last):  # noqa: SIM110 - numba knows no generators
        if positions[later] == positions[peak]:
            return True
    return False
