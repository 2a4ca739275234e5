"""Scalings of a binned run, each one channel of a network's input.

`prevalence`, `ion` and `maximum` are the three of the 2nd place's write-up of the Mars
Spectrometry challenge, whose members differed in the power of `ion`, from 0.5 to 1;
the 1st place used log-scaled grids.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

_TINY = 1e-9
# abundances below this share are one and the same to a log-scaled channel
LOG_FLOOR = 1e-4
# how much of an ion's own scale is taken away: the larger, the more weak ions count
ION_POWERS = {"ion_half": 0.5, "ion": 0.7, "ion_whole": 1.0}


def prevalence(bins: Tensor) -> Tensor:
    """Divide by the sum over m/z at each temperature."""
    return bins / bins.sum(1, keepdim=True).clamp(min=1e-6)


def by_ion(bins: Tensor, power: float) -> Tensor:
    """Divide each m/z by its sum over temperature to a power."""
    return bins / bins.sum(2, keepdim=True).clamp(min=1e-4) ** power


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
    "prevalence": prevalence,
    "maximum": maximum,
    "log_maximum": log_maximum,
    "log_prevalence": log_prevalence,
    **{name: partial(by_ion, power=power) for name, power in ION_POWERS.items()},
}


def stack_channels(bins: Tensor, names: tuple[str, ...]) -> Tensor:
    """Return (n_runs, n_channels, n_mz, n_bins) from (n_runs, n_mz, n_bins)."""
    return torch.stack([CHANNELS[name](bins) for name in names], dim=1)
