"""Rows of a run (temperature, m/z, abundance) -> cells of a grid, chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class GridAxes:
    """The cells that rows are sorted into.

    Attributes
    ----------
    mz_min, mz_max : int
        First and last integer m/z, both included.
    temperature_min_celsius, temperature_max_celsius : float
        Lower edge of the first cell, upper edge of the last.
    bin_width_celsius : float
        Width of a temperature cell.
    fractional_mz : {"round", "drop"}
        What happens to a row whose m/z is not an integer.
    """

    mz_min: int
    mz_max: int
    temperature_min_celsius: float
    temperature_max_celsius: float
    bin_width_celsius: float
    fractional_mz: Literal["round", "drop"]

    @property
    def mz_values(self) -> np.ndarray:
        """Integer m/z of the rows of a grid."""
        return np.arange(self.mz_min, self.mz_max + 1)

    @property
    def temperature_edges_celsius(self) -> np.ndarray:
        """Edges of the columns of a grid."""
        low, width = self.temperature_min_celsius, self.bin_width_celsius
        return low + width * np.arange(self.n_temperatures + 1)

    @property
    def n_temperatures(self) -> int:
        """Number of temperature cells."""
        span = self.temperature_max_celsius - self.temperature_min_celsius
        return int(np.ceil(span / self.bin_width_celsius - 1e-9))

    @property
    def shape(self) -> tuple[int, int]:
        """(n_mz, n_temperatures)."""
        return self.mz_max - self.mz_min + 1, self.n_temperatures


class GridAccumulator:
    """Sums and counts of one run's cells; memory does not grow with the run."""

    def __init__(self, axes: GridAxes) -> None:
        self.axes = axes
        n_cells = int(np.prod(axes.shape))
        self._sum = np.zeros(n_cells)
        self._count = np.zeros(n_cells, dtype=np.int64)
        self.rows_outside_mz_range = 0
        self.rows_fractional_dropped = 0

    def add(
        self, temperature_celsius: np.ndarray, mz: np.ndarray, abundance: np.ndarray
    ) -> None:
        """Add rows; all three arrays are (n_rows,), finite, temperatures in range."""
        axes = self.axes
        ion = np.rint(mz)
        keep = (ion >= axes.mz_min) & (ion <= axes.mz_max)
        self.rows_outside_mz_range += int(keep.size - np.count_nonzero(keep))
        if axes.fractional_mz == "drop":
            fractional = keep & (ion != mz)
            self.rows_fractional_dropped += int(np.count_nonzero(fractional))
            keep &= ~fractional
        if not keep.all():
            ion, temperature_celsius = ion[keep], temperature_celsius[keep]
            abundance = abundance[keep]
        # divided, not multiplied by the inverse: 49 * (1 / 49) is less than 1
        column = (
            temperature_celsius - axes.temperature_min_celsius
        ) / axes.bin_width_celsius
        # the upper edge of the range belongs to the last cell
        np.minimum(column, axes.n_temperatures - 1, out=column)
        cell = column.astype(np.intp)
        ion -= axes.mz_min
        ion *= axes.n_temperatures
        cell += ion.astype(np.intp)
        self._sum += np.bincount(cell, abundance, self._sum.size)
        self._count += np.bincount(cell, minlength=self._count.size)

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean (NaN where nothing was observed) and count, (n_mz, n_temps).

        A count above 65,535 is stored as 65,535.
        """
        with np.errstate(invalid="ignore"):
            mean = (self._sum / self._count).astype(np.float32)
        count = np.minimum(self._count, np.iinfo(np.uint16).max).astype(np.uint16)
        return mean.reshape(self.axes.shape), count.reshape(self.axes.shape)
