"""Layers of the networks: matrix products in bfloat16 where that pays, sums in float32.

Sequences are (n_rows, n_steps, n_channels), channels last, so that every convolution is
one matrix product over gathered neighbours.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.fused_activation import plain_dropout


class Linear(nn.Linear):
    """A linear map whose product runs in `product_dtype`; takes and gives float32."""

    product_dtype = torch.float32

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., n_in) to (..., n_out)."""
        if self.product_dtype == torch.float32:
            return super().forward(x)
        weight, bias = self.weight.to(self.product_dtype), self.bias
        return functional.linear(x.to(self.product_dtype), weight).float() + bias


class Convolution(Linear):
    """Convolution of width 3 with zero padding: taps at t - dilation, t, t + dilation.

    With stride 2 every other step t = 0, 2, ... is computed.
    """

    def __init__(
        self, n_in: int, n_out: int, *, dilation: int = 1, stride: int = 1
    ) -> None:
        super().__init__(3 * n_in, n_out)
        self.dilation, self.stride = dilation, stride

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_rows, n_steps, n_in) to (n_rows, ceil(n_steps / stride), n_out)."""
        x = x.to(self.product_dtype)
        return super().forward(_gather(x, self.dilation, self.stride))


def _gather(x: Tensor, dilation: int, stride: int) -> Tensor:
    """Return (n_rows, n_out_steps, 3 * n_channels): the three taps side by side."""
    taps: Tensor = _Gather.apply(x, dilation, stride)
    return taps


class _Gather(torch.autograd.Function):
    """Copies three shifted views into one array; torch's unfold has a slow gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dilation: int, stride: int) -> Tensor:
        rows, steps, channels = x.shape
        ctx.dilation, ctx.stride, ctx.shape = dilation, stride, x.shape
        taps = x.new_zeros(rows, -(-steps // stride), 3, channels)
        for tap, to, source in _tap_ranges(steps, dilation, stride):
            taps[:, to, tap] = x[:, source]
        return taps.flatten(2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        rows, steps, channels = ctx.shape
        taps = gradients[0].view(rows, -1, 3, channels)
        x = taps.new_zeros(ctx.shape)
        for tap, to, source in _tap_ranges(steps, ctx.dilation, ctx.stride):
            x[:, source] += taps[:, to, tap]
        return x, None, None


def _tap_ranges(
    steps: int, dilation: int, stride: int
) -> list[tuple[int, slice, slice]]:
    """Return tap number, output steps and the input steps that they read."""
    ranges = []
    for tap in range(3):
        offset = (tap - 1) * dilation
        first = max(0, -(offset // stride))  # first output step inside the input
        last = (steps - 1 - offset) // stride if offset < steps else -1
        last = min(last, (steps - 1) // stride)
        if first <= last:
            start = first * stride + offset
            stop = last * stride + offset + 1
            ranges.append((tap, slice(first, last + 1), slice(start, stop, stride)))
    return ranges


class EncoderBlock(nn.Module):
    """Self-attention and a feed-forward part, both with layer norm first.

    Xiong et al. 2020, arXiv 2002.04745.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_forward = (
            nn.LayerNorm(width),
            nn.LayerNorm(width),
        )
        self.query_key_value = Linear(width, 3 * width)
        self.join = Linear(width, width)
        self.widen, self.narrow = Linear(width, 2 * width), Linear(2 * width, width)
        self.drop_attention = plain_dropout(dropout)
        self.drop_inside = plain_dropout(dropout)
        self.drop_forward = plain_dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_rows, n_tokens, width) to the same shape."""
        rows, tokens, width = x.shape
        heads = self.query_key_value(self.norm_attention(x))
        heads = heads.view(rows, tokens, 3, self.heads, width // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        mixed = mixed.transpose(1, 2).reshape(rows, tokens, width)
        x = x + self.drop_attention(self.join(mixed))
        inside = self.drop_inside(functional.gelu(self.widen(self.norm_forward(x))))
        return x + self.drop_forward(self.narrow(inside))


def initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights anew: matrices uniform with variance 1 / (3 n_in), biases zero.

    A layer with other parameters has a method `reset`. torch's own initialisation draws
    from a global generator, which threads share.
    """
    for layer in network.modules():
        reset = getattr(layer, "reset", None)
        if reset is not None:
            reset(generator)
        if isinstance(layer, nn.Linear):
            bound = 1 / math.sqrt(layer.in_features)
            with torch.no_grad():
                layer.weight.uniform_(-bound, bound, generator=generator)
                layer.bias.zero_()
