"""Stage linear: logistic regression on log-prevalence and log-area features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from models.linear import fit_logistic, fit_projection
from models.log_inputs import log_input_columns, log_inputs
from models.penalty_search import inner_losses
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

NAME = "linear"
# what a prediction needs: the value of gaps, the average run, coefficients, intercepts
MODEL = ("fill", "centre", "coefficients", "intercepts")


def run(params: Params) -> None:
    """Write predictions, models (safetensors) and the coefficient of every feature."""
    data = family_data(params)
    columns = log_input_columns(data.feature_families)
    names = np.array(data.feature_names)[columns]
    tables = []
    family = Family(
        NAME,
        family_data,
        fit_unit,
        [*feature_files(params), paths.FEATURE_DICTIONARY],
        labels_per_unit=len(params.data.labels),
    )
    folder = paths.family(NAME)
    for unit, arrays in run_family(family, params, params.linear):
        fold = data.folds[unit.index]
        model = {name: arrays[name] for name in MODEL}
        write_archive(
            folder / "models" / f"repeat{fold.repeat}_fold{fold.number}.zip",
            {"model.safetensors": tensor_bytes(model)},
        )
        for column, label in enumerate(unit.labels):
            tables.append(
                pl.DataFrame(
                    {
                        "label": params.data.labels[label],
                        "repeat": fold.repeat,
                        "fold": fold.number,
                        "penalty": arrays["penalty"][column],
                        "feature": names,
                        "coefficient": arrays["coefficients"][column],
                    }
                )
            )
    write_parquet(folder / "coefficients.parquet", pl.concat(tables))


def fit_unit(data: FamilyData, unit: Unit, params: Params) -> Arrays:
    """Choose penalties on the inner folds and fit all labels of one outer fold."""
    fold = data.folds[unit.index]
    X = log_inputs(data.X, data.feature_families)
    X_others = log_inputs(data.X_others, data.feature_families)
    plain = np.flatnonzero(~data.rows.is_copy)
    rows = replace(
        data.rows,
        X=X,
        y=data.rows.y[plain],
        first=data.rows.first[plain],
        second=data.rows.second[plain],
        is_copy=data.rows.is_copy[plain],
    ).from_runs(fold.training)
    penalties = params.linear.penalties
    losses = inner_losses(rows, fold.inner, unit.labels, penalties)
    chosen = np.array(penalties)[losses.argmin(axis=1)]
    projection = fit_projection(rows.X)
    inputs = projection.transform(rows.X)
    scored, others = (
        projection.transform(X[fold.scored]),
        projection.transform(X_others),
    )
    models = [
        fit_logistic(inputs, rows.y[:, label], float(penalty))
        for label, penalty in zip(unit.labels, chosen, strict=True)
    ]
    coefficients = np.stack([projection.basis @ m.coefficients for m in models])
    return {
        "scored": np.column_stack([model.predict(scored) for model in models]),
        "others": np.column_stack([model.predict(others) for model in models]),
        "penalty": chosen,
        "coefficients": coefficients / projection.scale,
        "intercepts": np.array([model.intercept for model in models]),
        "fill": projection.fill,
        "centre": projection.centre,
    }
