"""Figures of predictions: against the truth, across instruments, over labels."""

from __future__ import annotations

import polars as pl

from studies.raman_transfer.csv_rows import ANALYTES
from studies.raman_transfer.figure_parts import COLOURS, Figure, figure, line
from studies.raman_transfer.scores import MEAN

_WORST_SHOWN = -1.0


def scatter_figure(predictions: pl.DataFrame, title: str, colour: str) -> Figure:
    """Return predicted against true concentrations, an axis per analyte.

    Parameters
    ----------
    predictions : columns of `prediction_table`
        Repetitions are averaged.
    colour : str
        The column whose values get a colour each.
    """
    lines: list[Figure] = []
    layout: Figure = {"title": {"text": title}}
    for number, analyte in enumerate(ANALYTES, start=1):
        part = predictions.filter(pl.col("analyte") == analyte)
        mean = part.group_by(colour, "sample", maintain_order=True).agg(
            pl.col("truth").first(), pl.col("predicted").mean()
        )
        suffix = "" if number == 1 else str(number)
        axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        for index, (key, points) in enumerate(
            mean.group_by(colour, maintain_order=True)
        ):
            lines.append(
                {
                    "x": points["truth"].round(4).to_list(),
                    "y": points["predicted"].round(4).to_list(),
                    "mode": "markers",
                    "name": str(key[0]),
                    "legendgroup": str(key[0]),
                    "showlegend": number == 1,
                    "marker": {"color": COLOURS[index], "size": 6, "opacity": 0.75},
                    **axes,
                }
            )
        ends = [0.0, 1.05 * float(part["truth"].to_numpy().max())]
        identity = {"x": ends, "y": ends, "mode": "lines", "showlegend": False, **axes}
        lines.append({**identity, "line": {"color": "#999", "dash": "dot"}})
        left = (number - 1) / 3
        name = analyte.replace("_", " ")
        layout[f"xaxis{suffix}"] = {
            "domain": [left, left + 0.27],
            "title": {"text": f"{name}, true (g/L)"},
        }
        layout[f"yaxis{suffix}"] = {
            "anchor": f"x{suffix}",
            "title": {"text": "predicted (g/L)"},
        }
    return {"data": lines, "layout": layout}


def across_figure(scores: pl.DataFrame) -> Figure:
    """Return mean R2 of each method on each instrument that was left out, as bars."""
    chosen = scores.filter(
        (pl.col("protocol") == "leave one out") & (pl.col("analyte") == MEAN)
    )
    bars = [
        {
            "type": "bar",
            "x": part["target"].to_list(),
            # bars that would hide all others are cut; the table tells their length
            "y": part["r2"].clip(_WORST_SHOWN).round(4).to_list(),
            "name": str(key[0]).replace("_", " "),
            "marker": {"color": COLOURS[number % len(COLOURS)]},
        }
        for number, (key, part) in enumerate(
            chosen.group_by("method", maintain_order=True)
        )
    ]
    title = "An instrument that no training has seen (bars end at -1)"
    return figure(bars, title, "instrument left out", "mean R² of the analytes", {})


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
        name = str(key[0]).replace("_", " ")
        points = line(part["labelled"], part["r2"], name, number)
        points["mode"] = "lines+markers"
        points["error_y"] = {
            "type": "data",
            "array": (part["high"] - part["r2"]).to_list(),
        }
        lines.append(points)
    drawn = figure(
        lines, "Plate: what labels bring", "labelled plate samples", "mean R2", {}
    )
    # failures below zero are in the table
    drawn["layout"]["yaxis"]["range"] = [-0.5, 1.0]
    return drawn
