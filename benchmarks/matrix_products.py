"""How many operations a network's products need, and how fast the machine does them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from models.network_layers import Linear


def training_flop(network: nn.Module, bins: Tensor) -> float:
    """Return floating-point operations of a run: a forward pass and twice that back."""
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        network(bins)
    return 3 * counter.get_total_flops() / len(bins)


def largest_product(network: nn.Module, bins: Tensor) -> tuple[int, int, int]:
    """Return (n_rows, n_in, n_out) of the forward pass's largest linear map."""
    shapes: list[tuple[int, int, int]] = []

    def note(layer: nn.Linear, inputs: tuple[Tensor], output: Tensor) -> None:
        n_out = layer.out_features
        shapes.append((output.numel() // n_out, layer.in_features, n_out))

    layers = [layer for layer in network.modules() if isinstance(layer, Linear)]
    handles = [layer.register_forward_hook(note) for layer in layers]
    network(bins)
    for handle in handles:
        handle.remove()
    return max(shapes, key=math.prod)


def product_rate(shape: tuple[int, int, int], dtype: torch.dtype) -> float:
    """Return floating-point operations a second of one product, best of some."""
    rows, n_in, n_out = shape
    a, b = torch.rand(rows, n_in, dtype=dtype), torch.rand(n_in, n_out, dtype=dtype)
    seconds = least_seconds([lambda: torch.mm(a, b)], repeats=20)[0]
    return 2 * math.prod(shape) / seconds


def least_seconds(calls: list[Callable[[], object]], repeats: int) -> list[float]:
    """Return the least seconds of each call; calls take turns."""
    least = [math.inf] * len(calls)
    for _ in range(repeats):
        for place, call in enumerate(calls):
            start = time.process_time()
            call()
            least[place] = min(least[place], time.process_time() - start)
    return least
