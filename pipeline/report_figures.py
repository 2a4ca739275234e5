"""Tables of the report -> the plain data that the page's script draws."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl

from pipeline.ions import ion_name, typeset
from pipeline.report_data import LabelImportance
from pipeline.report_words import direction_words, family_words, feature_words

# rows of the page's feature table; the CSV has all
TABLE_ROWS = 200
# digits that are kept: far finer than the spread over folds
DIGITS = 4


def rounded(value: float) -> float:
    """Round to four significant digits, which keeps the page small."""
    return float(f"{value:.{DIGITS}g}")


def feature_rows(
    importance: LabelImportance, summary: pl.DataFrame, top: int
) -> list[dict[str, Any]]:
    """Return the features that the page shows, the largest contribution first."""
    column = {name: number for number, name in enumerate(importance.features)}
    shown = summary.filter(
        (pl.col("rank") <= max(TABLE_ROWS, top)) | (pl.col("rank_by_gain") <= top)
    )
    return [
        {
            "name": row["words"],
            "family": family_words(row["family"]),
            "mz": row["mz"],
            "gain": rounded(row["gain"]),
            "gainSpread": rounded(row["gain_spread"]),
            "contribution": rounded(row["contribution"]),
            "contributionSpread": rounded(row["contribution_spread"]),
            "direction": direction_words(row["direction"]),
            "stability": rounded(row["stability"]),
            # only the top features are shown model by model
            "ranks": importance.ranks[:, column[row["feature"]]].tolist()
            if row["rank"] <= top
            else [],
        }
        for row in shown.iter_rows(named=True)
    ]


def with_words(summary: pl.DataFrame) -> pl.DataFrame:
    """Add a column `words`: what each feature measures."""
    columns = (
        "feature",
        "family",
        "mz",
        "temperature_low_celsius",
        "temperature_high_celsius",
        "description",
    )
    words = [feature_words(*row) for row in summary.select(columns).iter_rows()]
    return summary.with_columns(words=pl.Series(words, dtype=pl.String))


def map_rows(cells: pl.DataFrame, edges: list[float]) -> list[dict[str, Any]]:
    """Return for each ion of one label its contribution per cell and whole run."""
    place = {window: number for number, window in enumerate(pairwise(edges))}
    rows: dict[int | None, dict[str, Any]] = {}
    for mz, low, high, contribution in cells.drop("label").iter_rows():
        empty = {"mz": mz, "cells": [0.0] * len(place), "whole": 0.0}
        row = rows.setdefault(mz, empty)
        if low is None:
            row["whole"] = rounded(contribution)
        else:
            row["cells"][place[(low, high)]] = rounded(contribution)
    return list(rows.values())


def family_shares(summary: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the share of each feature family in a label's contribution."""
    total = summary["contribution"].sum() or 1.0
    shares: dict[str, float] = {}
    for family, contribution in summary.select("family", "contribution").iter_rows():
        shares[family] = shares.get(family, 0.0) + contribution / total
    return [
        {"name": family_words(family), "share": rounded(share)}
        for family, share in sorted(shares.items(), key=lambda item: (-item[1], item))
    ]


def ion_names(mz_values: list[int]) -> dict[str, str]:
    """Return the typeset ions of each m/z."""
    return {str(mz): typeset(ion_name(mz)) for mz in mz_values}
