"""Runs as the networks read them: no gaps, backgrounds and maxima measured."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

# training draws one of these as the background of a run, after the 1st place of the
# Mars Spectrometry challenge
BACKGROUND_QUANTILES = (0.001, 0.01, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class NetworkRuns:
    """Grids of runs.

    Attributes
    ----------
    abundance : (n_runs, n_mz, n_cells) float32
        In the unit of the instrument. Before the first and after the last observed
        cell of an ion: zero, or the ion's lowest value if that is negative, so that
        nothing is left above any background.
    background : (n_runs, n_mz, n_quantiles) float32
        `BACKGROUND_QUANTILES` of each ion's cells.
    maximum : (n_runs, n_quantiles) float32
        Largest abundance of a run above the background; never zero.
    observed : (n_runs, 2) int64
        First observed cell of a run, and the cell after the last one.
    """

    abundance: np.ndarray
    background: np.ndarray
    maximum: np.ndarray
    observed: np.ndarray

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.abundance)

    def take(self, rows: np.ndarray) -> NetworkRuns:
        """Return the given runs."""
        return NetworkRuns(
            **{f.name: getattr(self, f.name)[rows] for f in fields(self)}
        )


def prepare_runs(abundance: np.ndarray) -> NetworkRuns:
    """Measure backgrounds and maxima.

    Parameters
    ----------
    abundance : (n_runs, n_mz, n_cells) float32
        Without gaps; NaN marks cells before and after what was observed, and whole
        ions that are to be left out, such as the carrier gas.
    """
    seen = ~np.isnan(abundance)
    n_seen = seen.sum(axis=-1)
    ordered = np.sort(abundance, axis=-1)  # NaN last
    last = np.maximum(n_seen - 1, 0)
    background = np.stack(
        [
            _entry(ordered, np.floor(quantile * last).astype(np.intp))
            for quantile in BACKGROUND_QUANTILES
        ],
        axis=-1,
    )
    above = _entry(ordered, last)[:, :, None] - background
    any_ion = seen.any(axis=1)
    cells = any_ion.shape[1]
    unseen = np.minimum(np.nan_to_num(ordered[:, :, :1]), 0.0)
    start = np.where(any_ion.any(axis=1), any_ion.argmax(axis=1), 0)
    end = np.where(any_ion.any(axis=1), cells - any_ion[:, ::-1].argmax(axis=1), 0)
    return NetworkRuns(
        np.where(seen, abundance, unseen),
        background.astype(np.float32),
        np.maximum(above.max(axis=1), 1e-12).astype(np.float32),
        np.column_stack([start, end]),
    )


def _entry(ordered: np.ndarray, rank: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.take_along_axis(ordered, rank[..., None], -1)[..., 0])
