"""One training loop and one estimator for all networks."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.binned_run_network import BinnedRunNetwork
from models.conv_network import (
    DilatedConvNetwork,
    IonAttentionNetwork,
    ParallelConvolutions,
)
from models.fused_activation import RandomSlope
from models.generated_runs import GeneratedRuns
from models.grid_batches import Augmentation, Binning, augmented_batch, view
from models.network_layers import Linear, initialise
from models.network_runs import NetworkRuns
from models.random_streams import torch_generator
from models.sequence_network import SequenceNetwork

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "dilated": DilatedConvNetwork,
    "ion_attention": IonAttentionNetwork,
    "convolution": partial(SequenceNetwork, body="convolution"),
    "transformer": partial(SequenceNetwork, body="transformer"),
    "recurrent": partial(SequenceNetwork, body="recurrent"),
}
WARM_UP_SHARE = 0.1
LARGEST_GRADIENT = 5.0
RUNS_PER_PREDICTION = 16


@dataclass(frozen=True)
class NetworkSettings:
    """A member of an ensemble.

    Attributes
    ----------
    network : str
        Key of `NETWORKS`.
    channels : tuple[str, ...]
        Scalings of the input, keys of `models.input_channels.CHANNELS`.
    options : dict[str, float]
        Keyword arguments of the network, such as its dropouts.
    channel_dropout : float
        Chance that a channel of a training run is set to zero; one always stays.
    optimizer : {"sgdp", "adamw"}
        SGDP runs without momentum.
    averaged_share : float
        The weights are averaged over this last share of the steps (stochastic weight
        averaging, Izmailov et al. 2018, arXiv 1803.05407).
    generated_share : float
        Share of training runs that an autoencoder makes up, see `generated_runs`.
    views : int
        Predictions are averaged over this many views of a run, see `grid_batches`.
    product_dtype : torch.dtype
        bfloat16 where the machine multiplies it faster, or float32.
    """

    network: str
    channels: tuple[str, ...]
    binning: Binning
    augmentation: Augmentation
    epochs: int
    batch_size: int
    optimizer: Literal["sgdp", "adamw"]
    learning_rate: float
    weight_decay: float
    options: dict[str, float] = field(default_factory=dict)
    channel_dropout: float = 0.0
    averaged_share: float = 0.15
    generated_share: float = 0.0
    views: int = 4
    device: str = "cpu"
    product_dtype: torch.dtype = torch.float32


class TrainedNetwork:
    """A network with averaged weights that predicts runs."""

    def __init__(self, network: BinnedRunNetwork, settings: NetworkSettings) -> None:
        self.network, self.settings = network, settings

    @staticmethod
    def from_tensors(
        tensors: dict[str, Tensor], settings: NetworkSettings
    ) -> TrainedNetwork:
        """Return the network whose `state_dict` is `tensors`.

        Raises
        ------
        RuntimeError
            The tensors are not those of such a network.
        """
        n_mz = tensors["centre"].shape[2]
        # weights made in the usual way would be drawn for nothing
        with torch.device("meta"):
            network = _unset(settings, n_mz, len(tensors["network.logits.bias"]))
        network.load_state_dict(tensors, assign=True)
        return TrainedNetwork(network.to(settings.device), settings)

    def predict_logits(self, runs: NetworkRuns) -> np.ndarray:
        """Return (n_runs, n_labels), the mean over views."""
        settings = self.settings
        self.network.eval()
        n_labels = len(self.network.get_parameter("network.logits.bias"))
        parts = [torch.empty(0, n_labels, device=settings.device)]
        with torch.no_grad():
            for start in range(0, len(runs), RUNS_PER_PREDICTION):
                rows = np.arange(start, min(start + RUNS_PER_PREDICTION, len(runs)))
                part = runs.take(rows)
                views = [_bins(part, settings, n) for n in range(settings.views)]
                logits = self.network(torch.cat(views))
                parts.append(logits.view(settings.views, len(rows), -1).mean(dim=0))
        return torch.cat(parts).double().cpu().numpy()


def fit_network(
    runs: NetworkRuns,
    y: np.ndarray,
    settings: NetworkSettings,
    seed: np.random.SeedSequence,
) -> TrainedNetwork:
    """Train on all given runs; `runs` and `y` must be the training set of a fold.

    Parameters
    ----------
    y : (n_runs, n_labels) 0/1
    seed : SeedSequence
        Decides weights, dropout, order and augmentation; no global generator is used.
    """
    torch.set_num_threads(1)
    weight_seed, dropout_seed, batch_seed, generated_seed = seed.spawn(4)
    network = _build(runs, y, settings, weight_seed, dropout_seed)
    averaged = copy.deepcopy(network)
    optimizer = _optimizer(network, settings)
    rng = np.random.default_rng(batch_seed)
    generated = GeneratedRuns(
        runs, y, settings.binning, settings.generated_share, generated_seed
    )
    steps = settings.epochs * max(1, len(runs) // settings.batch_size)
    average_from = math.floor(steps * (1 - settings.averaged_share))
    average_from = min(average_from, steps - 1)  # a share of zero: the last weights
    network.train()
    for step, rows in enumerate(_batches(len(runs), steps, settings.batch_size, rng)):
        _set_learning_rate(optimizer, settings.learning_rate, step / steps)
        bins, labels = augmented_batch(
            runs,
            y,
            rows,
            settings.binning,
            settings.augmentation,
            rng,
        )
        generated.put_into(bins, labels)
        logits = network(torch.from_numpy(bins).to(settings.device))
        target = torch.from_numpy(labels).to(settings.device)
        loss = functional.binary_cross_entropy_with_logits(logits, target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
        optimizer.step()
        if step >= average_from:
            _average(averaged, network, 1 / (step - average_from + 1))
    return TrainedNetwork(averaged, settings)


def _bins(runs: NetworkRuns, settings: NetworkSettings, number: int) -> Tensor:
    bins = view(runs, settings.binning, number)
    return torch.from_numpy(bins).to(settings.device)


def _build(
    runs: NetworkRuns,
    y: np.ndarray,
    settings: NetworkSettings,
    weight_seed: np.random.SeedSequence,
    dropout_seed: np.random.SeedSequence,
) -> BinnedRunNetwork:
    network = _unset(settings, runs.abundance.shape[1], y.shape[1])
    weights, dropout = torch_generator(weight_seed), torch_generator(dropout_seed)
    initialise(network, weights)
    for layer in network.modules():
        if isinstance(layer, RandomSlope | BinnedRunNetwork):
            layer.generator = dropout
    # the output starts at the prevalence of each label
    share = np.clip(y.mean(axis=0), 0.01, 0.99)
    bias = network.get_parameter("network.logits.bias")
    with torch.no_grad():
        bias.copy_(torch.from_numpy(np.log(share / (1 - share))))
    network.measure(_bins(runs, replace(settings, device="cpu"), 0))
    return network.to(settings.device)


def _unset(settings: NetworkSettings, n_mz: int, n_labels: int) -> BinnedRunNetwork:
    """Return a network whose weights are still to be set."""
    inner = NETWORKS[settings.network](
        len(settings.channels),
        n_mz,
        settings.binning.n_bins,
        n_labels,
        **settings.options,
    )
    network = BinnedRunNetwork(inner, settings.channels, n_mz, settings.channel_dropout)
    for layer in network.modules():
        if isinstance(layer, Linear | ParallelConvolutions):
            layer.product_dtype = settings.product_dtype
    return network


def _optimizer(network: nn.Module, settings: NetworkSettings) -> torch.optim.Optimizer:
    parameters = network.parameters()
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "sgdp":
        # imported on demand: it takes as long to import as torch
        from pytorch_optimizer import SGDP

        return SGDP(parameters, lr=rate, momentum=0.0, weight_decay=decay)
    return torch.optim.AdamW(
        parameters, lr=rate, weight_decay=decay, betas=(0.9, 0.99), fused=True
    )


def _set_learning_rate(
    optimizer: torch.optim.Optimizer, largest: float, progress: float
) -> None:
    """Warm up linearly, then fall along half a cosine."""
    if progress < WARM_UP_SHARE:
        factor = progress / WARM_UP_SHARE
    else:
        angle = math.pi * (progress - WARM_UP_SHARE) / (1 - WARM_UP_SHARE)
        factor = (1 + math.cos(angle)) / 2
    for group in optimizer.param_groups:
        group["lr"] = largest * max(factor, 0.005)


def _batches(
    n_runs: int, steps: int, batch_size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield rows of whole batches; each epoch has an order of its own."""
    batch_size = min(batch_size, n_runs)
    per_epoch = n_runs // batch_size
    for step in range(steps):
        place = step % per_epoch
        if place == 0:
            order = rng.permutation(n_runs)
        yield order[place * batch_size : (place + 1) * batch_size]


def _average(averaged: nn.Module, network: nn.Module, weight: float) -> None:
    with torch.no_grad():
        for mean, new in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(new, weight)
