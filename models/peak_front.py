"""Where the signal of a spectrum lies and how much: the front of our own network.

Three things limit the published networks: pooling blurs positions, small peaks drown
beside large ones, and a threshold on a height must be put together from many pooled
channels. The front is made against these, and has nothing to learn:

- a spectrum is divided by its area, so that a sum over points is the share of a peak in
  the spectrum, whatever its width;
- windows overlap as triangles that add up to one. A peak that moves leaves one window
  as it enters the next: the pair says where it stands far below the window's width,
  and the sum of both stays its height. No sampling, no aliasing;
- each share comes twice, as it is and as a logarithm, which lifts a peak of a
  thousandth as far as one of a tenth.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class PeakFeatures(nn.Module):
    """Shares of the area in triangular windows, and their logarithms.

    Parameters
    ----------
    half_widths : tuple[int, ...]
        Of the windows, in points, at least 2; windows of a half-width stand as far
        apart.
    floor : float
        Share below which the logarithm turns into a straight line to 0.
    """

    def __init__(self, half_widths: tuple[int, ...], floor: float) -> None:
        super().__init__()
        self.half_widths, self.floor = half_widths, floor

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, n_points) to (n, n_features), all in 0..1 for x >= 0.

        A spectrum without area stays 0.
        """
        area = x.sum(dim=1, keepdim=True)
        spectra = x / area.where(area > 0, 1.0)
        shares = torch.cat([window_sums(spectra, w) for w in self.half_widths], dim=1)
        # below zero, where noise may lead, the straight line goes on
        lifted = torch.log1p(shares.clamp(min=0) / self.floor)
        lifted = lifted + shares.clamp(max=0) / self.floor
        scale = math.log1p(1 / self.floor)
        return torch.cat([shares, lifted / scale], dim=1)


def window_sums(x: Tensor, half_width: int) -> Tensor:
    """Sum triangular windows that stand `half_width` points apart.

    Parameters
    ----------
    x : (n, n_points)

    Returns
    -------
    (n, ceil(n_points / half_width) + 1)
        Each row has the sum of its row of x: the windows add up to one everywhere.
    """
    # a window rises over one block of half_width points and falls over the next
    fall = 1 - torch.arange(half_width, dtype=x.dtype, device=x.device) / half_width
    ramps = torch.stack([1 - fall, fall], dim=1)
    missing = -x.shape[1] % half_width
    blocks = functional.pad(x, (0, missing)).unflatten(1, (-1, half_width))
    rising, falling = (blocks @ ramps).unbind(dim=2)
    return functional.pad(rising, (1, 0)) + functional.pad(falling, (0, 1))
