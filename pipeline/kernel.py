"""Stage kernel: logistic regression on the similarity to training runs."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.kernel_logistic import fit_kernel
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
from pipeline.log_inputs import log_inputs
from pipeline.params import Params

NAME = "kernel"


def run(params: Params) -> None:
    """Write predictions, similar runs of every run, and weights of training runs."""
    data = family_data(params)
    ids = data.training["sample_id"].to_numpy()
    tables, weights = [], []
    family = Family(
        NAME,
        family_data,
        fit_unit,
        [*feature_files(params), paths.FEATURE_DICTIONARY],
        labels_per_unit=len(params.data.labels),
        modules=("log_inputs",),
    )
    for unit, arrays in run_family(family, params, params.kernel):
        fold = data.folds[unit.index]
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
    folder = paths.family(NAME)
    write_parquet(folder / "neighbours.parquet", pl.concat(tables))
    write_parquet(folder / "weights.parquet", pl.concat(weights))


def fit_unit(data: FamilyData, unit: Unit, params: Params) -> Arrays:
    """Fit all labels of one outer fold on its training runs as they are."""
    fold, settings = data.folds[unit.index], params.kernel
    model = fit_kernel(
        log_inputs(data.X[fold.training]),
        data.y[fold.training][:, list(unit.labels)].astype(np.float64),
        settings.closeness,
        settings.penalty,
    )
    scored = model.similarity(log_inputs(data.X[fold.scored]))
    others = model.similarity(log_inputs(data.X_others))
    everyone = np.vstack([scored, others])
    nearest = np.argsort(-everyone, axis=1, kind="stable")[:, : settings.neighbours]
    return {
        "scored": model.predict(scored),
        "others": model.predict(others),
        "weights": model.weights,
        "neighbours": fold.training[nearest],
        "similarity": np.take_along_axis(everyone, nearest, axis=1),
    }
