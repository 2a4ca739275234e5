"""From a specification to a network that classifies spectra."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.batch_norm import BatchNorm
from models.empty_stretches import EmptyStretches
from models.fused_activation import RandomSlope
from models.inception import Inception
from models.network_layers import Linear
from models.residual import Residual
from models.spectrum_classifier import SpectrumClassifier
from models.spectrum_layers import (
    Dropout,
    LeakyReLU,
    MaxPool,
    SameConvolution,
    glorot_uniform,
)
from models.spectrum_specs import (
    Activation,
    Conv,
    Drop,
    InceptionBlock,
    Layer,
    NetworkSpec,
    Pool,
    ResidualBlock,
    ZoneSpec,
)
from models.zone_network import ZoneNetwork

# what convolutions of so many spectra leave behind is still in the processor's cache
# when the next layer reads it; measured best for 64 channels of 5,000 points
SPECTRA_IN_CACHE = 32


class SpectrumNetwork(SpectrumClassifier):
    """A convolution part, dense layers with dropout before each, class logits."""

    def __init__(self, spec: NetworkSpec, n_points: int, n_classes: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(*_convolution_part(spec))
        self.convolutions.eval()  # dropout draws numbers, which shapes do not need
        with torch.no_grad():
            width = self.convolutions(torch.zeros(1, n_points, 1)).shape[1:].numel()
        self.convolutions.train()
        self._empty = EmptyStretches(self.convolutions, n_points)
        self._normalises = any(
            isinstance(layer, nn.BatchNorm2d) for layer in self.convolutions.modules()
        )
        layers: list[nn.Module] = []
        for n_out in spec.dense:
            layers += [Dropout(spec.dropout), Linear(width, n_out)]
            if spec.dense_activation == "relu":
                layers.append(nn.ReLU())
            width = n_out
        layers += [Dropout(spec.dropout), Linear(width, n_classes)]
        self.dense = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Map spectra (n, n_points) of maximum 1 to logits (n, n_classes)."""
        logits: Tensor = self.dense(self._convolved(x).float().flatten(1))
        return logits

    def _convolved(self, x: Tensor) -> Tensor:
        """Map (n, n_points) to (n, n_positions, n_channels)."""
        if x.is_meta or not self._empty.n_layers:  # shapes only, or nothing to save
            return self.convolutions(x.unsqueeze(2))
        needed = self._empty.needed(x)
        # batch norm must see the batch as a whole
        if x.is_cuda or (self._normalises and self.training):
            return self._convolved_alike(x, needed)
        # spectra that are shortened alike, side by side
        order = needed.sum(dim=1).argsort(stable=True)
        parts = [
            self._convolved_alike(x[rows], needed[rows])
            for rows in order.split(SPECTRA_IN_CACHE)
        ]
        return torch.cat(parts)[order.argsort()]

    def _convolved_alike(self, x: Tensor, needed: Tensor) -> Tensor:
        if needed.all(dim=1).any():  # a spectrum without empty stretches
            return self.convolutions(x.unsqueeze(2))
        first = self.convolutions[: self._empty.n_layers]
        rest = self.convolutions[self._empty.n_layers :]
        short, places = self._empty.shorten(x, needed)
        seen = self._empty.restore(first(short.unsqueeze(2)), places)
        return rest(seen)

    def use_product_dtype(self, dtype: torch.dtype) -> None:
        """Choose what products run in, in place."""
        for layer in self.modules():
            if isinstance(layer, Linear | SameConvolution):
                layer.product_dtype = dtype

    def use_dropout_generator(self, generator: torch.Generator) -> None:
        """Choose where dropout on a CPU takes its numbers from, in place."""
        for layer in self.modules():
            if isinstance(layer, RandomSlope):
                layer.generator = generator


def build_network(
    spec: NetworkSpec | ZoneSpec,
    n_points: int,
    n_classes: int,
    generator: torch.Generator,
) -> SpectrumClassifier:
    """Return a network with weights drawn from `generator`.

    Raises
    ------
    ValueError
        Too few points for the pooling of the convolution part.
    """
    try:
        # weights made in the usual way would be drawn twice
        with torch.device("meta"):
            network = unbuilt_network(spec, n_points, n_classes)
    except RuntimeError as error:
        raise ValueError(
            f"spectra of {n_points} points are too short for this network: {error}"
        ) from error
    network.to_empty(device="cpu")
    if isinstance(network, ZoneNetwork):
        network.reset()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_parameters()
            layer.reset_running_stats()
        elif isinstance(layer, SameConvolution):
            layer.reset(generator)
        elif isinstance(layer, nn.Linear):
            n_out, n_in = layer.weight.shape
            glorot_uniform(layer.weight, n_in, n_out, generator)
            with torch.no_grad():
                layer.bias.zero_()
    return network


def unbuilt_network(
    spec: NetworkSpec | ZoneSpec, n_points: int, n_classes: int
) -> SpectrumClassifier:
    """Return a network whose weights are what torch makes them, or on meta nothing."""
    if isinstance(spec, ZoneSpec):
        return ZoneNetwork(spec, n_points, n_classes)
    return SpectrumNetwork(spec, n_points, n_classes)


def count_parameters(network: nn.Module) -> int:
    """Return the number of trained numbers; running statistics do not count."""
    return sum(parameter.numel() for parameter in network.parameters())


def _convolution_part(spec: NetworkSpec) -> list[nn.Module]:
    layers: list[nn.Module] = []
    n_channels = 1
    for layer in spec.layers:
        made, n_channels = _layer(layer, n_channels)
        layers += made
    return layers


def _layer(layer: Layer, n_in: int) -> tuple[list[nn.Module], int]:
    """Return modules and the number of channels that they give."""
    match layer:
        case Conv(filters, kernel, stride, activation, batch_norm):
            made: list[nn.Module] = [SameConvolution(n_in, filters, kernel, stride)]
            if batch_norm:
                made.append(BatchNorm(filters))
            return [*made, *_activation(activation)], filters
        case Pool(kernel, stride):
            return [MaxPool(kernel, stride)], n_in
        case Drop(share):
            return [Dropout(share)], n_in
        case ResidualBlock(filters, stride, batch_norm):
            block = Residual(n_in, filters, stride, batch_norm=batch_norm)
            return [block], filters
        case InceptionBlock(filters):
            inception = Inception(n_in, filters)
            return [inception], inception.n_out


def _activation(name: Activation) -> list[nn.Module]:
    if name == "linear":
        return []
    return [nn.ReLU() if name == "relu" else LeakyReLU()]
