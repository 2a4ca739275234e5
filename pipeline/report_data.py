"""Importance of each fold -> one row per compound and feature, with its stability."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipeline.errors import EgaError, shorten

KEYS = ("label", "repeat", "fold", "feature")


@dataclass(frozen=True)
class LabelImportance:
    """What every trained model of one compound used.

    Attributes
    ----------
    label : str
        The compound.
    models : tuple of (repeat, fold)
        The rows of the arrays.
    features : tuple of str
        Their columns: each feature that at least one model uses.
    gain, contribution : (n_models, n_features)
        Share of the model's gain; mean |contribution| in log-odds. 0 where unused.
    direction : (n_models, n_features)
        Correlation of value and contribution, -1..1; NaN where unknown.
    """

    label: str
    models: tuple[tuple[int, int], ...]
    features: tuple[str, ...]
    gain: np.ndarray
    contribution: np.ndarray
    direction: np.ndarray

    @cached_property
    def ranks(self) -> np.ndarray:
        """Rank by contribution inside each model, 1 is the largest; 0 where unused.

        Equal contributions share the better rank, so that order does not matter.
        """
        ordered = np.sort(self.contribution, axis=1)
        ranks = [
            len(self.features) - np.searchsorted(row, values, side="right") + 1
            for row, values in zip(ordered, self.contribution, strict=True)
        ]
        shape = self.contribution.shape
        return np.where(
            self.contribution > 0, np.array(ranks, dtype=np.int64).reshape(shape), 0
        )


def by_label(
    importance: pl.DataFrame, labels: tuple[str, ...]
) -> list[LabelImportance]:
    """Spread the importance table over models x features, one per label.

    Parameters
    ----------
    importance : DataFrame
        label, repeat, fold, feature, gain, contribution, direction; a feature that a
        model does not use has no row.
    labels : tuple of str
        Order of the result. A label without rows gets an entry without features.

    Raises
    ------
    EgaError
        A row occurs twice, or belongs to a label that is not asked for.
    """
    if unknown := sorted(set(importance["label"]) - set(labels)):
        raise EgaError(
            f"the importance table knows the label {shorten(unknown[0])}; expected "
            f"only data.labels ({', '.join(labels)}). Cure: run `ega gbt` again."
        )
    doubled = importance.filter(pl.struct(KEYS).is_duplicated())
    if len(doubled):
        raise EgaError(
            f"the importance table holds {shorten(doubled.row(0)[: len(KEYS)])} twice; "
            "expected one row per label, repeat, fold and feature. "
            "Cure: run `ega gbt` again."
        )
    models = importance.select("repeat", "fold").unique().sort("repeat", "fold")
    return [
        _spread(label, importance.filter(pl.col("label") == label), models.rows())
        for label in labels
    ]


def _spread(
    label: str, rows: pl.DataFrame, models: list[tuple[int, int]]
) -> LabelImportance:
    features = sorted(set(rows["feature"]))
    row = {model: number for number, model in enumerate(models)}
    column = {feature: number for number, feature in enumerate(features)}
    place = (
        [row[model] for model in rows.select("repeat", "fold").iter_rows()],
        [column[feature] for feature in rows["feature"]],
    )

    def dense(name: str, empty: float) -> np.ndarray:
        values = np.full((len(models), len(features)), empty)
        values[place] = rows[name].cast(pl.Float64).fill_null(empty).to_numpy()
        return values

    return LabelImportance(
        label,
        tuple(models),
        tuple(features),
        dense("gain", 0.0),
        dense("contribution", 0.0),
        dense("direction", np.nan),
    )


def summarise(
    importance: LabelImportance, dictionary: pl.DataFrame, top: int
) -> pl.DataFrame:
    """Return one row per used feature, the largest mean contribution first.

    Means and spreads (standard deviation over models) count an unused feature as 0.
    The direction is averaged over models by contribution. Stability is the share of
    models that rank the feature among their `top` features.

    Raises
    ------
    EgaError
        A feature is not in the dictionary.
    """
    known = dictionary.filter(pl.col("name").is_in(list(importance.features)))
    if missing := sorted(set(importance.features) - set(known["name"])):
        raise EgaError(
            f"the dictionary does not know {len(missing)} features that the models "
            f"use, such as {shorten(missing[0])}. "
            "Cure: run `ega featurize` and `ega gbt` again."
        )
    n_models = max(len(importance.models), 1)
    ranked_high = (importance.ranks > 0) & (importance.ranks <= top)
    table = pl.DataFrame(
        {
            "label": [importance.label] * len(importance.features),
            "feature": list(importance.features),
            "gain": _mean(importance.gain),
            "gain_spread": _spread_over_models(importance.gain),
            "contribution": _mean(importance.contribution),
            "contribution_spread": _spread_over_models(importance.contribution),
            "direction": _direction(importance),
            "stability": ranked_high.sum(axis=0) / n_models,
        },
        schema_overrides={"label": pl.String, "feature": pl.String},
    )
    order = table.sort(
        "contribution", "gain", "feature", descending=[True, True, False]
    )
    return order.join(
        known, left_on="feature", right_on="name", how="left", maintain_order="left"
    ).with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        rank_by_gain=pl.col("gain").rank("ordinal", descending=True).cast(pl.Int64),
        direction=pl.col("direction").fill_nan(None),
    )


def _mean(values: np.ndarray) -> np.ndarray:
    return values.sum(axis=0) / max(len(values), 1)


def _spread_over_models(values: np.ndarray) -> np.ndarray:
    if len(values) < 2:
        return np.zeros(values.shape[1])
    return values.std(axis=0, ddof=1)


def _direction(importance: LabelImportance) -> np.ndarray:
    known = ~np.isnan(importance.direction)
    weight = np.where(known, importance.contribution, 0)
    total = weight.sum(axis=0)
    product = weight * np.where(known, importance.direction, 0)
    return np.where(
        total > 0, product.sum(axis=0) / np.where(total > 0, total, 1), np.nan
    )
