"""The trained networks of a bundle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.special import expit

from models.binned_run_network import BinnedRunNetwork
from models.grid_batches import view
from models.input_channels import stack_channels
from models.integrated_gradients import integrated_gradients
from models.network import NetworkSettings, TrainedNetwork
from models.network_runs import NetworkRuns
from pipeline.prediction.members import Map, Shares
from pipeline.prediction.run_inputs import RunInputs

Tensors = dict[str, torch.Tensor]


class NetworkMembers:
    """The networks of one family.

    Parameters
    ----------
    parts : list of lists
        `parts[fold][member]` are the weights of a network and its settings. Members of
        the same number have the same layers in all folds.
    edges_celsius : (n_cells + 1,)
        Of the grids' cells.
    """

    def __init__(
        self,
        parts: list[list[tuple[Tensors, NetworkSettings]]],
        edges_celsius: np.ndarray,
    ) -> None:
        self._parts, self._edges = parts, edges_celsius
        self._made: dict[int, BinnedRunNetwork] = {}
        torch.set_num_threads(1)

    def _networks(self, fold: int) -> Iterator[TrainedNetwork]:
        """Yield the members of a fold, each to be used before the next is asked for."""
        for member, (tensors, settings) in enumerate(self._parts[fold]):
            if member not in self._made:
                trained = TrainedNetwork.from_tensors(tensors, settings)
                self._made[member] = trained.network
            else:
                # other weights in the same layers: to make layers takes longer
                self._made[member].load_state_dict(tensors, assign=True)
            yield TrainedNetwork(self._made[member], settings)

    def probabilities(self, inputs: RunInputs, folds: Sequence[int]) -> np.ndarray:
        """Return (n_folds, n_runs, n_labels): logits are averaged over members."""
        means = [
            np.mean(
                [n.predict_logits(inputs.network_runs) for n in self._networks(fold)],
                axis=0,
            )
            for fold in folds
        ]
        return expit(np.stack(means))

    def shares(
        self, inputs: RunInputs, fold: int, labels: Sequence[int], steps: int
    ) -> Shares:
        """Explain one run by integrated gradients."""
        run = inputs.network_runs
        explained = [self._explain(n, run, labels, steps) for n in self._networks(fold)]
        return Shares(
            start=np.mean([start for start, _ in explained], axis=0),
            maps=[
                Map(part.edges_celsius, part.log_odds / len(explained))
                for _, part in explained
            ],
        )

    def _explain(
        self,
        trained: TrainedNetwork,
        run: NetworkRuns,
        labels: Sequence[int],
        steps: int,
    ) -> tuple[np.ndarray, Map]:
        settings, network = trained.settings, trained.network.eval()
        binning = settings.binning
        bins = torch.from_numpy(view(run, binning, 0)).to(settings.device)
        channels = stack_channels(bins, network.channels)
        x = ((channels - network.centre) / network.spread)[0]
        parts, start = integrated_gradients(network.network, x, labels, steps)
        width = self._edges[1] - self._edges[0]
        cells = binning.first_cell + binning.cells_per_bin * np.arange(
            binning.n_bins + 1
        )
        return start, Map(self._edges[0] + width * cells, parts.sum(axis=1))
