"""Batch norm over spectra of which some positions stand for many.

Where empty stretches are left out (`models.empty_stretches`), what stands there counts
as often as it was left out: mean and variance are those of the whole spectra. It keeps
99 % of its running statistics, as in the framework that its networks come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON, MOMENTUM = 1e-3, 0.01
# training, momentum, epsilon
_IN_TRAINING = (True, 0.0, EPSILON)


@dataclass(frozen=True)
class LeftOut:
    """Positions that a batch stands for without having them.

    Attributes
    ----------
    count : int
        Of all spectra together.
    place : int
        Where the last spectrum of the batch, which is none of the data, has what stands
        at these positions.
    """

    count: int
    place: int


class BatchNorm(nn.Module):
    """Each channel scaled to mean 0 and variance 1 over batch and positions.

    Attributes
    ----------
    left_out : LeftOut or None
        Set while a shortened batch passes.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(n_channels, eps=EPSILON, momentum=MOMENTUM)
        self.left_out: LeftOut | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_positions, n_channels) to the same shape."""
        if not self.training or self.left_out is None:
            return _channels_last(self.norm(_channels_first(x)))
        norm = self.norm
        y: Tensor
        y, mean, variance = _NormOfShortened.apply(
            x, norm.weight, norm.bias, self.left_out
        )
        n = (len(x) - 1) * x.shape[1] + self.left_out.count
        unbiased = variance * (n / (n - 1))
        for kept, now in ((norm.running_mean, mean), (norm.running_var, unbiased)):
            assert kept is not None
            kept.lerp_(now, MOMENTUM)
        return y


class _NormOfShortened(torch.autograd.Function):
    """Batch norm of all spectra but the last; that is scaled with them.

    Written with the library's own batch norm where it can be, which reads and writes
    bfloat16 and adds up in float32, several times as fast as single operations.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, left_out: LeftOut
    ) -> tuple[Tensor, Tensor, Tensor]:
        data, background = x[:-1], x[-1, left_out.place].float()
        _, data_mean, inverse = torch.native_batch_norm(
            _channels_first(data), None, None, None, None, *_IN_TRAINING
        )
        seen = data.shape[0] * data.shape[1]
        n = seen + left_out.count
        mean = (seen * data_mean + left_out.count * background) / n
        variance = (
            seen * (inverse**-2 - EPSILON + (data_mean - mean) ** 2)
            + left_out.count * (background - mean) ** 2
        ) / n
        ctx.left_out, ctx.n = left_out, n
        ctx.save_for_backward(x, weight, mean, variance)
        ctx.mark_non_differentiable(mean, variance)
        y = functional.batch_norm(
            _channels_first(x), mean, variance, weight, bias, eps=EPSILON
        )
        return _channels_last(y), mean, variance

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        x, weight, mean, variance = ctx.saved_tensors
        # as if mean and variance were given
        of_x, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
            _channels_first(gradients[0]),
            _channels_first(x),
            *(weight, mean, variance, None, None, False, EPSILON, [True] * 3),
        )
        of_x = _channels_last(of_x)
        # what mean and variance add is a straight line in x
        inverse = torch.rsqrt(variance + EPSILON)
        slope = weight * inverse**2 * of_weight / ctx.n
        level = weight * inverse * of_bias / ctx.n - slope * mean
        zero, one = torch.zeros_like(mean), torch.ones_like(mean)
        line = _channels_last(
            functional.batch_norm(_channels_first(x), zero, one, slope, level, eps=0.0)
        )
        of_x[:-1] -= line[:-1]
        place = ctx.left_out.place
        of_x[-1, place] -= ctx.left_out.count * line[-1, place]
        return of_x, of_weight, of_bias, None


def _channels_first(x: Tensor) -> Tensor:
    return x.transpose(1, 2).unsqueeze(2)


def _channels_last(x: Tensor) -> Tensor:
    return x.squeeze(2).transpose(1, 2)
