"""The ions and temperatures that speak loudest for or against a compound."""

from __future__ import annotations

import numpy as np

from pipeline.prediction.answer import Contributions, Evidence

# windows at the ends of a stretch with less than this share of its largest are left out
_TAIL = 0.1
# log-odds below this are no evidence
_LEAST = 0.05


def strongest_evidence(
    contributions: Contributions, label: int, most: int
) -> tuple[Evidence, ...]:
    """Return up to `most` pieces of evidence, strongest first.

    Neighbouring windows of an ion that speak the same way are one piece.
    """
    pieces = [
        Evidence(int(mz), None, None, float(value))
        for mz, value in zip(
            contributions.mz_values, contributions.ions[label], strict=True
        )
    ]
    for mz, cells in zip(
        contributions.mz_values, contributions.cells[label], strict=True
    ):
        pieces += _stretches(int(mz), cells, contributions.edges_celsius)
    pieces = [piece for piece in pieces if abs(piece.log_odds) >= _LEAST]
    pieces.sort(key=lambda piece: (-abs(piece.log_odds), piece.mz))
    return tuple(pieces[:most])


def _stretches(mz: int, cells: np.ndarray, edges: np.ndarray) -> list[Evidence]:
    """Return one piece for every stretch of windows with the same sign."""
    sign = np.sign(cells)
    starts = np.flatnonzero(np.diff(sign, prepend=0) != 0)
    if starts.size == 0:
        return []
    stops = np.append(starts[1:], len(cells))
    pieces = []
    for start, stop in zip(starts, stops, strict=True):
        if sign[start] == 0:
            continue
        size = np.abs(cells[start:stop])
        loud = np.flatnonzero(size >= _TAIL * size.max()) + start
        first, last = int(loud[0]), int(loud[-1]) + 1
        total = float(cells[first:last].sum())
        pieces.append(Evidence(mz, float(edges[first]), float(edges[last]), total))
    return pieces
