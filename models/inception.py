"""The inception block: views of several widths side by side.

Szegedy et al. 2015, "Going deeper with convolutions", in one dimension, with average
instead of maximum pooling in its last branch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.spectrum_layers import SameConvolution


class Inception(nn.Module):
    """Four branches: 1; 1 -> 3; 1 -> 5; average over 3 points -> 1.

    Numbers are kernel lengths; each convolution is followed by a ReLU.

    Parameters
    ----------
    n_in : int
    filters : (a, b, c, d, e, f)
        Of the convolutions: 1x1 a; 1x1 b -> 3 c; 1x1 d -> 5 e; average -> 1x1 f.
    """

    def __init__(self, n_in: int, filters: tuple[int, int, int, int, int, int]) -> None:
        super().__init__()
        one, three_in, three, five_in, five, pooled = filters
        self.one = SameConvolution(n_in, one, 1)
        self.three_in = SameConvolution(n_in, three_in, 1)
        self.three = SameConvolution(three_in, three, 3)
        self.five_in = SameConvolution(n_in, five_in, 1)
        self.five = SameConvolution(five_in, five, 5)
        self.pooled = SameConvolution(n_in, pooled, 1)
        self.n_out = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_points, n_in) to (n, n_points, a + c + e + f)."""
        relu = functional.relu
        # the ends are averages of the two points that there are
        pooled = functional.avg_pool1d(
            x.transpose(1, 2), 3, 1, padding=1, count_include_pad=False
        ).transpose(1, 2)
        branches = (
            self.one(x),
            self.three(relu(self.three_in(x))),
            self.five(relu(self.five_in(x))),
            self.pooled(pooled),
        )
        return relu(torch.cat(branches, dim=2))
