"""The trained soups of a bundle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from models.integrated_gradients import integrated_gradients
from models.ldl_mlp import LdlMlp, predict_probabilities
from models.member_mean import mean_probability
from models.principal_inputs import PrincipalInputs
from pipeline.prediction.members import Shares
from pipeline.prediction.run_inputs import RunInputs


class SoupMembers:
    """`inputs[fold]` and `networks[fold]`: scaling and averaged networks of a fold."""

    def __init__(
        self, inputs: list[PrincipalInputs], networks: list[list[LdlMlp]]
    ) -> None:
        self._inputs, self._networks = inputs, networks
        torch.set_num_threads(1)

    def probabilities(self, inputs: RunInputs, folds: Sequence[int]) -> np.ndarray:
        """Return (n_folds, n_runs, n_labels): logits are averaged over members."""
        return np.stack([self._probabilities(inputs, fold) for fold in folds])

    def _probabilities(self, inputs: RunInputs, fold: int) -> np.ndarray:
        x = self._inputs[fold].transform(inputs.features)
        members = [predict_probabilities(n, x) for n in self._networks[fold]]
        return mean_probability(members)

    def shares(
        self, inputs: RunInputs, fold: int, labels: Sequence[int], steps: int
    ) -> Shares:
        """Explain one run by integrated gradients along the scaled features."""
        x = torch.from_numpy(self._inputs[fold].transform(inputs.features))[0]
        parts, starts = [], []
        for network in self._networks[fold]:
            part, start = integrated_gradients(network.eval(), x, labels, steps)
            parts.append(part)
            starts.append(start)
        coordinates = np.where(x.numpy() == 0, 1, x.numpy())
        gradient = np.mean(parts, axis=0) / coordinates
        return Shares(
            start=np.mean(starts, axis=0),
            features=self._inputs[fold].shared_out(gradient, inputs.features),
        )
