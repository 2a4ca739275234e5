"""Convolutions of spectra that are mostly zero, without the stretches of nothing.

A spectrum of a handful of peaks is zero at nine points of ten. Far from peaks and ends
a convolution gives the same everywhere: the background. So the middle of every long
stretch of zeros may be cut out before the first layers, and the background put in its
place behind them. What comes out is what whole spectra give, up to rounding; so are
gradients and the statistics of batch norm.

What is cut out are cells of as many points as become one position of the last of these
layers, so that strides and pooling stay in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.batch_norm import BatchNorm, LeftOut
from models.residual import Residual
from models.spectrum_layers import (
    LeakyReLU,
    MaxPool,
    SameConvolution,
    same_padding,
)

# layers that look further leave too little to be cut out between two peaks
FARTHEST_POINTS = 230


@dataclass(frozen=True)
class Reach:
    """Position p of a layer reads points p * stride - before to p * stride + after.

    `positions` is the number of positions of a whole spectrum.
    """

    positions: int
    before: int = 0
    after: int = 0
    stride: int = 1

    def behind(self, kernel: int, stride: int, left: int, positions: int) -> Reach:
        """Return the reach behind one more layer, padded by `left` positions."""
        return Reach(
            positions,
            self.before + left * self.stride,
            self.after + (kernel - 1 - left) * self.stride,
            self.stride * stride,
        )


class EmptyStretches:
    """How many of the first layers can do without empty stretches, and how.

    Attributes
    ----------
    n_layers : int
        The first layers that look no further than `FARTHEST_POINTS`; 0 if none.
    """

    def __init__(self, layers: nn.Sequential, n_points: int) -> None:
        self.n_layers, self._reach = 0, Reach(n_points)
        self._norms: list[tuple[BatchNorm, int]] = []
        reach, norms = self._reach, list(self._norms)
        for count, layer in enumerate(layers, 1):
            for module, reach in _walk(layer, reach):  # noqa: B020
                if isinstance(module, BatchNorm):
                    norms.append((module, reach.stride))
            if reach.before + reach.after > FARTHEST_POINTS:
                break
            self.n_layers, self._reach, self._norms = count, reach, list(norms)
        self._cells = n_points // self._reach.stride
        # positions that a peak in a cell reaches: so many cells left and right of it
        self._left = self._reach.after // self._reach.stride
        self._right = -(-self._reach.before // self._reach.stride)

    def needed(self, x: Tensor) -> Tensor:
        """Return which cells of spectra (n, n_points) are needed, (n, n_cells) bool."""
        n, stride = len(x), self._reach.stride
        cells = x[:, : self._cells * stride].view(n, self._cells, stride)
        occupied = (cells != 0).any(dim=2)
        # the ends are seen, too: beyond them convolutions read zeros
        occupied[:, 0] = True
        occupied[:, min(self._cells, self._reach.positions) - 1 :] = True
        reached = functional.max_pool1d(
            functional.pad(occupied[:, None].float(), (self._right, self._left)),
            self._left + self._right + 1,
            stride=1,
        )
        return reached[:, 0] > 0

    def shorten(self, x: Tensor, needed: Tensor) -> tuple[Tensor, Tensor]:
        """Cut out cells; the same number of each spectrum.

        Parameters
        ----------
        x : (n, n_points)
        needed : (n, n_cells) bool
            Other cells stay where another spectrum needs more.

        Returns
        -------
        (n + 1, n_kept_points), (n, n_kept_positions) int64
            The spectra with one of zeros behind them, and the place of each position
            behind the layers in a whole spectrum.
        """
        n, stride, positions = len(x), self._reach.stride, self._reach.positions
        n_kept = int(needed.sum(dim=1).max())
        kept = needed.byte().argsort(dim=1, descending=True, stable=True)
        kept = kept[:, :n_kept].sort(dim=1).values
        cells = x[:, : self._cells * stride].view(n, self._cells, stride)
        cells = cells.gather(1, kept[:, :, None].expand(-1, -1, stride))
        short = torch.cat([cells.flatten(1), x[:, self._cells * stride :]], dim=1)
        beyond = torch.arange(self._cells, max(positions, self._cells), device=x.device)
        places = torch.cat([kept, beyond.expand(n, -1)], dim=1)
        cut = self._cells - n_kept
        for norm, stride_there in self._norms:
            scale = stride // stride_there
            norm.left_out = LeftOut(n * cut * scale, self._right * scale)
        return functional.pad(short, (0, 0, 0, 1)), places[:, : positions - cut]

    def restore(self, y: Tensor, places: Tensor) -> Tensor:
        """Map what the layers give, (n + 1, n_kept_positions, c), to (n, positions, c).

        The spectrum of zeros says what stands where nothing was computed.
        """
        for norm, _ in self._norms:
            norm.left_out = None
        whole: Tensor = _Restore.apply(
            y[:-1], y[-1, self._right], places, self._reach.positions
        )
        return whole


def _walk(layer: nn.Module, reach: Reach) -> Iterator[tuple[nn.Module, Reach]]:
    """Yield what a layer consists of and the reach behind it."""
    n = reach.positions
    match layer:
        case SameConvolution():
            left, _ = same_padding(n, layer.kernel, layer.stride)
            n_out = -(-n // layer.stride)
            yield layer, reach.behind(layer.kernel, layer.stride, left, n_out)
        case MaxPool():
            n_out = (n - layer.kernel) // layer.stride + 1
            yield layer, reach.behind(layer.kernel, layer.stride, 0, n_out)
        case nn.Sequential():
            for part in layer:
                for module, reach in _walk(part, reach):  # noqa: B020
                    yield module, reach
        case Residual():
            # the way around reads no further than the way through
            yield from _walk(layer.short, reach)
            yield from _walk(nn.Sequential(layer.first, layer.second), reach)
        case BatchNorm() | nn.ReLU() | LeakyReLU() | nn.Identity():
            yield layer, reach
        case _:  # dropout makes a background of its own at each position
            yield layer, Reach(n, FARTHEST_POINTS + 1)


class _Restore(torch.autograd.Function):
    """Background everywhere but at `places`; torch's own gradient is slow."""

    @staticmethod
    def forward(
        ctx: Any, y: Tensor, background: Tensor, places: Tensor, positions: int
    ) -> Tensor:
        n, _, channels = y.shape
        places = places[:, :, None].expand(-1, -1, channels)
        ctx.save_for_backward(places)
        whole = background.expand(n, positions, channels).clone()
        return whole.scatter_(1, places, y)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        whole = gradients[0]
        of_y = whole.gather(1, ctx.saved_tensors[0])
        # in float32: a difference of large sums
        total = whole.sum(dim=(0, 1), dtype=torch.float32)
        background = total - of_y.sum(dim=(0, 1), dtype=torch.float32)
        return of_y, background.to(whole.dtype), None, None
