"""Randomised leaky ReLU and dropout in one pass over memory.

In a small network on a CPU most of the time of torch's `rrelu` and `dropout` goes into
drawing one random number an element. Here they are read from a fixed table, from a
random place on for each block of elements, and both operations are one loop.

RReLU draws the slope of a negative value uniformly in training and uses the mean slope
otherwise: Xu, Wang, Chen, Li 2015, arXiv 1505.00853.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor, nn
from torch.nn import functional

SLOPE_LOW, SLOPE_HIGH = 1 / 8, 1 / 3
_BLOCK = 32768
_PLACES = 3 * _BLOCK
_TABLE = np.random.default_rng(0).random(_PLACES + _BLOCK, dtype=np.float32)


class RandomSlope(nn.Module):
    """Dropout of x, with random slopes for negative values if they are below one.

    `generator` decides all random numbers on a CPU; a GPU uses torch's global one.
    """

    def __init__(self, dropout: float, slope_low: float, slope_high: float) -> None:
        super().__init__()
        self.dropout, self.slope_low, self.slope_high = dropout, slope_low, slope_high
        self.generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Map a float32 tensor of any shape to one of the same shape."""
        if not self.training:
            if self.slope_low == 1:
                return x
            return functional.leaky_relu(x, (self.slope_low + self.slope_high) / 2)
        if x.is_cuda:
            x = functional.rrelu(x, self.slope_low, self.slope_high, training=True)
            return functional.dropout(x, self.dropout)
        y: Tensor = _RandomSlope.apply(x, self)
        return y


def rrelu_dropout(dropout: float) -> RandomSlope:
    """Return the layer dropout(rrelu(x)) with slopes from 1/8 to 1/3."""
    return RandomSlope(dropout, SLOPE_LOW, SLOPE_HIGH)


def plain_dropout(dropout: float) -> RandomSlope:
    """Return the layer dropout(x)."""
    return RandomSlope(dropout, 1.0, 1.0)


class _RandomSlope(torch.autograd.Function):
    """x * factor, where factor = (0 if dropped else 1 / (1 - dropout)) * slope."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: RandomSlope) -> Tensor:
        x = x.contiguous()
        y, factor = torch.empty_like(x), torch.empty_like(x)
        blocks = -(-x.numel() // _BLOCK)
        places = torch.randint(_PLACES, (blocks, 2), generator=layer.generator)
        _multiply(
            x.detach().view(-1).numpy(),
            y.view(-1).numpy(),
            factor.view(-1).numpy(),
            _TABLE,
            places.numpy(),
            np.float32(layer.dropout),
            np.float32(layer.slope_low),
            np.float32(layer.slope_high - layer.slope_low),
        )
        ctx.save_for_backward(factor)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] * ctx.saved_tensors[0], None


@njit(fastmath=True, cache=True, nogil=True)
def _multiply(
    x: np.ndarray,
    y: np.ndarray,
    factor: np.ndarray,
    table: np.ndarray,
    places: np.ndarray,
    dropout: np.float32,
    low: np.float32,
    span: np.float32,
) -> None:
    kept = np.float32(1) / (np.float32(1) - dropout)
    for block in range(len(places)):
        start, end = block * _BLOCK, min(x.size, (block + 1) * _BLOCK)
        drop, slope = table[places[block, 0] :], table[places[block, 1] :]
        # slices that start at zero let the compiler vectorise the loop
        x_part, y_part, factor_part = x[start:end], y[start:end], factor[start:end]
        for i in range(end - start):
            scale = kept if drop[i] >= dropout else np.float32(0)
            value = x_part[i]
            if value < np.float32(0):
                scale *= low + span * slope[i]
            factor_part[i] = scale
            y_part[i] = value * scale
