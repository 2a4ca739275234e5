"""How the network families run: members of an ensemble, trained fold by fold."""

from __future__ import annotations

import numpy as np
import polars as pl
import safetensors.numpy
from scipy.special import expit

from models.grid_batches import Augmentation, Binning
from models.metrics import log_losses
from models.network import NetworkSettings, fit_network
from models.network_device import choose_device, choose_product_dtype
from pipeline import paths
from pipeline.atomic import write_parquet
from pipeline.errors import EgaError
from pipeline.family import Arrays, Family, Unit, run_family
from pipeline.model_archive import write_archive
from pipeline.network_data import NetworkData, load_network_data
from pipeline.network_params import MemberParams, NetworkParams
from pipeline.params import Params
from pipeline.seeds import generator, sequence

# family, repeat, fold, member
Place = tuple[str, int, int, int]


def run_networks(family: Family, params: Params, section: NetworkParams) -> None:
    """Write predictions, weights (safetensors) and the score of every member."""
    data = network_data(params)
    weights: dict[str, dict[str, bytes]] = {}
    scores = []
    for unit, arrays in run_family(family, params, section):
        fold = data.folds[unit.index]
        archive = weights.setdefault(f"repeat{fold.repeat}_fold{fold.number}", {})
        archive[f"member{unit.member}.safetensors"] = arrays["weights"].tobytes()
        losses = log_losses(data.y[fold.scored], arrays["scored"]).mean(axis=0)
        member = members(section)[unit.member]
        scores.append(
            {
                "member": unit.member,
                "network": member.network,
                "channels": " ".join(member.channels),
                "repeat": fold.repeat,
                "fold": fold.number,
                **dict(zip(params.data.labels, losses.tolist(), strict=True)),
            }
        )
    folder = paths.family(family.name)
    write_parquet(folder / "members.parquet", pl.DataFrame(scores))
    for name, files in weights.items():
        write_archive(folder / "models" / f"{name}.zip", files)


def network_data(params: Params) -> NetworkData:
    """Return what the networks learn from, read once per process."""
    return load_network_data(params.data.labels, params.featurize.carrier_mz)


def network_files() -> list[paths.Path]:
    """Return the files behind `network_data`."""
    chunks = sorted(paths.GRID.glob("mean_*.npy"))
    return [paths.RUNS, paths.FOLDS, paths.GRID_AXES, *chunks]


def members(section: NetworkParams) -> list[MemberParams]:
    """Return the ensemble: the listed members, over again for each copy."""
    return [member for _ in range(section.copies) for member in section.members]


def fit_member(
    data: NetworkData, unit: Unit, params: Params, name: str, section: NetworkParams
) -> Arrays:
    """Train one member on one outer fold's training runs."""
    fold = data.folds[unit.index]
    place = (name, fold.repeat, fold.number, unit.member)
    settings = network_settings(place, data.temperature_edges_celsius, params, section)
    trained = fit_network(
        data.runs.take(fold.training),
        data.y[fold.training],
        settings,
        sequence(params.seed, *place),
    )
    tensors = {
        key: np.ascontiguousarray(value.cpu().numpy())
        for key, value in trained.network.state_dict().items()
    }
    return {
        "scored": expit(trained.predict_logits(data.runs.take(fold.scored))),
        "others": expit(trained.predict_logits(data.runs_others)),
        "weights": np.frombuffer(safetensors.numpy.save(tensors), dtype=np.uint8),
    }


def network_settings(
    place: Place, edges_celsius: np.ndarray, params: Params, section: NetworkParams
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
