"""Generated runs in the training batches of networks."""

from __future__ import annotations

import numpy as np

from models.generated_inputs import LabelledInputs, generate_inputs
from models.grid_batches import Binning, view
from models.input_channels import LOG_FLOOR
from models.network_runs import NetworkRuns
from models.random_streams import child

_GENERATION, _CHOICE = range(2)


class GeneratedRuns:
    """As many generated runs as there are training runs, made up once.

    They are learnt as logarithms: most bins of a run are far below its maximum.

    Parameters
    ----------
    runs, y : NetworkRuns and (n_runs, n_labels) 0/1
        Training runs only.
    share : float
        Share of a batch's runs that generated ones replace; 0 makes up none.
    """

    def __init__(
        self,
        runs: NetworkRuns,
        y: np.ndarray,
        binning: Binning,
        share: float,
        seed: np.random.SeedSequence,
    ) -> None:
        self._share = share
        if share == 0:
            return
        self._rng = np.random.default_rng(child(seed, (_CHOICE,)))
        logarithms = np.log(view(runs, binning, 0) + np.float32(LOG_FLOOR))
        made = generate_inputs(
            LabelledInputs(logarithms.reshape(len(runs), -1), y),
            len(runs),
            child(seed, (_GENERATION,)),
        )
        bins = np.exp(made.inputs) - np.float32(LOG_FLOOR)
        # what was zero comes back with the rounding error of the logarithm
        self._bins = np.maximum(bins, 0).reshape(logarithms.shape)
        self._labels = made.labels

    def put_into(self, bins: np.ndarray, labels: np.ndarray) -> None:
        """Replace some runs of a batch, in place.

        Parameters
        ----------
        bins : (n_rows, n_mz, n_bins) float32
        labels : (n_rows, n_labels) float32
        """
        if self._share == 0:
            return
        rows = np.flatnonzero(self._rng.random(len(bins)) < self._share)
        drawn = self._rng.integers(len(self._bins), size=len(rows))
        bins[rows], labels[rows] = self._bins[drawn], self._labels[drawn]
