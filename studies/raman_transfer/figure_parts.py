"""Lines and frames of all figures, as plotly's JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

COLOURS = (
    *("#1f6fb4", "#c8571b", "#2f8a57", "#7c4d9e"),
    *("#7a7f87", "#b8901f", "#3aa6a0", "#c2559a"),
)
SHIFT = "Raman shift (cm⁻¹)"
Figure = dict[str, Any]


def line(x: Any, y: Any, name: str, number: int) -> Figure:
    """Return a line; `number` chooses its colour."""
    return {
        "x": np.round(x, 3).tolist(),
        "y": np.round(y, 6).tolist(),
        "name": name,
        "mode": "lines",
        "line": {"color": COLOURS[number % len(COLOURS)], "width": 1.5},
    }


def figure(
    lines: list[Figure], title: str, x: str, y: str, marks: dict[str, int]
) -> Figure:
    """Return lines under a title; `marks` are named places on the x axis."""
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
