"""Stage report: which ions at which temperatures speak for each compound.

Writes a self-contained page and the tables that it shows, one on the blend, and one on
how good the answers are.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline import paths
from pipeline.artifacts import read_csv, read_json, read_parquet
from pipeline.atomic import write_csv, write_text
from pipeline.ensemble_page import write_ensemble_page
from pipeline.evaluation_page import write_evaluation_page
from pipeline.ions import ion_name
from pipeline.params import Params
from pipeline.report_data import LabelImportance, by_label, summarise
from pipeline.report_figures import (
    family_shares,
    feature_rows,
    ion_names,
    map_rows,
    with_words,
)
from pipeline.report_findings import sentence, strongest_ions
from pipeline.report_map import cell_edges, where_the_model_looks
from pipeline.report_misjudged import misjudged_runs
from pipeline.report_page import render
from pipeline.report_scores import headline, label_scores
from pipeline.report_words import label_words
from pipeline.run_links import written_links

IMPORTANCE = paths.family("gbt") / "importance.parquet"
WEIGHTS = paths.family("stack") / "weights.parquet"
FEATURE_TABLE = paths.IMPORTANCE_TABLE
MAP_TABLE = paths.MAP_TABLE
# columns of the feature table, in its order
FEATURE_COLUMNS = (
    "label",
    "rank",
    "feature",
    "family",
    "mz",
    "ion",
    "temperature_low_celsius",
    "temperature_high_celsius",
    "unit",
    "contribution",
    "contribution_spread",
    "gain",
    "gain_spread",
    "rank_by_gain",
    "direction",
    "stability",
)


def run(params: Params) -> None:
    """Write the page and its tables.

    Raises
    ------
    EgaError
        An input is missing, damaged, or does not fit the others.
    """
    labels, top = params.data.labels, params.report.top_features
    dictionary = read_dictionary()
    importances = by_label(read_parquet(IMPORTANCE), labels)
    summary = pl.concat([summarise(i, dictionary, top) for i in importances])
    summary = with_words(summary)
    edges = cell_edges(dictionary)
    cells = where_the_model_looks(summary, edges)
    write_csv(FEATURE_TABLE, feature_table(summary))
    write_csv(MAP_TABLE, cells.with_columns(significant("contribution")))

    runs, metrics = read_parquet(paths.RUNS), read_json(paths.METRICS)
    weights, links = blend_weights(), written_links(runs["sample_id"])
    compounds, drawn = [], []
    for importance in importances:
        chosen = pl.col("label") == importance.label
        compound, figures = describe(
            importance, summary.filter(chosen), cells.filter(chosen), edges, top
        )
        compounds.append(
            compound
            | label_scores(metrics, importance.label)
            | count_runs(runs, importance.label)
            | {"misjudged": misjudged_runs(importance.label, links)}
        )
        drawn.append(figures | {"weights": weights.get(importance.label, [])})
    models = list(importances[0].models)
    content = {
        "runs": {part: n for part, n in metrics.get("runs", {}).items() if n},
        "scores": headline(metrics),
        "interval": params.evaluate.interval,
        "compounds": compounds,
        "models": len(models),
        "top": top,
        "seed": params.seed,
        "budget": params.budget,
        "data": params.data.root.name,
        "ensemble": write_ensemble_page(params),
        "evaluation": write_evaluation_page(params, links),
    }
    ions = sorted(set(summary["mz"].drop_nulls()))
    figures = {
        "labels": drawn,
        "models": _numbered(models),
        "edges": edges,
        "ions": ion_names(ions),
        "top": top,
    }
    write_text(paths.IMPORTANCE_PAGE, render(content, figures))


def read_dictionary() -> pl.DataFrame:
    """Read the feature dictionary; raises EgaError if it is missing or damaged."""
    dictionary = read_csv(paths.FEATURE_DICTIONARY)
    return dictionary.with_columns(
        pl.col("mz").cast(pl.Int64),
        pl.col("temperature_low_celsius", "temperature_high_celsius").cast(pl.Float64),
    )


def feature_table(summary: pl.DataFrame) -> pl.DataFrame:
    """Return the CSV's columns in its order, with the likely ions."""
    ions = [None if mz is None else ion_name(mz) for mz in summary["mz"]]
    table = summary.with_columns(ion=pl.Series(ions, dtype=pl.String))
    return table.select(FEATURE_COLUMNS).with_columns(
        significant("gain", "contribution", "^.*_spread$", "direction", "stability")
    )


def significant(*columns: str) -> pl.Expr:
    """Round columns to six significant digits: more would be noise."""
    return pl.col(*columns).round_sig_figs(6)


def describe(
    importance: LabelImportance,
    summary: pl.DataFrame,
    cells: pl.DataFrame,
    edges: list[float],
    top: int,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the page prints and what it draws of one label."""
    ions = strongest_ions(summary, cells)
    name = label_words(importance.label)
    printed = {
        "id": importance.label,
        "name": name,
        "ions": [(ion.mz, ion_names([ion.mz])[str(ion.mz)]) for ion in ions],
    }
    drawn = {
        "id": importance.label,
        "name": name,
        "sentence": sentence(importance.label, ions),
        "used": len(summary),
        "features": feature_rows(importance, summary, top),
        "map": map_rows(cells, edges),
        "families": family_shares(summary),
    }
    return printed, drawn


def count_runs(runs: pl.DataFrame, label: str) -> dict[str, Any]:
    """Return how many training runs contain the compound, and their share."""
    known = runs.filter(pl.col("role") == "train")[label].drop_nulls()
    positives = int(known.sum())
    return {"positives": positives, "share": positives / max(len(known), 1)}


def blend_weights() -> dict[str, list[dict[str, Any]]]:
    """Return the blend's weights per label, largest first; empty without a stack."""
    if not WEIGHTS.exists():
        return {}
    weights: dict[str, list[dict[str, Any]]] = {}
    table = read_parquet(WEIGHTS).sort(
        "label", "weight", "family", descending=[False, True, False]
    )
    for label, family, weight in table.select("label", "family", "weight").iter_rows():
        weights.setdefault(label, []).append(
            {"name": family, "weight": round(weight, 3)}
        )
    return weights


def _numbered(models: list[tuple[int, int]]) -> list[list[int]]:
    """Count repeats and folds from 1."""
    repeats = sorted({repeat for repeat, _ in models})
    folds = sorted({fold for _, fold in models})
    return [[repeats.index(r) + 1, folds.index(f) + 1] for r, f in models]
