"""Spectra without what stands between their peaks: background and noise.

What is zero at most of its points has neither, and is left as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# background: medians of so many blocks of the axis, each the median of its neighbours'
BLOCKS, NEIGHBOURS = 50, 7
# a peak stands out of the noise by so many standard deviations, both smoothed
LEAST_SIGNAL = 5.0
# and it is at least this share of the highest one: less is what is left of background
LEAST_SHARE = 0.005
# of a normal distribution, over the median of its absolute values
STANDARD_OVER_MEDIAN = 1.4826


def peaks_alone(x: Tensor, width_points: float) -> Tensor:
    """Return spectra (n, n_points) that are zero wherever no peak stands.

    Parameters
    ----------
    width_points : float
        Standard deviation of a typical peak; what is as wide as a block, a fiftieth of
        the axis, or wider is background.
    """
    measured = (x != 0).float().mean(dim=1) > 0.5
    if x.is_meta or not bool(measured.any()):
        return x
    signal = x[measured] - _background(x[measured])
    kernel = _gaussian(width_points).to(x)
    smoothed = _convolve(signal, kernel)
    noise = STANDARD_OVER_MEDIAN * signal.abs().median(dim=1, keepdim=True).values
    least = LEAST_SIGNAL * noise * kernel.square().sum().sqrt()
    highest = smoothed.amax(dim=1, keepdim=True).clamp(min=0)
    seen = smoothed > torch.maximum(least, LEAST_SHARE * highest)
    reach = len(kernel) // 2
    near = functional.max_pool1d(seen.to(x.dtype), len(kernel), 1, reach)
    cleaned = x.clone()
    cleaned[measured] = signal * near
    return cleaned


def _background(x: Tensor) -> Tensor:
    """Return (n, n_points), straight between the middles of blocks."""
    n_points = x.shape[1]
    length = -(-n_points // BLOCKS)
    blocks = functional.pad(x[:, None], (0, -n_points % length), mode="replicate")
    levels = blocks[:, 0].unflatten(1, (-1, length)).median(dim=2).values
    half = NEIGHBOURS // 2
    padded = functional.pad(levels[:, None], (half, half), mode="replicate")[:, 0]
    levels = padded.unfold(1, NEIGHBOURS, 1).median(dim=2).values
    # beyond the middles of the outer blocks it goes on as straight as before
    left, right = levels[:, :2], levels[:, -2:].flip(1)
    ends = [2 * pair[:, :1] - pair[:, -1:] for pair in (left, right)]
    levels = torch.cat([ends[0], levels, ends[1]], dim=1)
    whole = levels.shape[1] * length
    line = functional.interpolate(levels[:, None], whole, mode="linear")
    return line[:, 0, length : length + n_points]


def _gaussian(width_points: float) -> Tensor:
    reach = round(4 * width_points)
    offset = torch.arange(-reach, reach + 1, dtype=torch.float64)
    curve = torch.exp(-0.5 * (offset / width_points) ** 2)
    return curve / curve.sum()


def _convolve(x: Tensor, kernel: Tensor) -> Tensor:
    padded = functional.pad(x[:, None], (len(kernel) // 2, len(kernel) // 2))
    return functional.conv1d(padded, kernel[None, None])[:, 0]
