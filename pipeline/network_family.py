"""How the network families run: members of an ensemble, trained fold by fold."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import expit

from models.metrics import log_losses
from models.network import fit_network
from pipeline import paths
from pipeline.atomic import write_parquet
from pipeline.family import Arrays, Family, Unit, run_family
from pipeline.model_archive import write_archive
from pipeline.network_data import NetworkData, load_network_data
from pipeline.network_params import NetworkParams
from pipeline.network_settings import members, network_settings
from pipeline.params import Params
from pipeline.seeds import sequence
from pipeline.tensor_bytes import tensor_bytes

# of `pipeline`, what results depend on beside the stage's own
MODULES = ("network_family", "network_settings", "network_data", "network_inputs")


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
    return [paths.RUNS, paths.FOLDS, paths.GRID_AXES, *paths.mean_grids()]


def outside_settings(params: Params) -> tuple[int, str, str]:
    """Return the parameters outside of a family's section that results depend on."""
    return (
        params.featurize.carrier_mz,
        params.compute.device,
        params.compute.precision,
    )


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
        key: value.cpu().numpy() for key, value in trained.network.state_dict().items()
    }
    return {
        "scored": expit(trained.predict_logits(data.runs.take(fold.scored))),
        "others": expit(trained.predict_logits(data.runs_others)),
        "weights": np.frombuffer(tensor_bytes(tensors), dtype=np.uint8),
    }
