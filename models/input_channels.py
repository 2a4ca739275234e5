"""Scalings of a binned run, each one channel of a network's input.

`prevalence`, `ion` and `maximum` are the three of the 2nd place's write-up of the Mars
Spectrometry challenge; the 1st place used log-scaled grids.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

_TINY = 1e-9
# abundances below this share are one and the same to a log-scaled channel
LOG_FLOOR = 1e-4
ION_POWER = 0.7


def prevalence(bins: Tensor) -> Tensor:
    """Divide by the sum over m/z at each temperature."""
    return bins / bins.sum(1, keepdim=True).clamp(min=1e-6)


def ion(bins: Tensor) -> Tensor:
    """Divide each m/z by its sum over temperature to the power 0.7."""
    return bins / bins.sum(2, keepdim=True).clamp(min=1e-4) ** ION_POWER


def maximum(bins: Tensor) -> Tensor:
    """Divide by the largest value of the run."""
    return bins / bins.amax((1, 2), keepdim=True).clamp(min=_TINY)


def log_maximum(bins: Tensor) -> Tensor:
    """Take the logarithm of `maximum`: -0.5 at the floor, 1.5 at the maximum."""
    return _log_scale(maximum(bins))


def log_prevalence(bins: Tensor) -> Tensor:
    """Take the logarithm of `prevalence`, on the same scale."""
    return _log_scale(prevalence(bins))


def _log_scale(share: Tensor) -> Tensor:
    decades = -math.log10(LOG_FLOOR)
    return torch.log10(share + LOG_FLOOR) * (2 / decades) + 1.5


CHANNELS: dict[str, Callable[[Tensor], Tensor]] = {
    function.__name__: function
    for function in (prevalence, ion, maximum, log_maximum, log_prevalence)
}


def stack_channels(bins: Tensor, names: tuple[str, ...]) -> Tensor:
    """Return (n_runs, n_channels, n_mz, n_bins) from (n_runs, n_mz, n_bins)."""
    return torch.stack([CHANNELS[name](bins) for name in names], dim=1)
