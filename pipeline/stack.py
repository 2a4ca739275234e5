"""Stage stack: the constrained blend of all families, its own score cross-fitted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from models.stacker import Blend, equal_weights, fit_blend, plain_average
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_parquet
from pipeline.errors import EgaError
from pipeline.family import read_predictions
from pipeline.params import Params

NAME = "stack"
# a new family is one more name here, and its stage among the deps in dvc.yaml
FAMILIES = ("gbt", "linear", "conv", "sequence", "soup")
# the shared weights come from all labels at once and need no more than this
LIGHT_L2 = 0.0001
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
    truth = training.unpivot(
        on=params.data.labels,
        index="sample_id",
        variable_name="label",
        value_name="y",
    ).with_columns(pl.col("y").cast(pl.Float64))
    table = table.join(
        truth, on=["sample_id", "label"], how="left", maintain_order="left"
    )
    scored = table.filter(pl.col("role") == "out_of_fold")
    blends = _fit(scored.filter(~pl.col("by_average")), params)
    predictions = [
        *_cross_fitted(scored, params),
        _predict(table.filter(pl.col("role") != "out_of_fold"), blends, params),
    ]
    weights = [
        (label, name, value)
        for label, blend in blends.items()
        for name, value in [
            *zip(FAMILIES, blend.weights, strict=True),
            ("constant", blend.constant),
        ]
    ]
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


def _cross_fitted(scored: pl.DataFrame, params: Params) -> Iterator[pl.DataFrame]:
    """Predict each outer fold with weights from the other folds of its repeat."""
    folds = scored.select("repeat", "fold").unique().sort("repeat", "fold")
    for repeat, fold in folds.iter_rows():
        same_repeat = scored.filter(pl.col("repeat") == repeat)
        learning = same_repeat.filter((pl.col("fold") != fold) & ~pl.col("by_average"))
        here = same_repeat.filter(pl.col("fold") == fold)
        yield _predict(here, _fit(learning, params), params)


def _fit(part: pl.DataFrame, params: Params) -> dict[str, Blend]:
    """Return each label's blend, pulled towards the weights that suit all labels."""
    if len(part) == 0:  # every instrument has too few runs
        return dict.fromkeys(params.data.labels, equal_weights(len(FAMILIES)))
    settings = params.stack

    def fit(rows: pl.DataFrame, l2: float, centre: np.ndarray | None) -> Blend:
        return fit_blend(
            rows.select(FAMILIES).to_numpy(),
            rows["y"].to_numpy(),
            space=settings.space,
            weight_sum=settings.weight_sum,
            l1=settings.l1,
            l2=l2,
            centre=centre,
        )

    shared = fit(part, LIGHT_L2, None)
    return {
        label: fit(part.filter(pl.col("label") == label), settings.l2, shared.weights)
        for label in params.data.labels
    }


def _predict(
    part: pl.DataFrame, blends: dict[str, Blend], params: Params
) -> pl.DataFrame:
    tables = []
    for label in params.data.labels:
        rows = part.filter(pl.col("label") == label)
        probabilities = rows.select(FAMILIES).to_numpy()
        blended = np.where(
            rows["by_average"].to_numpy(),
            plain_average(probabilities),
            blends[label].predict(probabilities),
        )
        tables.append(rows.select(KEYS).with_columns(probability=pl.Series(blended)))
    return pl.concat(tables)
