"""Sums of a spectrum over overlapping triangular windows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def window_sums(x: Tensor, half_width: int) -> Tensor:
    """Sum triangular windows that stand `half_width` points apart.

    A peak that moves leaves one window as it enters the next: no sampling, no aliasing,
    and sum and centre of what stands in a spectrum stay exactly what they are.

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
