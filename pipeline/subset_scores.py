"""Out-of-fold scores of blends of some of the families, each computed once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from models.metrics import log_losses
from models.stacker import plain_average
from pipeline.evaluate import Scorer
from pipeline.params import Params
from pipeline.probabilities import mean_of_folds
from pipeline.stack import KEYS, cross_fitted_predictions


class SubsetScores:
    """Probabilities and log-losses of families alone and of their blends.

    A subset is a tuple of families in the order of `families`, so that the blend of all
    of them is that of stage stack, bit by bit.

    Parameters
    ----------
    families : sequence of str
    rows : DataFrame
        The out-of-fold part of `stacking_rows` of these families.
    truth : DataFrame
        sample_id, instrument_type and the labels of the scored runs.
    params : Params
    """

    def __init__(
        self,
        families: Sequence[str],
        rows: pl.DataFrame,
        truth: pl.DataFrame,
        params: Params,
    ) -> None:
        self.families = tuple(families)
        self.scorer = Scorer(truth, params)
        self._rows, self._params = rows, params
        self._ids = truth.select("sample_id")
        self._weights = self.scorer.weights(len(truth))
        self._blends: dict[tuple[str, ...], np.ndarray] = {}

    def alone(self, family: str) -> np.ndarray:
        """Return a family's probabilities as they are, (n_runs, n_labels)."""
        column = pl.col(family).alias("probability")
        return self._wide(self._rows.select(*KEYS, column))

    def average(self) -> np.ndarray:
        """Return what the plain average of all families' logits gives."""
        values = plain_average(self._rows.select(self.families).to_numpy())
        return self._wide(self._rows.select(KEYS).with_columns(probability=values))

    def blend(self, subset: Sequence[str]) -> np.ndarray:
        """Return the probabilities of the cross-fitted blend of a subset."""
        names = tuple(name for name in self.families if name in subset)
        if names not in self._blends:
            folds = cross_fitted_predictions(self._rows, names, self._params)
            self._blends[names] = self._wide(pl.concat(folds))
        return self._blends[names]

    def losses(self, p: np.ndarray) -> np.ndarray:
        """Return the mean log-loss over labels, then that of each resample of runs."""
        by_run = log_losses(self.scorer.y, p).mean(axis=1)
        return self._weights @ by_run / self._weights.sum(axis=1)

    def blend_losses(self, subset: Sequence[str]) -> np.ndarray:
        """Return `losses` of the blend of a subset."""
        return self.losses(self.blend(subset))

    def _wide(self, table: pl.DataFrame) -> np.ndarray:
        labels = self._params.data.labels
        wide = mean_of_folds(table, labels)
        joined = self._ids.join(wide, on="sample_id", how="left", maintain_order="left")
        return joined.select(labels).to_numpy()
