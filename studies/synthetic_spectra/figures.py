"""SVG coordinates of the page's figures, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

WIDTH, HEIGHT, MARGIN = 460, 150, 22
CELL, MATRIX_MARGIN = 15, 34
# more classes than this are listed, not drawn
MOST_CLASSES = 60
COLUMNS = 400
SURROUNDINGS = 150


def spectrum_figure(
    curves: Sequence[tuple[str, np.ndarray]], speaks: np.ndarray
) -> dict[str, Any]:
    """Return a drawing of spectra with what spoke for and against.

    Empty ends of the axis, all but `SURROUNDINGS` points, are left out.

    Parameters
    ----------
    curves : (css class, (n_points,) of 0..1) each
    speaks : (n_points,)
        Positive where the point spoke for the answer given.
    """
    occupied = np.flatnonzero(np.max([curve for _, curve in curves], axis=0) > 0)
    first = max(int(occupied.min(initial=len(speaks))) - SURROUNDINGS, 0)
    end = min(int(occupied.max(initial=0)) + SURROUNDINGS + 1, len(speaks))
    if end - first < COLUMNS:
        first, end = 0, len(speaks)
    speaks = speaks[first:end]
    largest = float(np.abs(speaks).max()) or 1.0
    bars = []
    for column, part in enumerate(np.array_split(speaks, COLUMNS)):
        value = float(part[np.abs(part).argmax()]) / largest
        if abs(value) >= 0.02:
            bars.append(
                {
                    "x": _x(column, COLUMNS),
                    "width": round((WIDTH - 2 * MARGIN) / COLUMNS + 0.3, 2),
                    "opacity": round(abs(value) ** 0.5, 2),
                    "kind": "for" if value > 0 else "against",
                }
            )
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "top": MARGIN / 2,
        "bottom": HEIGHT - MARGIN,
        "left": MARGIN,
        "right": WIDTH - MARGIN,
        "bars": bars,
        "middle": WIDTH / 2,
        "curves": [(kind, _polyline(curve[first:end])) for kind, curve in curves],
        "first": first,
        "last": end - 1,
    }


def confusion_figure(
    n_classes: int, pairs: dict[tuple[int, int], int]
) -> dict[str, Any] | None:
    """Return a confusion matrix of mistakes, or None if there are too many classes.

    Parameters
    ----------
    pairs : dict
        (true class, predicted class) -> number of mistakes.
    """
    if n_classes > MOST_CLASSES or not pairs:
        return None
    most = max(pairs.values())
    side = MATRIX_MARGIN + n_classes * CELL
    return {
        "side": side + 6,
        "margin": MATRIX_MARGIN,
        "cell": CELL,
        "length": n_classes * CELL,
        "ticks": [
            {"at": MATRIX_MARGIN + (number + 0.5) * CELL, "text": number}
            for number in range(n_classes)
        ],
        "cells": [
            {
                "x": MATRIX_MARGIN + predicted * CELL,
                "y": MATRIX_MARGIN + truth * CELL,
                "opacity": round(0.15 + 0.85 * (count / most) ** 0.5, 2),
                "text": f"{truth} taken for {predicted}: {count}",
            }
            for (truth, predicted), count in sorted(pairs.items())
        ],
    }


def loss_figure(losses: Sequence[tuple[str, Sequence[float]]]) -> dict[str, Any]:
    """Return validation losses over epochs, on a logarithmic axis.

    Parameters
    ----------
    losses : (name, loss of each epoch) of each training
    """
    values = [v for _, line in losses for v in line if v > 0 and np.isfinite(v)]
    low, high = np.log10(min(values)), np.log10(max(values))
    span = max(high - low, 0.1)
    longest = max(len(line) for _, line in losses)

    def y(value: float) -> float:
        share = (np.log10(max(value, 1e-12)) - low) / span
        return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": MARGIN,
        "right": WIDTH - MARGIN,
        "bottom": HEIGHT - MARGIN,
        "low": f"{10**low:.2g}",
        "high": f"{10**high:.2g}",
        "y_low": y(10**low),
        "y_high": y(10**high),
        "epochs": longest,
        "lines": [
            (
                name,
                " ".join(
                    f"{_x(epoch, max(longest - 1, 1))},{y(value)}"
                    for epoch, value in enumerate(line)
                    if np.isfinite(value)
                ),
            )
            for name, line in losses
        ],
    }


def _x(place: int, of: int) -> float:
    return round(MARGIN + place / of * (WIDTH - 2 * MARGIN), 2)


def _polyline(curve: np.ndarray) -> str:
    """Return points of the outline: the largest value of every few points."""
    parts = [part.max() for part in np.array_split(curve, COLUMNS)]
    top, bottom = MARGIN / 2, HEIGHT - MARGIN
    return " ".join(
        f"{_x(column, COLUMNS)},{bottom - float(value) * (bottom - top):.1f}"
        for column, value in enumerate(parts)
    )
