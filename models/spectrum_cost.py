"""What a network costs: parameters and operations of one spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from models.spectrum_network import count_parameters, unbuilt_network
from models.spectrum_specs import NETWORKS


@dataclass(frozen=True)
class Cost:
    """Trained numbers, and floating-point operations of a forward pass."""

    parameters: int
    flop: int


def network_cost(name: str, n_points: int, n_classes: int) -> Cost:
    """Return the cost of a network; a product and a sum are two operations.

    Convolutions and matrix products are counted; what is done element by element is
    not. Training takes about three times as many.
    """
    with torch.device("meta"):
        network = unbuilt_network(NETWORKS[name], n_points, n_classes).eval()
        spectrum = torch.zeros(1, n_points)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(spectrum)
    return Cost(count_parameters(network), counter.get_total_flops())
