"""Where the marks of the blend's figures go: coordinates for SVG, in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline.row_frame import RowFrame, widened

# of the figure of losses
LEFT, RIGHT, ROW = 110, 60, 46
# of a reliability panel
SIDE, MARGIN = 190, 34
# area of the largest dot of a reliability curve, and the smallest radius
DOT_AREA, DOT_SMALL = 60.0, 2.0


def loss_figure(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figure of each family's loss alone and of the blend up to it.

    Parameters
    ----------
    rows : sequence of dict
        Rows of `ablation_table`, in its order.
    """
    low = min(row[f"{name}_low"] for row in rows for name in ("alone", "blend"))
    high = max(row[f"{name}_high"] for row in rows for name in ("alone", "blend"))
    frame = RowFrame(*widened(low, high), LEFT, RIGHT, ROW)

    def mark(row: dict[str, Any], name: str) -> dict[str, Any]:
        ends = {end: frame.x(row[f"{name}_{end}"]) for end in ("low", "high")}
        return {"x": frame.x(row[name]), "text": f"{row[name]:.3f}"} | ends

    return {
        **frame.fields(len(rows)),
        "whole": frame.x(rows[-1]["blend"]),
        "rows": [
            {
                "name": row["family"],
                "first": number == 0,
                "y": frame.y(number),
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
