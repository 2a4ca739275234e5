"""Scores, calibration and likeness as the evaluation page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline import paths
from pipeline.artifacts import read_csv, read_parquet
from pipeline.ensemble_figures import reliability_panel
from pipeline.ensemble_words import signed
from pipeline.evaluation_figures import DotRow, dot_figure
from pipeline.evaluation_scores import (
    instrument_rows,
    label_dots,
    label_rows,
    ordered_systems,
    system_dots,
    system_rows,
)
from pipeline.evaluation_words import moved_words, slope_words, spread_words
from pipeline.params import Params
from pipeline.report_scores import score
from pipeline.report_words import label_words
from pipeline.stability import mean_weights, stabilities
from pipeline.stack import CONSTANT, NAME

WEIGHTS = paths.family(NAME) / "weights.parquet"
FOLD_WEIGHTS = paths.family(NAME) / "fold_weights.parquet"
# columns that stay text, whatever a user calls runs and labels
TEXT = ("sample_id", "nearest_sample_id", "label", "instrument_type", "reasons")


def score_content(metrics: Any, n_runs: int, params: Params) -> dict[str, Any]:
    """Return scores of families, compounds and instruments, and weights over folds."""
    folds = read_csv(paths.FOLD_SCORES, text=TEXT)
    spreads = stabilities(folds)
    labels = label_rows(metrics, spreads, params.data.labels, n_runs)
    families = [name for name in ordered_systems(metrics) if name != NAME]
    return {
        "systems": system_rows(metrics, spreads, folds),
        "system_figure": dot_figure(system_dots(metrics, spreads)),
        "labels": labels,
        "label_figure": dot_figure(
            label_dots(metrics, labels, families), from_zero=True
        ),
        "instruments": instrument_rows(metrics, params.stack.minimum_runs),
        "spread_finding": spread_words(spreads[NAME, None]),
        "repeats": len(spreads[NAME, None].repeats),
        **weight_content(families),
    }


def weight_content(families: Sequence[str]) -> dict[str, Any]:
    """Return each family's mean weight over labels, and in the blend of every fold."""
    weights = read_parquet(WEIGHTS).filter(pl.col("family") != CONSTANT)
    own = dict(weights.group_by("family").agg(pl.col("weight").mean()).iter_rows())
    in_folds = mean_weights(read_parquet(FOLD_WEIGHTS))
    rows = [
        DotRow(
            name,
            own[name],
            own[name],
            own[name],
            [(value, "repeat-0", f"{value:.2f}") for value in in_folds[name]],
            strong=True,
        )
        for name in sorted(families, key=lambda name: (-own[name], name))
    ]
    return {"weight_figure": dot_figure(rows, from_zero=True, digits=2)}


def calibration_content(labels: Sequence[str]) -> dict[str, Any]:
    """Return panel and line of all compounds together, and of each."""
    lines = read_csv(paths.LABEL_CALIBRATION, text=TEXT).to_dicts()
    of_label = {row["label"]: row for row in lines}
    curves = read_csv(paths.LABEL_CURVES, text=TEXT)
    drawn = curves.with_columns(when=pl.lit("after"))
    pooled = read_csv(paths.CALIBRATION_CURVES).filter(
        (pl.col("system") == NAME) & (pl.col("when") == "after")
    )
    panels = [("all compounds", reliability_panel(pooled))]
    panels += [
        (label_words(label), reliability_panel(drawn.filter(pl.col("label") == label)))
        for label in labels
    ]
    return {
        "panels": panels,
        "lines": [
            {
                "name": label_words(label),
                "positives": row["positives"],
                "predicted": f"{100 * row['predicted']:.1f} %",
                "observed": f"{100 * row['observed']:.1f} %",
                "error": f"{100 * row['calibration_error']:.1f}",
                **{part: _line_part(row, part) for part in ("slope", "intercept")},
                "words": slope_words(row),
            }
            for label in labels
            if (row := of_label[label])
        ],
    }


def similarity_content() -> dict[str, Any]:
    """Return the table and figure of losses by similarity."""
    rows = read_csv(paths.SIMILARITY).to_dicts()
    bands = [row for row in rows if row["group"] == "all" and row["runs"]]
    n_predict = sum(row["runs_to_predict"] for row in bands) or 1
    scores = [score({"row": row}, "row", name="log_loss") for row in bands]
    names = [
        f"{row['similarity_low']:g} to {row['similarity_high']:g}" for row in bands
    ]
    return {
        "moved": moved_words(rows),
        "bands": [
            {
                "name": name,
                "runs": row["runs"],
                "loss": found,
                "loss_share": f"{100 * row['loss_share']:.0f} %",
                "same": f"{100 * row['same_compounds']:.0f} %",
                "to_predict": f"{100 * row['runs_to_predict'] / n_predict:.0f} %",
            }
            for name, row, found in zip(names, bands, scores, strict=True)
        ],
        "band_figure": dot_figure(
            [
                DotRow(name, found.value, found.low, found.high, strong=True)
                for name, found in zip(names, scores, strict=True)
            ],
            from_zero=True,
        ),
    }


def _line_part(row: dict[str, Any], part: str) -> dict[str, str]:
    low, high = row[f"{part}_low"], row[f"{part}_high"]
    ends = "" if low is None else f"{signed(low, 2)} to {signed(high, 2)}"
    return {"value": signed(row[part], 2), "interval": ends}
