"""The page on the blend: what each family adds, its weights, its calibration."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from pipeline import paths
from pipeline.artifacts import read_csv, read_json, read_parquet
from pipeline.atomic import write_text
from pipeline.ensemble_figures import loss_figure, reliability_panel
from pipeline.ensemble_words import (
    FAMILY_WORDS,
    finding,
    signed,
    spent_words,
    system_words,
)
from pipeline.errors import EgaError, shorten
from pipeline.params import Params
from pipeline.report_page import STYLE, environment, read_template
from pipeline.report_scores import BASELINE, Score, score
from pipeline.report_words import label_words
from pipeline.stack import NAME
from pipeline.time_spent import time_spent

PAGE = "ensemble"
WEIGHTS = paths.family(NAME) / "weights.parquet"
CONSTANT = "constant"
# stages whose results all families share
SHARED = ("bin", "featurize")
# shades of the table of weights
SHADES = 5


def write_ensemble_page(params: Params) -> bool:
    """Write the page from the tables of stages stack, evaluate and ablate.

    Returns
    -------
    Whether there is a page: without the table of stage ablate there is none.

    Raises
    ------
    EgaError
        Another table is missing, damaged, or does not fit the others.
    """
    if not paths.ABLATION.exists():
        return False
    ablation = read_csv(paths.ABLATION).to_dicts()
    calibration = read_csv(paths.CALIBRATION).to_dicts()
    curves = read_csv(paths.CALIBRATION_CURVES)
    families = [row["family"] for row in ablation]
    content = {
        "finding": finding(ablation),
        "tiles": tiles(ablation, calibration),
        "families": family_rows(ablation),
        "losses": loss_figure(ablation),
        "weights": weight_table(read_parquet(WEIGHTS), families, params.data.labels),
        "systems": [
            {
                "name": system_words(name),
                "panel": reliability_panel(curves.filter(pl.col("system") == name)),
                **calibration_cells(calibration, name),
            }
            for name in (*families, NAME)
        ],
        "evaluation": paths.HARD_RUNS.exists(),
        "shared_time": spent_words([time_spent(stage) for stage in SHARED]),
        "interval": params.evaluate.interval,
        "stack": params.stack,
        "seed": params.seed,
        "budget": params.budget,
        "data": params.data.root.name,
    }
    template = environment().get_template(f"{PAGE}.html.j2")
    style = Markup(read_template(STYLE) + read_template(f"{PAGE}.css"))
    write_text(paths.ENSEMBLE_PAGE, template.render(**content, style=style))
    return True


def tiles(
    ablation: list[dict[str, Any]], calibration: list[dict[str, Any]]
) -> list[dict[str, str]]:
    """Return the headline numbers."""
    best = min(ablation, key=lambda row: row["alone"])
    average = _row(calibration, NAME, "before")
    baseline = score(read_json(paths.METRICS), "out_of_fold", BASELINE, name="log_loss")
    shown = [
        (f"Blend of all {len(ablation)}", _score(ablation[-1], "blend"), "log-loss"),
        (f"Best alone: {best['family']}", _score(best, "alone"), "log-loss"),
        ("Equal weights", _score(average, "log_loss"), "plain average of log-odds"),
        ("Baseline", baseline, "knows only how common each is"),
    ]
    return [
        {
            "title": title,
            "value": str(value),
            "note": f"{value.interval} · {note}" if value.interval else note,
        }
        for title, value, note in shown
    ]


def family_rows(ablation: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the table of families, as they are printed."""
    times = [time_spent(row["family"]) for row in ablation]
    return [
        {
            "name": row["family"],
            "words": FAMILY_WORDS.get(row["family"], ""),
            "step": row["step"],
            "time": spent_words([times[number]]),
            "time_so_far": spent_words(times[: number + 1]),
            "losses": {
                name: _score(row, name)
                for name in ("alone", "recalibrated", "blend", "blend_without")
            },
            "changes": {name: _signed(row, name, 4) for name in ("gain", "missed")},
        }
        for number, row in enumerate(ablation)
    ]


def weight_table(
    weights: pl.DataFrame, families: list[str], labels: tuple[str, ...]
) -> dict[str, Any]:
    """Return each label's weights with a shade, their sum and its constant.

    Raises
    ------
    EgaError
        The blend knows other families or labels.
    """
    table = weights.select("label", "family", "weight")
    found = {(label, name): value for label, name, value in table.iter_rows()}
    expected = {(label, name) for label in labels for name in (*families, CONSTANT)}
    if found.keys() != expected:
        odd = shorten(sorted(found.keys() ^ expected)[0])
        raise EgaError(
            f"{WEIGHTS} and {paths.ABLATION} disagree: {odd} is in one of them only; "
            "expected both to be of the same families and labels. "
            "Cure: run `dvc repro report`."
        )
    own = {label: [found[label, name] for name in families] for label in labels}
    largest = max(max(values) for values in own.values()) or 1.0
    rows = [
        {
            "name": label_words(label),
            "cells": [(value, round(SHADES * value / largest)) for value in values],
            "sum": sum(values),
            "constant": signed(found[label, CONSTANT], 2),
        }
        for label, values in own.items()
    ]
    columns = list(zip(*own.values(), strict=True))
    means = [sum(column) / len(column) for column in columns]
    return {"families": families, "rows": rows, "means": means}


def calibration_cells(
    calibration: list[dict[str, Any]], system: str
) -> dict[str, dict[str, Any]]:
    """Return what the table of calibration prints of a system, before and after."""
    rows = {when: _row(calibration, system, when) for when in ("before", "after")}
    return {
        when: {
            "log_loss": f"{row['log_loss']:.4f}",
            "calibration_error": f"{100 * row['calibration_error']:.1f}",
            "slope": _signed(row, "slope", 2),
            "intercept": _signed(row, "intercept", 2),
        }
        for when, row in rows.items()
    }


def _row(rows: list[dict[str, Any]], system: str, when: str) -> dict[str, Any]:
    return next(r for r in rows if (r["system"], r["when"]) == (system, when))


def _score(row: dict[str, Any], name: str) -> Score:
    return score({"row": row}, "row", name=name)


def _signed(row: dict[str, Any], name: str, digits: int) -> dict[str, Any]:
    value, low, high = (row[name + end] for end in ("", "_low", "_high"))
    ends = "" if low is None else f"{signed(low, digits)} to {signed(high, digits)}"
    return {
        "value": signed(value, digits),
        "interval": ends,
        "tone": _tone(low, high),
    }


def _tone(low: float | None, high: float | None) -> str:
    if low is None or high is None or low <= 0 <= high:
        return "unsure"
    return "helps" if low > 0 else "harms"
