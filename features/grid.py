"""The grids that every feature is computed from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

HELIUM_MZ = 4


@dataclass(frozen=True)
class RunFacts:
    """Facts of whole runs that the grid does not hold; every array is (n_runs,)."""

    heating_rate_celsius_per_minute: np.ndarray
    temperature_low_celsius: np.ndarray
    temperature_high_celsius: np.ndarray
    scan_count: np.ndarray
    ion_count: np.ndarray
    maximum_abundance: np.ndarray

    def take(self, rows: np.ndarray) -> RunFacts:
        """Return the facts of the given rows."""
        return RunFacts(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True)
class EgaGrid:
    """A block of runs on one m/z x temperature grid.

    Attributes
    ----------
    abundance : (n_runs, n_mz, n_temperatures) float32
        Mean abundance of a cell in the unit of the instrument; NaN marks a cell in
        which nothing was observed.
    mz_values : (n_mz,) int
        Integer m/z of the second axis.
    temperature_edges_celsius : (n_temperatures + 1,) float
        Equidistant edges of the third axis.
    facts : RunFacts
        Facts of the same runs.
    """

    abundance: np.ndarray
    mz_values: np.ndarray
    temperature_edges_celsius: np.ndarray
    facts: RunFacts

    @property
    def bin_width_celsius(self) -> float:
        """Width of one temperature cell."""
        edges = self.temperature_edges_celsius
        return float(edges[1] - edges[0])

    @property
    def temperature_centres_celsius(self) -> np.ndarray:
        """Middle of every temperature cell, (n_temperatures,)."""
        edges = self.temperature_edges_celsius
        return (edges[:-1] + edges[1:]) / 2

    def with_abundance(self, abundance: np.ndarray) -> EgaGrid:
        """Return the same runs with other abundances."""
        return replace(self, abundance=abundance)

    def take(self, rows: np.ndarray) -> EgaGrid:
        """Return the given runs."""
        return replace(
            self, abundance=self.abundance[rows], facts=self.facts.take(rows)
        )
