"""Small regression networks: what one is, how it is trained, where weights start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class RegressorTraining:
    """How the members are trained.

    Attributes
    ----------
    hidden : tuple of int
        Units of the hidden layers, ReLU behind each; one output without activation.
    batch_size : int
        Rows of a step, at least.
    most_steps : int
        Steps of an epoch at most: larger sets get larger batches.
    together : int
        Members in one stack; more need more memory and, past the cache of the
        processor, gain nothing.
    """

    hidden: tuple[int, ...] = (64, 16)
    epochs: int = 100
    batch_size: int = 32
    most_steps: int = 32
    learning_rate: float = 0.001
    together: int = 32
    device: str = "cpu"

    def steps(self, rows: int) -> int:
        """Return the steps of an epoch."""
        return min(-(-rows // self.batch_size), self.most_steps)


@dataclass(frozen=True)
class Member:
    """One network to train.

    Attributes
    ----------
    inputs : (n_rows, n_channels) float32
        Members may share the array; it is then held once.
    targets : (n_rows,) float32
        NaN where there is no value: such rows are left out.
    seed : SeedSequence
        Decides starting weights and order of rows.
    epochs_factor : int
        Times the epochs of the training.
    """

    inputs: np.ndarray
    targets: np.ndarray
    seed: np.random.SeedSequence
    epochs_factor: int = 1

    def rows(self) -> np.ndarray:
        """Return the rows that have a target."""
        return np.flatnonzero(~np.isnan(self.targets))


@dataclass(frozen=True)
class Regressor:
    """A trained member: weights (inputs, outputs) and biases (outputs,) by layer."""

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return (n_rows,) float32 of inputs (n_rows, n_channels)."""
        hidden = torch.from_numpy(np.ascontiguousarray(inputs, dtype=np.float32))
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(
            zip(self.weights, self.biases, strict=True)
        ):
            hidden = torch.addmm(bias, hidden, weight)
            if layer < last:
                hidden = hidden.relu_()
        return hidden[:, 0].numpy()


def start_weights(
    sizes: Sequence[int], seed: np.random.SeedSequence
) -> tuple[list[Tensor], list[Tensor]]:
    """Return weights and biases, uniform within 1 / sqrt(inputs), as torch draws them.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, hidden units, outputs.
    """
    rng = np.random.default_rng(seed)
    weights, biases = [], []
    for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True):
        bound = inputs**-0.5
        weight = rng.uniform(-bound, bound, (inputs, outputs)).astype(np.float32)
        bias = rng.uniform(-bound, bound, outputs).astype(np.float32)
        weights.append(torch.from_numpy(weight))
        biases.append(torch.from_numpy(bias))
    return weights, biases
