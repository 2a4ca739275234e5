"""The frame of a figure with a row per name, above an axis of values: SVG pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

WIDTH, TOP, BOTTOM = 980, 12, 44
# most marks on an axis
MOST_TICKS = 8


@dataclass(frozen=True)
class RowFrame:
    """Where rows and values go.

    Attributes
    ----------
    low, high : float
        Ends of the axis.
    left, right : int
        Margins: left of the rows stand the names, right of them the values.
    row : int
        Height of a row.
    """

    low: float
    high: float
    left: int
    right: int
    row: int

    def x(self, value: float) -> float:
        """Return how far from the left a value is drawn."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.left + share * (WIDTH - self.left - self.right), 1)

    def y(self, number: int) -> float:
        """Return how far from the top the middle of a row is."""
        return TOP + self.row * (number + 0.5)

    def fields(self, n_rows: int) -> dict[str, Any]:
        """Return what a template needs to draw the frame and its axis."""
        height = TOP + self.row * n_rows + BOTTOM
        return {
            "width": WIDTH,
            "height": height,
            "left": self.left,
            "right": WIDTH - self.right,
            "top": TOP,
            "bottom": height - BOTTOM,
            "ticks": [
                (self.x(value), f"{value:g}")
                for value in nice_ticks(self.low, self.high)
            ],
        }


def widened(low: float, high: float) -> tuple[float, float]:
    """Return an interval with some room at both ends, also for a single value."""
    room = 0.03 * (high - low) or 0.01
    return low - room, high + room


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
