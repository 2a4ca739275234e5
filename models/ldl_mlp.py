"""LDL-MLP: a perceptron trained with `models.ldl_loss`.

Source: the LDL-MLP interview of the second Mars Spectrometry challenge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.fused_activation import RandomSlope, plain_dropout
from models.network_layers import Linear, initialise
from models.random_streams import torch_generator

Weights = dict[str, Tensor]
# batch-norm statistics are taken over at most this many training rows
_MOST_STATISTIC_ROWS = 8192


@dataclass(frozen=True)
class LdlMlpSettings:
    """The network, its loss and one training.

    Attributes
    ----------
    widths : tuple[int, ...]
        Units of the hidden layers.
    dropout, input_dropout : float
        Share of hidden units, and of inputs, that a training step sets to zero.
    hinge_weight, grid_weight : float
        Weights of the two losses beside binary cross-entropy.
    epochs : int
        Of a training; 0 leaves the start as it is.
    batch_size : int
        Rows of a step; at least 2, for batch norm.
    copy_share : float
        Share of the augmented rows that an epoch draws, anew each time; it takes every
        unaugmented row.
    learning_rate, weight_decay : float
        Of AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101); the rate falls along
        half a cosine.
    product_dtype : torch.dtype
        Of matrix products; bfloat16 where the machine multiplies it faster.
    """

    widths: tuple[int, ...] = (1024, 512)
    dropout: float = 0.0
    input_dropout: float = 0.0
    hinge_weight: float = 0.1
    grid_weight: float = 0.1
    epochs: int = 10
    batch_size: int = 64
    copy_share: float = 0.0
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    product_dtype: torch.dtype = torch.float32


class LdlMlp(nn.Module):
    """Hidden layers of linear map, batch norm, layer norm, ReLU, dropout; then logits.

    The first linear map has a fixed number of inputs that lie around 0 with deviation
    1, and 0 for what is missing.
    """

    def __init__(self, n_inputs: int, n_labels: int, settings: LdlMlpSettings) -> None:
        super().__init__()
        layers: list[nn.Module] = [_dropout(settings.input_dropout)]
        widths = (n_inputs, *settings.widths)
        for n_in, n_out in zip(widths[:-1], widths[1:], strict=True):
            layers += [
                Linear(n_in, n_out),
                nn.BatchNorm1d(n_out),
                nn.LayerNorm(n_out),
                nn.ReLU(),
                _dropout(settings.dropout),
            ]
        self.hidden = nn.Sequential(*layers)
        self.logits = Linear(widths[-1], n_labels)
        for layer in self.modules():
            if isinstance(layer, Linear):
                layer.product_dtype = settings.product_dtype

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_rows, n_inputs) to logits (n_rows, n_labels)."""
        logits: Tensor = self.logits(self.hidden(x))
        return logits


def _dropout(share: float) -> nn.Module:
    """Return dropout, or nothing for a share of 0: a pass over memory less."""
    return plain_dropout(share) if share > 0 else nn.Identity()


def fresh_weights(
    n_inputs: int,
    prevalence: np.ndarray,
    settings: LdlMlpSettings,
    seed: np.random.SeedSequence,
) -> Weights:
    """Return weights to start from; the outputs start at the labels' prevalence.

    Parameters
    ----------
    prevalence : (n_labels,)
        Share of the training runs that have the label.
    """
    network = _empty_network(n_inputs, len(prevalence), settings)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.LayerNorm):
            layer.reset_parameters()
    initialise(network, torch_generator(seed))
    share = np.clip(prevalence, 0.01, 0.99)
    with torch.no_grad():
        network.logits.bias.copy_(torch.from_numpy(np.log(share / (1 - share))))
    return copy_weights(network)


def with_weights(weights: Weights, settings: LdlMlpSettings) -> LdlMlp:
    """Return a network that holds a copy of `weights`."""
    copies = {name: value.clone() for name, value in weights.items()}
    return network_of(copies, settings)


def network_of(weights: Weights, settings: LdlMlpSettings) -> LdlMlp:
    """Return the network that consists of `weights`."""
    n_inputs = weights["hidden.1.weight"].shape[1]
    # layers made in the usual way would draw weights for nothing
    with torch.device("meta"):
        network = LdlMlp(n_inputs, len(weights["logits.bias"]), settings)
    network.load_state_dict(weights, assign=True)
    return network


def _empty_network(n_inputs: int, n_labels: int, settings: LdlMlpSettings) -> LdlMlp:
    """Return a network of which all weights are still to be set.

    Layers made in the usual way draw weights from torch's global generator.
    """
    with torch.device("meta"):
        network = LdlMlp(n_inputs, n_labels, settings)
    return network.to_empty(device="cpu")


def copy_weights(network: LdlMlp) -> Weights:
    """Return parameters and batch-norm statistics, independent of the network."""
    return {name: value.clone() for name, value in network.state_dict().items()}


def use_dropout_generator(network: nn.Module, generator: torch.Generator) -> None:
    """Let all dropout of the network draw from `generator`."""
    for layer in network.modules():
        if isinstance(layer, RandomSlope):
            layer.generator = generator


def recompute_batch_norm(network: LdlMlp, inputs: Tensor) -> None:
    """Set the batch-norm statistics to those of training rows (n_rows, n_inputs).

    A running mean over the last steps is noisy after a short training, and the mean of
    several networks' statistics is not that of the averaged network (Izmailov et al.
    2018, arXiv 1803.05407).
    """
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d)]
    every = -(-len(inputs) // _MOST_STATISTIC_ROWS)
    if len(inputs) < 2 or not norms:
        return
    network.eval()  # no dropout
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0  # replace the statistics by those of this one batch
        norm.train()
    with torch.no_grad():
        network(inputs[::every])
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()


def predict_probabilities(network: LdlMlp, inputs: np.ndarray) -> np.ndarray:
    """Return (n_runs, n_labels) float64 of inputs (n_runs, n_inputs)."""
    network.eval()
    with torch.no_grad():
        logits = network(torch.from_numpy(inputs))
    return np.asarray(torch.sigmoid(logits.double()).numpy())
