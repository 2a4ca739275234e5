"""Stage stack: the constrained blend of all families, its own score cross-fitted."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.stacker import Blend, fit_blend, plain_average
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_parquet
from pipeline.errors import EgaError
from pipeline.family import read_predictions
from pipeline.params import Params

NAME = "stack"
# a new family is one more name here, and its stage among the deps in dvc.yaml
FAMILIES = ("gbt", "linear")
KEYS = ["sample_id", "label", "role", "repeat", "fold"]


def run(params: Params) -> None:
    """Write the blend's predictions in the form of a family, and its weights."""
    table = _joined()
    runs = read_parquet(paths.RUNS)
    training = runs.filter(pl.col("role") == "train")
    table = table.join(
        runs.select("sample_id", "instrument_type"),
        on="sample_id",
        maintain_order="left",
    )
    few = set(
        training["instrument_type"]
        .value_counts()
        .filter(pl.col("count") < params.stack.minimum_runs)["instrument_type"]
    )
    seen = set(training["instrument_type"])
    by_average = table["instrument_type"].is_in(list(few)) | ~table[
        "instrument_type"
    ].is_in(list(seen))
    table = table.with_columns(by_average=by_average)
    predictions, weights = [], []
    for label in params.data.labels:
        truth = training.select("sample_id", y=pl.col(label).cast(pl.Float64))
        part = table.filter(pl.col("label") == label).join(
            truth, on="sample_id", how="left", maintain_order="left"
        )
        predictions.append(_cross_fitted(part, params))
        blend = _fit(part.filter(role="out_of_fold", by_average=False), params)
        others = part.filter(pl.col("role") != "out_of_fold")
        predictions.append(_predict(others, blend))
        weights += [(label, f, w) for f, w in zip(FAMILIES, blend.weights, strict=True)]
        weights.append((label, "constant", blend.constant))
    folder = paths.family(NAME)
    schema = ["label", "family", "weight"]
    write_parquet(
        folder / "weights.parquet", pl.DataFrame(weights, schema=schema, orient="row")
    )
    write_parquet(paths.predictions(NAME), pl.concat(predictions))


def _joined() -> pl.DataFrame:
    """Return one row a (run, label, fold) with a column of probabilities a family."""
    first, *rest = FAMILIES
    joined = read_predictions(first).rename({"probability": first})
    n = len(joined)
    for name in rest:
        table = read_predictions(name).rename({"probability": name})
        joined = joined.join(table, on=KEYS, how="inner", maintain_order="left")
        if not len(joined) == len(table) == n:
            raise EgaError(
                f"{paths.predictions(name)} covers other runs or folds than those of "
                f"{first}. Cure: run `dvc repro`, so that all families share folds."
            )
    return joined


def _cross_fitted(part: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Predict each outer fold with weights from the other folds of its repeat."""
    scored = part.filter(pl.col("role") == "out_of_fold")
    tables = []
    for repeat, fold in (
        scored.select("repeat", "fold").unique().sort("repeat", "fold").iter_rows()
    ):
        here = (pl.col("repeat") == repeat) & (pl.col("fold") == fold)
        learning = scored.filter(
            (pl.col("repeat") == repeat)
            & (pl.col("fold") != fold)
            & ~pl.col("by_average")
        )
        tables.append(_predict(scored.filter(here), _fit(learning, params)))
    return pl.concat(tables)


def _fit(part: pl.DataFrame, params: Params) -> Blend:
    settings = params.stack
    return fit_blend(
        part.select(FAMILIES).to_numpy(),
        part["y"].to_numpy(),
        space=settings.space,
        weight_sum=settings.weight_sum,
        l1=settings.l1,
        l2=settings.l2,
    )


def _predict(part: pl.DataFrame, blend: Blend) -> pl.DataFrame:
    probabilities = part.select(FAMILIES).to_numpy()
    blended = np.where(
        part["by_average"].to_numpy(),
        plain_average(probabilities),
        blend.predict(probabilities),
    )
    return part.select(KEYS).with_columns(probability=pl.Series(blended))
