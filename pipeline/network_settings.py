"""Sections of params.yaml -> what the members of a network family are."""

from __future__ import annotations

import numpy as np

from models.grid_batches import Augmentation, Binning
from models.network import NetworkSettings
from models.network_device import choose_device, choose_product_dtype
from pipeline.bundle_params import BundleParams
from pipeline.errors import EgaError
from pipeline.network_params import MemberParams, NetworkParams
from pipeline.params import Params
from pipeline.seeds import generator

# family, repeat, fold, member
Place = tuple[str, int, int, int]


def members(section: NetworkParams) -> list[MemberParams]:
    """Return the ensemble: the listed members, over again for each copy."""
    return [member for _ in range(section.copies) for member in section.members]


def network_settings(
    place: Place,
    edges_celsius: np.ndarray,
    params: Params | BundleParams,
    section: NetworkParams,
) -> NetworkSettings:
    """Return what a member of the ensemble is, and how it is trained.

    Parameters
    ----------
    place : (family, repeat, fold, member)
    edges_celsius : (n_cells + 1,)
        Of the grids' cells.
    """
    member = members(section)[place[3]]
    cell = float(edges_celsius[1] - edges_celsius[0])
    device = choose_device(params.compute.device)
    return NetworkSettings(
        network=member.network,
        channels=member.channels,
        binning=_binning(
            edges_celsius, section, generator(params.seed, "bins", *place)
        ),
        augmentation=Augmentation(
            section.gain_log2, section.mix_share, round(section.shift_celsius / cell)
        ),
        epochs=section.epochs,
        batch_size=section.batch_size,
        optimizer=section.optimizer,
        learning_rate=section.learning_rate,
        weight_decay=section.weight_decay,
        options=member.options(),
        channel_dropout=section.channel_dropout,
        generated_share=section.generated_share,
        views=section.views,
        device=device,
        product_dtype=choose_product_dtype(params.compute.precision, device),
    )


def _binning(
    edges_celsius: np.ndarray, section: NetworkParams, rng: np.random.Generator
) -> Binning:
    """Return a member's bins; each member starts at another cell of the first bin."""
    cell = float(edges_celsius[1] - edges_celsius[0])
    cells_per_bin = max(1, round(section.bin_width_celsius / cell))
    first = round((section.low_celsius - edges_celsius[0]) / cell)
    n_bins = round(
        (section.high_celsius - section.low_celsius) / (cell * cells_per_bin)
    )
    if n_bins < 1:
        raise EgaError(
            "params.yaml: low_celsius and high_celsius of a network lie within one of "
            f"its bins of {cells_per_bin * cell:g} celsius; cure: widen the range"
        )
    return Binning(first + int(rng.integers(cells_per_bin)), cells_per_bin, n_bins)
