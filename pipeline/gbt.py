"""Stage gbt: one LightGBM bag per label and outer fold."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import polars as pl

from models.gbt import GbtModel, fit_gbt
from models.gbt_dataset import GbtSettings
from pipeline import paths
from pipeline.atomic import write_json, write_parquet
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

NAME = "gbt"
Key = dict[str, str | int]


def run(params: Params) -> None:
    """Write predictions, models as text, chosen parameters and importances."""
    data = family_data(params)
    importance, chosen = [], []
    models: dict[str, dict[str, bytes]] = {}
    family = Family(NAME, family_data, fit_unit, feature_files(params), 1)
    for unit, arrays in run_family(family, params, params.gbt):
        fold = data.folds[unit.index]
        label = params.data.labels[unit.labels[0]]
        key: Key = {"label": label, "repeat": fold.repeat, "fold": fold.number}
        importance.append(_importance(data, key, arrays))
        chosen.append({**key, "candidates": json.loads(arrays["search"].tobytes())})
        texts = models.setdefault(f"repeat{fold.repeat}_fold{fold.number}", {})
        for number in range(params.gbt.seeds):
            texts[f"{label}_{number}.txt"] = arrays[f"model{number}"].tobytes()
    folder = paths.family(NAME)
    write_parquet(folder / "importance.parquet", pl.concat(importance))
    write_json(folder / "chosen_parameters.json", chosen)
    for name, texts in models.items():
        write_archive(folder / "models" / f"{name}.zip", texts)


def fit_unit(data: FamilyData, unit: Unit, params: Params) -> Arrays:
    """Train one label of one outer fold; see `models.gbt`."""
    fold, label = data.folds[unit.index], unit.labels[0]
    settings = GbtSettings(
        **{f.name: getattr(params.gbt, f.name) for f in fields(GbtSettings)}
    )
    models, candidates = fit_gbt(
        data.rows.from_runs(fold.training),
        fold.inner,
        label,
        settings,
        sequence(params.seed, NAME, fold.repeat, fold.number, label),
        data.feature_names,
    )
    scored = data.X[fold.scored]
    arrays = {
        "scored": _mean_probability(models, scored),
        "others": _mean_probability(models, data.X_others),
        **_explanations(models, scored),
        "search": _encode([vars(candidate) for candidate in candidates]),
    }
    for number, model in enumerate(models):
        text = model.booster.model_to_string()
        arrays[f"model{number}"] = np.frombuffer(text.encode(), dtype=np.uint8)
    return arrays


def _mean_probability(models: list[GbtModel], X: np.ndarray) -> np.ndarray:
    return np.mean([model.predict(X) for model in models], axis=0)[:, None]


def _explanations(models: list[GbtModel], X: np.ndarray) -> Arrays:
    """Average gain, mean |contribution| and direction of each used feature."""
    columns = models[0].columns
    gain = np.mean([model.gain() for model in models], axis=0)
    contributions = np.mean([model.contributions(X) for model in models], axis=0)
    return {
        "columns": columns,
        "gain": gain,
        "contribution": np.abs(contributions).mean(axis=0),
        "direction": _correlation(X[:, columns], contributions),
    }


def _correlation(values: np.ndarray, contributions: np.ndarray) -> np.ndarray:
    """Correlate each feature with its contribution; NaN where either is constant."""
    observed = ~np.isnan(values)
    n = np.maximum(observed.sum(axis=0), 1)
    x = np.where(observed, values, 0).astype(float)
    c = np.where(observed, contributions, 0)
    x = np.where(observed, x - x.sum(axis=0) / n, 0)
    c = np.where(observed, c - c.sum(axis=0) / n, 0)
    scale = np.sqrt((x**2).sum(axis=0) * (c**2).sum(axis=0))
    covariance = (x * c).sum(axis=0)
    return np.where(scale > 0, covariance / np.where(scale > 0, scale, 1), np.nan)


def _importance(data: FamilyData, key: Key, arrays: Arrays) -> pl.DataFrame:
    used = np.flatnonzero((arrays["gain"] > 0) | (arrays["contribution"] > 0))
    names = np.array(data.feature_names)[arrays["columns"][used]]
    return pl.DataFrame(
        {
            "feature": names,
            "gain": arrays["gain"][used],
            "contribution": arrays["contribution"][used],
            "direction": arrays["direction"][used],
        },
        schema_overrides={"feature": pl.String},
        nan_to_null=True,
    ).select(*(pl.lit(value).alias(name) for name, value in key.items()), pl.all())


def _encode(value: object) -> np.ndarray:
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)
