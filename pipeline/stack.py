"""Stage stack: the constrained blend of all families, its own score cross-fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
FAMILIES = ("gbt", "linear", "kernel", "conv", "sequence", "soup")
# the shared weights come from all labels at once and need no more than this
LIGHT_L2 = 0.0001
# beside the families in tables of weights
CONSTANT = "constant"
KEYS = ["sample_id", "label", "role", "repeat", "fold"]


def run(params: Params) -> None:
    """Write the blend's predictions in the form of a family, and its weights."""
    table = stacking_rows(FAMILIES, params)
    scored = table.filter(pl.col("role") == "out_of_fold")
    blends = _fit(scored.filter(~pl.col("by_average")), FAMILIES, params)
    others = table.filter(pl.col("role") != "out_of_fold")
    predictions, fold_weights = [], []
    for (repeat, fold), here, fold_blends in cross_fitted(scored, FAMILIES, params):
        predictions.append(_predict(here, FAMILIES, fold_blends, params))
        weights = _weights(fold_blends)
        fold_weights.append(
            weights.select(pl.all(), repeat=pl.lit(repeat), fold=pl.lit(fold))
        )
    predictions.append(_predict(others, FAMILIES, blends, params))
    folder = paths.family(NAME)
    write_parquet(folder / "weights.parquet", _weights(blends))
    write_parquet(folder / "fold_weights.parquet", pl.concat(fold_weights))
    write_parquet(paths.predictions(NAME), pl.concat(predictions))


def _weights(blends: dict[str, Blend]) -> pl.DataFrame:
    """Return one row a label and family, and one with each label's constant."""
    weights = [
        (label, name, float(value))
        for label, blend in blends.items()
        for name, value in [
            *zip(FAMILIES, blend.weights, strict=True),
            (CONSTANT, blend.constant),
        ]
    ]
    return pl.DataFrame(weights, schema=["label", "family", "weight"], orient="row")


def read_blends(table: pl.DataFrame, params: Params) -> dict[str, Blend]:
    """Return the blends behind a table of weights."""
    blends = {}
    for label in params.data.labels:
        of_label = table.filter(pl.col("label") == label)
        weight = dict(of_label.select("family", "weight").iter_rows())
        blends[label] = Blend(
            np.array([weight[name] for name in FAMILIES]),
            weight[CONSTANT],
            params.stack.space,
        )
    return blends


def stacking_rows(families: Sequence[str], params: Params) -> pl.DataFrame:
    """Return what a blend is learnt from and applied to.

    Returns
    -------
    DataFrame
        One row a (run, label, fold) with the keys, a column of probabilities a family,
        `y` (null where the label is unknown) and `by_average`: whether the run's
        instrument has too few labelled runs to trust weights.
    """
    table = _joined(families)
    runs = read_parquet(paths.RUNS)
    training = runs.filter(pl.col("role") == "train")
    table = table.join(
        runs.select("sample_id", "instrument_type"),
        on="sample_id",
        maintain_order="left",
    )
    blended = blended_instruments(params)
    by_average = ~table["instrument_type"].is_in(blended)
    table = table.with_columns(by_average=by_average)
    truth = training.unpivot(
        on=params.data.labels,
        index="sample_id",
        variable_name="label",
        value_name="y",
    ).with_columns(pl.col("y").cast(pl.Float64))
    return table.join(
        truth, on=["sample_id", "label"], how="left", maintain_order="left"
    )


def blended_instruments(params: Params) -> list[str]:
    """Return the instruments with enough labelled runs to trust weights, sorted.

    Runs of all others get the plain average of the families.
    """
    training = read_parquet(paths.RUNS).filter(pl.col("role") == "train")
    counts = training["instrument_type"].value_counts()
    enough = counts.filter(pl.col("count") >= params.stack.minimum_runs)
    return sorted(enough["instrument_type"])


def _joined(families: Sequence[str]) -> pl.DataFrame:
    """Return one row a (run, label, fold) with a column of probabilities a family."""
    first, *rest = families
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


def cross_fitted(
    scored: pl.DataFrame, families: Sequence[str], params: Params
) -> Iterator[tuple[tuple[int, int], pl.DataFrame, dict[str, Blend]]]:
    """Learn a blend for each outer fold from the other folds of its repeat.

    Parameters
    ----------
    scored : DataFrame
        The out-of-fold part of `stacking_rows`; of its families, only those named in
        `families` take part.

    Yields
    ------
    (repeat, fold), the fold's rows of `scored`, and a blend a label.
    """
    folds = scored.select("repeat", "fold").unique().sort("repeat", "fold")
    for repeat, fold in folds.iter_rows():
        same_repeat = scored.filter(pl.col("repeat") == repeat)
        learning = same_repeat.filter((pl.col("fold") != fold) & ~pl.col("by_average"))
        here = same_repeat.filter(pl.col("fold") == fold)
        yield (repeat, fold), here, _fit(learning, families, params)


def cross_fitted_predictions(
    scored: pl.DataFrame, families: Sequence[str], params: Params
) -> Iterator[pl.DataFrame]:
    """Predict each outer fold with the blend that `cross_fitted` learnt for it."""
    for _, here, blends in cross_fitted(scored, families, params):
        yield _predict(here, families, blends, params)


def _fit(
    part: pl.DataFrame, families: Sequence[str], params: Params
) -> dict[str, Blend]:
    """Return each label's blend, pulled towards the weights that suit all labels."""
    if len(part) == 0:  # every instrument has too few runs
        return dict.fromkeys(params.data.labels, equal_weights(len(families)))
    settings = params.stack

    def fit(rows: pl.DataFrame, l2: float, centre: Blend | None) -> Blend:
        return fit_blend(
            rows.select(families).to_numpy(),
            rows["y"].to_numpy(),
            space=settings.space,
            weight_sum=settings.weight_sum,
            l1=settings.l1,
            l2=l2,
            centre=centre,
        )

    shared = fit(part, LIGHT_L2, None)
    return {
        label: fit(part.filter(pl.col("label") == label), settings.l2, shared)
        for label in params.data.labels
    }


def _predict(
    part: pl.DataFrame,
    families: Sequence[str],
    blends: dict[str, Blend],
    params: Params,
) -> pl.DataFrame:
    tables = []
    for label in params.data.labels:
        rows = part.filter(pl.col("label") == label)
        probabilities = rows.select(families).to_numpy()
        blended = np.where(
            rows["by_average"].to_numpy(),
            plain_average(probabilities),
            blends[label].predict(probabilities),
        )
        tables.append(rows.select(KEYS).with_columns(probability=pl.Series(blended)))
    return pl.concat(tables)
