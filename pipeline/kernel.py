"""Stage kernel: logistic regression on the similarity to training runs."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.kernel_logistic import fit_kernel
from models.log_inputs import log_inputs
from pipeline import paths
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
from pipeline.tensor_bytes import tensor_bytes

NAME = "kernel"
# what a prediction needs, beside the inputs of the training runs
MODEL = ("training", "fill", "centre", "scales", "points", "weights", "intercepts")


def run(params: Params) -> None:
    """Write predictions, models, similar runs and weights of training runs."""
    data = family_data(params)
    ids = data.training["sample_id"].to_numpy()
    tables, weights = [], []
    folder = paths.family(NAME)
    family = Family(
        NAME,
        family_data,
        fit_unit,
        [*feature_files(params), paths.FEATURE_DICTIONARY],
        labels_per_unit=len(params.data.labels),
    )
    for unit, arrays in run_family(family, params, params.kernel):
        fold = data.folds[unit.index]
        model = {name: arrays[name] for name in MODEL}
        write_archive(
            folder / "models" / f"repeat{fold.repeat}_fold{fold.number}.zip",
            {"model.safetensors": tensor_bytes(model)},
        )
        runs = np.concatenate([ids[fold.scored], data.others["sample_id"].to_numpy()])
        tables += [
            pl.DataFrame(
                {
                    "sample_id": runs,
                    "repeat": np.full(len(runs), fold.repeat),
                    "fold": np.full(len(runs), fold.number),
                    "rank": np.full(len(runs), rank + 1),
                    "training_sample_id": ids[arrays["neighbours"][:, rank]],
                    "similarity": arrays["similarity"][:, rank],
                }
            )
            for rank in range(arrays["neighbours"].shape[1])
        ]
        weights += [
            pl.DataFrame(
                {
                    "label": params.data.labels[label],
                    "repeat": fold.repeat,
                    "fold": fold.number,
                    "training_sample_id": ids[fold.training],
                    "weight": arrays["weights"][:, column],
                }
            )
            for column, label in enumerate(unit.labels)
        ]
    write_parquet(folder / "neighbours.parquet", pl.concat(tables))
    write_parquet(folder / "weights.parquet", pl.concat(weights))


def fit_unit(data: FamilyData, unit: Unit, params: Params) -> Arrays:
    """Fit all labels of one outer fold on its training runs as they are."""
    fold, settings = data.folds[unit.index], params.kernel
    X = log_inputs(data.X, data.feature_families)
    model = fit_kernel(
        X[fold.training],
        data.y[fold.training][:, list(unit.labels)].astype(np.float64),
        settings.closeness,
        settings.penalty,
    )
    scored = model.similarity(X[fold.scored])
    others = model.similarity(log_inputs(data.X_others, data.feature_families))
    everyone = np.vstack([scored, others])
    nearest = np.argsort(-everyone, axis=1, kind="stable")[:, : settings.neighbours]
    return {
        "scored": model.predict(scored),
        "others": model.predict(others),
        **model.to_arrays(),
        "training": fold.training,
        "neighbours": fold.training[nearest],
        "similarity": np.take_along_axis(everyone, nearest, axis=1),
    }
