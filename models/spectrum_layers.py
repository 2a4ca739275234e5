"""Layers of networks that read spectra; arrays are (n_spectra, n_points, n_channels).

Products run in `product_dtype` where that is faster, and so do activations between
convolutions; sums of products, weights and the dense part are float32. The layers are
those of the framework that the networks were published in: 'same' convolutions pad one
point more on the right where they cannot pad evenly, pooling does not pad, weights
start uniform (Glorot and Bengio 2010).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.fused_activation import plain_dropout

LEAKY_SLOPE = 0.1


class SameConvolution(nn.Module):
    """A convolution that gives ceil(n_points / stride) points.

    `groups` equal to the number of channels makes it depthwise.
    """

    def __init__(
        self, n_in: int, n_out: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.kernel, self.stride, self.groups = kernel, stride, groups
        self.weight = nn.Parameter(torch.empty(n_out, n_in // groups, kernel))
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.product_dtype = torch.float32

    def reset(self, generator: torch.Generator) -> None:
        """Draw the weights anew."""
        n_out, n_in, kernel = self.weight.shape
        glorot_uniform(self.weight, n_in * kernel, n_out * kernel, generator)
        with torch.no_grad():
            self.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_points, n_in) to (n, ceil(n_points / stride), n_out)."""
        left, right = same_padding(x.shape[1], self.kernel, self.stride)
        if self.weight.shape[1] == 1 and self.groups == 1:
            return self._of_one_channel(functional.pad(x, (0, 0, left, right)))
        x = x.to(self.product_dtype)
        if left != right:
            x, left = functional.pad(x, (0, 0, left, right)), 0
        # channels last, which a 2-D convolution takes as it is, twice as fast as 1-D
        y = functional.conv2d(
            x.transpose(1, 2).unsqueeze(2),
            self.weight.unsqueeze(2)
            .to(self.product_dtype)
            .contiguous(memory_format=torch.channels_last),
            self.bias.to(self.product_dtype),
            (1, self.stride),
            (0, left),
            groups=self.groups,
        )
        return y.squeeze(2).transpose(1, 2)

    def _of_one_channel(self, x: Tensor) -> Tensor:
        """One matrix product over gathered windows; in float32, as input should be."""
        windows = x.float().squeeze(2).unfold(1, self.kernel, self.stride)
        n, n_points, _ = windows.shape
        y = torch.addmm(
            self.bias, windows.reshape(-1, self.kernel), self.weight.squeeze(1).t()
        )
        return y.view(n, n_points, -1).to(self.product_dtype)


class MaxPool(nn.Module):
    """The largest value of each window; windows beyond the end are left out."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_points, c) to (n, floor((n_points - kernel) / stride) + 1, c)."""
        if self.kernel == 1:
            return x[:, :: self.stride].contiguous()
        y = functional.max_pool2d(
            x.transpose(1, 2).unsqueeze(2), (1, self.kernel), (1, self.stride)
        )
        return y.squeeze(2).transpose(1, 2)


class LeakyReLU(nn.Module):
    """x, or a tenth of it below zero."""

    def forward(self, x: Tensor) -> Tensor:
        """Map a tensor of any shape to the same shape."""
        return functional.leaky_relu(x, LEAKY_SLOPE)


class Dropout(nn.Module):
    """Dropout whose numbers come from a generator of the network."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.inner = plain_dropout(share)

    def forward(self, x: Tensor) -> Tensor:
        """Map a tensor of any shape to the same shape and type."""
        if not self.training or self.inner.dropout == 0:
            return x
        dropped: Tensor = self.inner(x.float())
        return dropped.to(x.dtype)


def same_padding(n_points: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return how many zeros stand left and right of a 'same' convolution's input.

    >>> same_padding(5000, 50, 2), same_padding(5000, 5, 1), same_padding(5, 1, 2)
    ((24, 24), (2, 2), (0, 0))
    """
    n_out = math.ceil(n_points / stride)
    total = max((n_out - 1) * stride + kernel - n_points, 0)
    return total // 2, total - total // 2


def glorot_uniform(
    weight: Tensor, n_in: int, n_out: int, generator: torch.Generator
) -> None:
    """Draw weights uniform with variance 2 / (n_in + n_out)."""
    bound = math.sqrt(6 / (n_in + n_out))
    with torch.no_grad():
        weight.uniform_(-bound, bound, generator=generator)
