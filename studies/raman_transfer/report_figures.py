"""Figures of the page, as plotly's JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from models.axis_search import SILICON_EDGE_NANOMETRE
from models.spectrum_steps import (
    BaselineSubtraction,
    SavitzkyGolay,
    StandardNormalVariate,
)
from studies.raman_transfer.csv_rows import ANALYTES
from studies.raman_transfer.prepared import LABELLED_PLATE, Prepared
from studies.raman_transfer.scores import MEAN
from studies.raman_transfer.settings import Settings

COLOURS = ("#1f6fb4", "#c8571b", "#2f8a57", "#7c4d9e", "#7a7f87")
# where a chemist looks: band, cm-1
BANDS = {"acetate 928": 928, "sulfate 981": 981, "glucose 1125": 1125}
WATER = {"water 1640": 1640}
Figure = dict[str, Any]


def step_figures(prepared: Prepared, settings: Settings) -> dict[str, Figure]:
    """Return the mean spectrum of each source after each step."""
    sources = [*prepared.instruments, LABELLED_PLATE]
    window = settings.compare.smoothing_points
    scaled = {name: prepared.spectra[prepared.rows(name)] for name in sources}
    slope = {k: SavitzkyGolay(window, 2, 1).fit_transform(v) for k, v in scaled.items()}
    steps = {
        "scaled": ("On the common grid, divided by the mean", "share", scaled),
        "baseline": (
            "Baseline subtracted (arPLS; for looking, not for the models)",
            "share",
            # five spectra tell what it does
            {
                k: BaselineSubtraction(1e6).fit_transform(v[:5])
                for k, v in scaled.items()
            },
        ),
        "slope": ("First derivative (Savitzky-Golay)", "share per point", slope),
        "snv": (
            "SNV of the derivative: what the models read",
            "standard deviations",
            {k: StandardNormalVariate().fit_transform(v) for k, v in slope.items()},
        ),
    }
    grid = prepared.grid_per_centimetre
    return {
        key: _figure(
            [
                _line(grid, spectra.mean(axis=0), name, number)
                for number, (name, spectra) in enumerate(by_source.items())
            ],
            title,
            "Raman shift (cm-1)",
            unit,
            BANDS,
        )
        for key, (title, unit, by_source) in steps.items()
    }


def axis_figure(facts: dict[str, Any], prepared: Prepared) -> Figure:
    """Return both spectra that the axis was found from, over the references."""
    curves = facts["axis_curves"]
    grid = curves["grid_per_centimetre"]
    lines = []
    for place, what in enumerate(("median slope", "range of the slope")):
        for number, (name, label) in enumerate(
            (("reference", "instruments"), ("plate", "plate, axis found"))
        ):
            values = np.array(curves[name][place]) - 8.0 * place
            lines.append(_line(grid, values, f"{what}, {label}", number))
    bands = {**BANDS, **WATER}
    title = f"Plate axis; silicon ends at {SILICON_EDGE_NANOMETRE:g} nm"
    return _figure(lines, title, "Raman shift (cm-1)", "standard deviations", bands)


def scatter_figure(predictions: pl.DataFrame) -> Figure:
    """Return predicted against true concentrations of the ensemble, one axis each."""
    chosen = predictions.filter(pl.col("method") == "ensemble")
    lines: list[Figure] = []
    layout: Figure = {"title": {"text": "Cross-validated plate samples (g/L)"}}
    for number, analyte in enumerate(ANALYTES, start=1):
        part = (
            chosen.filter(pl.col("analyte") == analyte)
            .group_by("sample", maintain_order=True)
            .agg(pl.col("truth").first(), pl.col("predicted").mean())
        )
        suffix = "" if number == 1 else str(number)
        ends = [0.0, 1.05 * part["truth"].max()]  # type: ignore[operator]
        lines.append(
            {
                "x": part["truth"].to_list(),
                "y": part["predicted"].round(4).to_list(),
                "text": [f"sample{n % 10_000}" for n in part["sample"]],
                "mode": "markers",
                "name": analyte,
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
                "marker": {"color": COLOURS[number - 1]},
            }
        )
        lines.append(
            {
                "x": ends,
                "y": ends,
                "mode": "lines",
                "showlegend": False,
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
                "line": {"color": "#999", "dash": "dot"},
            }
        )
        left = (number - 1) / 3
        layout[f"xaxis{suffix}"] = {
            "domain": [left, left + 0.27],
            "title": {"text": f"{analyte.replace('_', ' ')}, true"},
        }
        layout[f"yaxis{suffix}"] = {
            "anchor": f"x{suffix}",
            "title": {"text": "predicted"},
        }
    return {"data": lines, "layout": layout}


def learning_figure(scores: pl.DataFrame) -> Figure:
    """Return mean R2 on the plate over the number of labelled samples."""
    chosen = scores.filter(
        (pl.col("protocol") == "plate") & (pl.col("analyte") == MEAN)
    )
    lines = []
    for number, (key, part) in enumerate(
        chosen.group_by("method", maintain_order=True)
    ):
        part = part.sort("labelled")
        line = _line(part["labelled"], part["r2"], str(key[0]), number)
        line["mode"] = "lines+markers"
        line["error_y"] = {
            "type": "data",
            "array": (part["high"] - part["r2"]).to_list(),
        }
        lines.append(line)
    figure = _figure(
        lines, "Plate: what labels bring", "labelled plate samples", "mean R2", {}
    )
    # failures below zero are in the table
    figure["layout"]["yaxis"]["range"] = [-0.5, 1.0]
    return figure


def _line(x: Any, y: Any, name: str, number: int) -> Figure:
    return {
        "x": np.round(x, 3).tolist(),
        "y": np.round(y, 6).tolist(),
        "name": name,
        "mode": "lines",
        "line": {"color": COLOURS[number % len(COLOURS)], "width": 1.5},
    }


def _figure(
    lines: list[Figure], title: str, x: str, y: str, marks: dict[str, int]
) -> Figure:
    return {
        "data": lines,
        "layout": {
            "title": {"text": title},
            "xaxis": {"title": {"text": x}},
            "yaxis": {"title": {"text": y}},
            "shapes": [
                {
                    "type": "line",
                    "x0": place,
                    "x1": place,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "line": {"color": "#bbb", "dash": "dot", "width": 1},
                }
                for place in marks.values()
            ],
            "annotations": [
                {
                    "x": place,
                    "y": 1,
                    "yref": "paper",
                    "text": name,
                    "textangle": -90,
                    "showarrow": False,
                    "xanchor": "right",
                    "yanchor": "top",
                    "font": {"size": 10, "color": "#666"},
                }
                for name, place in marks.items()
            ],
        },
    }
