"""The residual block: two convolutions whose output is added to the input.

He, Zhang, Ren and Sun 2016, arXiv 1512.03385, in one dimension.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from models.batch_norm import BatchNorm
from models.spectrum_layers import SameConvolution

KERNEL = 5


class Residual(nn.Module):
    """Convolution, ReLU, convolution; the input is added; ReLU.

    With stride 2 (a "convolutional block") the input comes along through a convolution
    of one point, and the first convolution halves the number of points, too.
    """

    def __init__(self, n_in: int, n_out: int, stride: int, *, batch_norm: bool) -> None:
        super().__init__()
        self.first = _convolution(n_in, n_out, KERNEL, stride, batch_norm)
        self.second = _convolution(n_out, n_out, KERNEL, 1, batch_norm)
        self.short = (
            nn.Identity()
            if stride == 1
            else _convolution(n_in, n_out, 1, stride, batch_norm)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_points, n_in) to (n, ceil(n_points / stride), n_out)."""
        inside = functional.relu(self.first(x))
        return functional.relu(self.second(inside) + self.short(x))


def _convolution(
    n_in: int,
    n_out: int,
    kernel: int,
    stride: int,
    batch_norm: bool,  # noqa: FBT001
) -> nn.Module:
    layers: list[nn.Module] = [SameConvolution(n_in, n_out, kernel, stride)]
    if batch_norm:
        layers.append(BatchNorm(n_out))
    return nn.Sequential(*layers)
