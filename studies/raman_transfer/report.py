"""Stage report: one page that needs nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from pipeline.atomic import write_text
from pipeline.errors import EgaError
from pipeline.report_page import environment, json_for_script
from studies.raman_transfer import paths
from studies.raman_transfer.prepared import load_prepared
from studies.raman_transfer.score_figures import (
    across_figure,
    learning_figure,
    scatter_figure,
)
from studies.raman_transfer.scores import MEAN
from studies.raman_transfer.settings import Settings
from studies.raman_transfer.spectra_figures import axis_figure, step_figures

TEMPLATES = Path(__file__).parent / "templates"
TITLES = {
    "within": "Within an instrument, whole solutions held out",
    "leave one out": "An instrument that no training has seen",
    "standardised": "PLS of one instrument reads another",
    "plate": "The plate, by number of labelled samples",
}


def run(settings: Settings) -> None:
    """Write reports/raman_transfer/index.html.

    Raises
    ------
    EgaError
        An earlier stage has not run.
    """
    prepared = load_prepared()
    try:
        facts = json.loads(paths.FACTS.read_text(encoding="utf-8"))
        scores, plate = pl.read_csv(paths.SCORES), pl.read_csv(paths.PLATE_SCORES)
        cross_validated = pl.read_parquet(paths.CROSS_VALIDATED)
        compared = pl.read_parquet(paths.OUT_OF_SAMPLE)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise EgaError(
            f"{error}; expected the scores of stages compare and predict. "
            "Cure: python -m studies.raman_transfer compare, then predict"
        ) from error
    figures = {
        **step_figures(facts, prepared, settings),
        "axis": axis_figure(facts, prepared),
        "scatter": scatter_figure(
            cross_validated.filter(pl.col("method") == "ensemble"),
            "Cross-validated plate samples, mean of the repetitions",
            "target",
        ),
        "across": across_figure(scores),
        **{
            f"across_{method}": scatter_figure(
                compared.filter(
                    (pl.col("protocol") == "leave one out")
                    & (pl.col("method") == method)
                ),
                f"{label}: each instrument predicted by the others",
                "target",
            )
            for method, label in (("unet", "U-Net"), ("pls", "PLS"))
            if method in settings.compare.methods
        },
        "learning": learning_figure(scores),
    }
    content = {
        "facts": facts,
        "headline": _headline(plate),
        "plate_table": _table(plate),
        "across_scatters": [name for name in figures if name.startswith("across_")],
        "tables": [
            (title, _table(scores.filter(pl.col("protocol") == protocol)))
            for protocol, title in TITLES.items()
        ],
    }
    write_text(paths.PAGE, render(content, figures))


def render(content: dict[str, Any], figures: dict[str, Any]) -> str:
    """Return the page; `figures` are plotly's data and layout by name."""
    template = environment(TEMPLATES).get_template("page.html.j2")
    return template.render(
        **content,
        figures=json_for_script(figures),
        plotly=Markup(get_plotlyjs()),
    )


def _headline(plate: pl.DataFrame) -> dict[str, Any]:
    chosen = plate.filter(
        (pl.col("method") == "ensemble") & (pl.col("analyte") == MEAN)
    )
    return chosen.row(0, named=True)


def _table(scores: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row per method and target: R2 with interval, and RMSE, per analyte."""
    rows = []
    keys = ["method", "target", "labelled"]
    for key, part in scores.group_by(keys, maintain_order=True):
        cells = {
            row["analyte"]: {
                "r2": f"{row['r2']:.3f}",
                "interval": f"{row['low']:.3f} to {row['high']:.3f}",
                "rmse": "" if row["rmse"] is None else f"{row['rmse']:.3f} g/L",
                "bad": row["r2"] < 0,
            }
            for row in part.iter_rows(named=True)
        }
        rows.append(
            {**dict(zip(keys, key, strict=True)), "cells": cells}
            | {"samples": part["samples"][0], "seeds": part["seeds"].max()}
        )
    return rows
