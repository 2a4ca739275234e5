"""Where the marks of the blend's figures go: coordinates for SVG, in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

# of the figure of losses: left of it stand the names
WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 980, 110, 60, 12, 46, 44
# of a reliability panel
SIDE, MARGIN = 190, 34
# most marks on an axis
MOST_TICKS = 8
# area of the largest dot of a reliability curve, and the smallest radius
DOT_AREA, DOT_SMALL = 60.0, 2.0


def nice_ticks(low: float, high: float) -> list[float]:
    """Return round numbers inside an interval, few enough to read.

    >>> nice_ticks(0.104, 0.193)
    [0.12, 0.14, 0.16, 0.18]
    """
    power = 10.0 ** math.floor(math.log10((high - low) / MOST_TICKS))
    step = next(
        power * factor
        for factor in (1, 2, 5, 10)
        if (high - low) / (power * factor) <= MOST_TICKS
    )
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def loss_figure(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figure of each family's loss alone and of the blend up to it.

    Parameters
    ----------
    rows : sequence of dict
        Rows of `ablation_table`, in its order.
    """
    low = min(row[f"{name}_low"] for row in rows for name in ("alone", "blend"))
    high = max(row[f"{name}_high"] for row in rows for name in ("alone", "blend"))
    room = 0.03 * (high - low) or 0.01
    low, high = low - room, high + room

    def x(value: float) -> float:
        share = (value - low) / (high - low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def mark(row: dict[str, Any], name: str) -> dict[str, Any]:
        ends = {end: x(row[f"{name}_{end}"]) for end in ("low", "high")}
        return {"x": x(row[name]), "text": f"{row[name]:.3f}"} | ends

    height = TOP + ROW * len(rows) + BOTTOM
    return {
        "width": WIDTH,
        "height": height,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": height - BOTTOM,
        "ticks": [(x(value), f"{value:g}") for value in nice_ticks(low, high)],
        "whole": x(rows[-1]["blend"]),
        "rows": [
            {
                "name": row["family"],
                "first": number == 0,
                "y": TOP + ROW * (number + 0.5),
                "alone": mark(row, "alone"),
                "blend": mark(row, "blend"),
            }
            for number, row in enumerate(rows)
        ],
    }


def reliability_panel(curves: pl.DataFrame) -> dict[str, Any]:
    """Return the panel of one system.

    Parameters
    ----------
    curves : DataFrame
        `curve_table` of one system.
    """
    most = curves["decisions"].max()
    lines = {
        when: [_dot(row, most) for row in part.iter_rows(named=True)]
        for (when,), part in curves.group_by("when", maintain_order=True)
    }
    end = MARGIN + SIDE
    return {
        "size": end + 12,
        "start": MARGIN,
        "end": end,
        "top": 12,
        "bottom": 12 + SIDE,
        "ticks": [
            (MARGIN + share * SIDE, 12 + SIDE * (1 - share), f"{100 * share:.0f}")
            for share in (0.0, 0.5, 1.0)
        ],
        "lines": lines,
        "height": SIDE + MARGIN + 20,
    }


def _dot(row: dict[str, Any], most: Any) -> dict[str, Any]:
    def y(share: float) -> float:
        return round(12 + SIDE * (1 - share), 1)

    area = DOT_AREA * row["decisions"] / most
    return {
        "x": round(MARGIN + SIDE * row["predicted"], 1),
        "y": y(row["observed"]),
        "low": y(row["low"]),
        "high": y(row["high"]),
        "radius": round(max(math.sqrt(area), DOT_SMALL), 1),
        "text": f"said {100 * row['predicted']:.1f} %, true in "
        f"{100 * row['observed']:.1f} % of {row['decisions']} decisions",
    }
