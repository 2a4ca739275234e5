"""Adds up what the families say of a run, on one map of m/z x temperature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.prediction.answer import (
    NOT_MEASURED,
    REST,
    SIMILAR,
    START,
    WHOLE_RUN,
    Contributions,
)
from pipeline.prediction.members import Map, Shares
from pipeline.prediction.places import FeaturePlaces, overlaps


class ContributionSum:
    """Log-odds of cells, ions and the rest, for all labels."""

    def __init__(
        self, places: FeaturePlaces, mz_values: np.ndarray, n_labels: int
    ) -> None:
        self._places, self._mz = places, mz_values
        n_windows = len(places.edges_celsius) - 1
        self._cells = np.zeros((n_labels, len(mz_values), n_windows))
        self._ions = np.zeros((n_labels, len(mz_values)))
        self._other = {
            name: np.zeros(n_labels)
            for name in (START, SIMILAR, WHOLE_RUN, NOT_MEASURED, REST)
        }

    def add_start(self, log_odds: np.ndarray, labels: Sequence[int]) -> None:
        """Add to where the answer starts, (n_chosen,)."""
        self._other[START][list(labels)] += log_odds

    def add(self, shares: Shares, weight: np.ndarray, labels: Sequence[int]) -> None:
        """Add a family's shares, each label with its weight (n_chosen,)."""
        chosen = list(labels)
        self.add_start(weight * shares.start, labels)
        if shares.similar_runs is not None:
            self._other[SIMILAR][chosen] += weight * shares.similar_runs
        for part in shares.maps:
            self._cells[chosen] += weight[:, None, None] * self._rebinned(part)
        if shares.features is not None:
            for row, label in enumerate(chosen):
                self._add_features(label, weight[row] * shares.features[row])

    def _rebinned(self, part: Map) -> np.ndarray:
        """Return (n_labels, n_mz, n_windows) of a map with bins of its own."""
        edges = self._places.edges_celsius
        share = np.stack(
            [
                overlaps(edges, low, high)
                for low, high in zip(
                    part.edges_celsius[:-1], part.edges_celsius[1:], strict=True
                )
            ]
        )
        return part.log_odds @ share

    def _add_features(self, label: int, log_odds: np.ndarray) -> None:
        places = self._places
        value = log_odds[places.feature] * places.share
        row = places.mz - self._mz[0]
        if ((places.mz >= 0) & ((row < 0) | (row >= len(self._mz)))).any():
            raise ValueError("features of ions that the grid does not have")
        windowed, ion = places.window >= 0, (places.window < 0) & (places.mz >= 0)
        np.add.at(
            self._cells[label],
            (row[windowed], places.window[windowed]),
            value[windowed],
        )
        np.add.at(self._ions[label], row[ion], value[ion])
        self._other[WHOLE_RUN][label] += value[places.mz < 0].sum()

    def finished(
        self, wanted: np.ndarray, labels: Sequence[int], low: float, high: float
    ) -> Contributions:
        """Return the sum; what is missing to the blend's log-odds is `REST`.

        Parameters
        ----------
        wanted : (n_labels,)
            Log-odds of the blend.
        low, high : float
            Temperatures that the run was measured at, in celsius. A family that takes
            all beyond for zero says that, and nothing of an ion.
        """
        edges = self._places.edges_celsius
        beyond = (edges[1:] <= low) | (edges[:-1] >= high)
        self._other[NOT_MEASURED] += self._cells[:, :, beyond].sum(axis=(1, 2))
        self._cells[:, :, beyond] = 0
        found = self._cells.sum(axis=(1, 2)) + self._ions.sum(axis=1)
        found += np.sum(list(self._other.values()), axis=0)
        chosen = list(labels)
        self._other[REST][chosen] += (wanted - found)[chosen]
        return Contributions(
            self._mz, self._places.edges_celsius, self._cells, self._ions, self._other
        )
