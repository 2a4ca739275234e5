"""Where the marks of the evaluation page's figures go: SVG coordinates, in pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.row_frame import RowFrame, widened

# of a figure of dots
LEFT, RIGHT, ROW = 150, 80, 34
# letters of a name that the left margin has room for
NAME_LETTERS = 16
# of the strip of one decision's probabilities
STRIP, STRIP_MARGIN, STRIP_HEIGHT = 132, 6, 18


@dataclass(frozen=True)
class DotRow:
    """One row: a value with its interval, and smaller marks beside it.

    `marks` are (value, class, title): the class chooses shape and colour.
    """

    name: str
    value: float
    low: float
    high: float
    marks: Sequence[tuple[float, str, str]] = field(default=())
    strong: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest number of the row."""
        values = [self.value, self.low, self.high, *(mark[0] for mark in self.marks)]
        return min(values), max(values)


def dot_figure(
    rows: Sequence[DotRow], *, from_zero: bool = False, digits: int = 3
) -> dict[str, Any]:
    """Return the figure of some rows, from top to bottom."""
    low, high = widened(
        min(row.ends[0] for row in rows), max(row.ends[1] for row in rows)
    )
    frame = RowFrame(0.0 if from_zero else low, high, LEFT, RIGHT, ROW)
    x = frame.x
    return {
        **frame.fields(len(rows)),
        "rows": [
            {
                "name": row.name,
                "short": fitted(row.name),
                "strong": row.strong,
                "y": frame.y(number),
                "x": x(row.value),
                "low": x(row.low),
                "high": x(row.high),
                "text": f"{row.value:.{digits}f}",
                "marks": [(x(value), kind, title) for value, kind, title in row.marks],
            }
            for number, row in enumerate(rows)
        ],
    }


def fitted(name: str) -> str:
    """Cut a name to the margin's width.

    >>> fitted("phyllosilicate"), fitted("phyllosilicate and more")
    ('phyllosilicate', 'phyllosilicate…')
    """
    if len(name) <= NAME_LETTERS:
        return name
    return name[: NAME_LETTERS - 1].rstrip() + "…"


def strip(blend: float, families: Mapping[str, float]) -> dict[str, Any]:
    """Return the strip of one decision: probabilities from 0 (left) to 1 (right)."""

    def x(share: float) -> float:
        return round(STRIP_MARGIN + share * (STRIP - 2 * STRIP_MARGIN), 1)

    return {
        "width": STRIP,
        "height": STRIP_HEIGHT,
        "middle": STRIP_HEIGHT / 2,
        "start": x(0),
        "half": x(0.5),
        "end": x(1),
        "blend": x(blend),
        "families": [x(value) for value in families.values()],
        "text": ", ".join(
            f"{name} {100 * value:.1f}" for name, value in families.items()
        ),
    }
