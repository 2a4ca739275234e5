"""Stage soup: LDL-MLPs, each the average of the best weights of many trainings."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.feature_scaling import FeatureColumns
from models.folds import OuterFold
from models.generated_inputs import LabelledInputs, generate_inputs
from models.ldl_mlp import predict_probabilities
from models.ldl_mlp_training import LdlRows
from models.metrics import log_losses
from models.principal_inputs import PrincipalInputs, fit_principal_inputs
from models.weight_soup import Soup, SoupSettings, fit_soup
from pipeline import paths
from pipeline.artifacts import read_csv
from pipeline.atomic import write_parquet
from pipeline.family import (
    Arrays,
    Family,
    Unit,
    family_data,
    feature_files,
    run_family,
)
from pipeline.family_data import FamilyData
from pipeline.model_archive import write_archive
from pipeline.params import Params
from pipeline.seeds import sequence
from pipeline.soup_params import SoupParams
from pipeline.soup_settings import training_settings
from pipeline.tensor_bytes import tensor_bytes

NAME = "soup"


def run(params: Params) -> None:
    """Write predictions, weights (safetensors) and the losses of every soup."""
    data = family_data(params)
    weights: dict[str, dict[str, bytes]] = {}
    scores = []
    family = Family(
        NAME,
        family_data,
        fit_unit,
        [*feature_files(params), paths.FEATURE_DICTIONARY],
        labels_per_unit=len(params.data.labels),
        members=params.soup.members,
        modules=("soup_params", "soup_settings"),
        settings=(params.compute.precision,),
    )
    for unit, arrays in run_family(family, params, params.soup):
        fold = data.folds[unit.index]
        archive = weights.setdefault(f"repeat{fold.repeat}_fold{fold.number}", {})
        archive[f"member{unit.member}.safetensors"] = arrays["weights"].tobytes()
        if unit.member == 0:
            inputs = fold_inputs(data, fold, params.soup)
            archive["inputs.safetensors"] = tensor_bytes(inputs.to_arrays())
        losses = log_losses(data.y[fold.scored], arrays["scored"]).mean(axis=0)
        scores.append(
            {
                "member": unit.member,
                "repeat": fold.repeat,
                "fold": fold.number,
                "validation": float(arrays["validation"][0]),
                "best_training": float(arrays["training_losses"].min()),
                "best_average": float(arrays["average_losses"].min()),
                "averages": len(arrays["average_losses"]),
                **dict(zip(params.data.labels, losses.tolist(), strict=True)),
            }
        )
    folder = paths.family(NAME)
    write_parquet(folder / "members.parquet", pl.DataFrame(scores))
    for name, files in weights.items():
        write_archive(folder / "models" / f"{name}.zip", files)


def fit_unit(data: FamilyData, unit: Unit, params: Params) -> Arrays:
    """Cook one soup on one outer fold; see `models.weight_soup`.

    Each member leaves another inner fold out of its training, to choose by. Inputs are
    scaled by all training runs of the outer fold, without their labels.
    """
    fold, section = data.folds[unit.index], params.soup
    left_out = unit.member % (int(fold.inner.max()) + 1)
    learning = np.flatnonzero((fold.inner >= 0) & (fold.inner != left_out))
    choosing = np.flatnonzero(fold.inner == left_out)
    labels = list(unit.labels)
    inputs = fold_inputs(data, fold, section)
    learnt = _rows(inputs, data.X[learning], data.y[learning][:, labels])
    place = (NAME, fold.repeat, fold.number, unit.member)
    if section.copy_share > 0:  # copies that no epoch draws need not be made
        if section.copies == "generated":
            learnt = _with_generated(learnt, sequence(params.seed, *place, "generated"))
        else:
            rows = data.rows.from_runs(learning)
            learnt = _rows(inputs, rows.X, rows.y[:, labels], rows.is_copy)
    soup = fit_soup(
        learnt,
        _rows(inputs, data.X[choosing], data.y[choosing][:, labels]),
        _settings(section, params),
        sequence(params.seed, *place),
    )
    return {
        "scored": _predict(soup, inputs, data.X[fold.scored]),
        "others": _predict(soup, inputs, data.X_others),
        "validation": np.array([soup.loss]),
        "training_losses": soup.training_losses,
        "average_losses": soup.average_losses,
        "resumed_losses": soup.resumed_losses,
        "weights": _packed(soup),
    }


def fold_inputs(
    data: FamilyData, fold: OuterFold, section: SoupParams
) -> PrincipalInputs:
    """Return the inputs that all members of an outer fold share."""
    return fit_principal_inputs(
        data.X[fold.training], _columns(), section.features, section.scaling
    )


def _settings(section: SoupParams, params: Params) -> SoupSettings:
    return SoupSettings(
        training_settings(section, params),
        trainings=section.trainings,
        pool=section.pool,
        starts=section.starts,
        resume_epochs=section.resume_epochs,
        resume_rate=section.resume_rate,
    )


def _columns() -> FeatureColumns:
    """Return family and m/z of each feature, in the order of the feature table."""
    table = read_csv(paths.FEATURE_DICTIONARY)
    mz = table["mz"].cast(pl.Float64).fill_null(np.nan)
    return FeatureColumns(table["family"].to_numpy().astype(str), mz.to_numpy())


def _rows(
    inputs: PrincipalInputs,
    X: np.ndarray,
    y: np.ndarray,
    is_copy: np.ndarray | None = None,
) -> LdlRows:
    if is_copy is None:
        is_copy = np.zeros(len(X), dtype=bool)
    return LdlRows(inputs.transform(X), y.astype(np.float32), is_copy)


def _with_generated(learnt: LdlRows, seed: np.random.SeedSequence) -> LdlRows:
    """Append as many generated rows as there are real ones."""
    real = LabelledInputs(learnt.inputs, learnt.labels)
    made = generate_inputs(real, len(real.inputs), seed)
    return LdlRows(
        np.concatenate([learnt.inputs, made.inputs]),
        np.concatenate([learnt.labels, made.labels]),
        np.repeat([False, True], [len(real.inputs), len(made.inputs)]),
    )


def _predict(soup: Soup, inputs: PrincipalInputs, X: np.ndarray) -> np.ndarray:
    if len(X) == 0:
        return np.zeros((0, len(soup.network.logits.bias)))
    return predict_probabilities(soup.network, inputs.transform(X))


def _packed(soup: Soup) -> np.ndarray:
    """Return the network's tensors as the bytes of a safetensors file."""
    tensors = {key: value.numpy() for key, value in soup.network.state_dict().items()}
    return np.frombuffer(tensor_bytes(tensors), dtype=np.uint8)
