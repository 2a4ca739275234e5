"""The observed part of a run, and what of it is above the background."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from features.cleaning import clean, fill_gaps
from features.grid import HELIUM_MZ, EgaGrid, RunFacts
from pipeline.prediction.answer import Answer

# as params.yaml has it for the features; a page knows no params
BACKGROUND_QUANTILE = 0.01


@dataclass(frozen=True)
class Signals:
    """A run's grid, cropped to where anything was observed.

    Attributes
    ----------
    mz_values : (n_mz,) int
        Ions with an observed cell.
    edges_celsius : (n_cells + 1,) float
    abundance : (n_mz, n_cells)
        In the unit of the instrument, interpolated between observed cells; NaN where
        the ion was not observed yet or no more.
    background : (n_mz,)
        The low quantile of each ion, in the same unit.
    above : (n_mz, n_cells)
        Background out, the carrier gas NaN, the run's largest value 1.
    interpolated : int
        Number of cells that nobody observed.
    """

    mz_values: np.ndarray
    edges_celsius: np.ndarray
    abundance: np.ndarray
    background: np.ndarray
    above: np.ndarray
    interpolated: int

    @property
    def centres_celsius(self) -> np.ndarray:
        """Middle of every cell, (n_cells,)."""
        return (self.edges_celsius[:-1] + self.edges_celsius[1:]) / 2


def observed_part(answer: Answer) -> Signals:
    """Return the run as the page draws it; without rows if nothing was observed."""
    seen = ~np.isnan(answer.abundance)
    rows, columns = seen.any(axis=1), np.flatnonzero(seen.any(axis=0))
    first, last = (columns[0], columns[-1]) if len(columns) else (0, -1)
    cells = slice(first, last + 1)
    raw = answer.abundance[rows, cells][None]
    edges = np.asarray(answer.temperature_edges_celsius)[first : last + 2]
    grid = EgaGrid(raw, np.asarray(answer.mz_values)[rows], edges, _facts(answer))
    filled = fill_gaps(raw)[0]
    return Signals(
        mz_values=grid.mz_values,
        edges_celsius=edges,
        abundance=filled,
        background=background(filled),
        above=clean(grid, BACKGROUND_QUANTILE, HELIUM_MZ).abundance[0],
        interpolated=int(np.count_nonzero(np.isnan(raw[0]) & ~np.isnan(filled))),
    )


def background(abundance: np.ndarray) -> np.ndarray:
    """Return what `features.cleaning` subtracts from each ion, (n_mz,)."""
    if not abundance.size:
        return np.zeros(len(abundance))
    # the order statistic, without interpolation
    return np.nanquantile(abundance, BACKGROUND_QUANTILE, axis=1, method="lower")


def _facts(answer: Answer) -> RunFacts:
    known = answer.facts
    return RunFacts(
        **{f.name: np.array([known.get(f.name, np.nan)]) for f in fields(RunFacts)}
    )
