"""Figures of the page, as numbers for the template's SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

WIDTH, HEIGHT, MARGIN = 430, 250, 34
# points of a drawn curve
POINTS = 140


def learning_figure(
    curves: dict[str, list[tuple[int, float]]],
) -> dict[str, Any] | None:
    """Return learning curves on two logarithmic axes, or None if there is nothing.

    Parameters
    ----------
    curves : dict
        Augmentation -> (training spectra, relative error) by size.
    """
    points = [point for curve in curves.values() for point in curve]
    if not points:
        return None
    x_low, x_high = _log_range([n for n, _ in points])
    y_low, y_high = _log_range([error for _, error in points])

    def place(rows: float, error: float) -> tuple[float, float]:
        x = (np.log10(rows) - x_low) / (x_high - x_low)
        y = (np.log10(error) - y_low) / (y_high - y_low)
        return (
            round(MARGIN + x * (WIDTH - 2 * MARGIN), 1),
            round(HEIGHT - MARGIN - y * (HEIGHT - 2 * MARGIN), 1),
        )

    return _frame() | {
        "lines": [
            {
                "name": name,
                "points": " ".join(f"{x},{y}" for x, y in placed),
                "dots": placed,
            }
            for name, curve in curves.items()
            for placed in [[place(*point) for point in sorted(curve)]]
        ],
        "x_ticks": [
            {"at": place(rows, 10**y_low)[0], "text": rows}
            for rows in sorted({n for n, _ in points})
        ],
        "y_ticks": [
            {"at": place(10**x_low, error)[1], "text": f"{error:.2g}"}
            for error in np.logspace(y_low, y_high, 4)
        ],
    }


def band_figure(
    wavelength_nm: np.ndarray,
    real: tuple[np.ndarray, np.ndarray],
    made: tuple[np.ndarray, np.ndarray],
) -> dict[str, Any]:
    """Return mean and mean +- standard deviation of real and generated spectra."""
    every = [mean + sign * spread for mean, spread in (real, made) for sign in (-1, 1)]
    scale = _scale(wavelength_nm, every)
    return _frame() | {
        "bands": [
            {
                "kind": kind,
                "area": _line(wavelength_nm, mean + spread, scale)
                + " "
                + _line(wavelength_nm[::-1], (mean - spread)[::-1], scale),
                "mean": _line(wavelength_nm, mean, scale),
            }
            for kind, (mean, spread) in (("real", real), ("made", made))
        ],
        **_ends(wavelength_nm, scale),
    }


def spectra_figure(
    wavelength_nm: np.ndarray, real: np.ndarray, made: np.ndarray
) -> dict[str, Any]:
    """Return some real and some generated spectra."""
    scale = _scale(wavelength_nm, [*real, *made])
    return _frame() | {
        "curves": [
            {"kind": kind, "points": _line(wavelength_nm, curve, scale)}
            for kind, spectra in (("real", real), ("made", made))
            for curve in spectra
        ],
        **_ends(wavelength_nm, scale),
    }


def scores_figure(real: np.ndarray, made: np.ndarray) -> dict[str, Any]:
    """Return spectra along the first two principal axes of the real ones."""
    # a few far ones must not squeeze all others into a corner
    low, high = np.quantile(np.concatenate([real, made]), [0.005, 0.995], axis=0)
    span = np.where(high > low, high - low, 1.0)
    side = HEIGHT - 2 * MARGIN

    def places(scores: np.ndarray) -> list[tuple[float, float]]:
        shares = np.clip((scores - low) / span, 0, 1)
        return [
            (round(MARGIN + x * side, 1), round(HEIGHT - MARGIN - y * side, 1))
            for x, y in shares
        ]

    return _frame() | {
        "width": HEIGHT,
        "right": HEIGHT - MARGIN,
        "dots": [
            {"kind": kind, "x": x, "y": y}
            for kind, scores in (("real", real), ("made", made))
            for x, y in places(scores)
        ],
    }


def _frame() -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": MARGIN,
        "right": WIDTH - MARGIN,
        "top": MARGIN,
        "bottom": HEIGHT - MARGIN,
    }


def _log_range(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.log10(min(values)), np.log10(max(values))
    return (low, high) if high - low > 0.02 else (low - 0.01, high + 0.01)


def _scale(
    wavelength_nm: np.ndarray, curves: Sequence[np.ndarray]
) -> tuple[float, ...]:
    low = min(float(np.min(curve)) for curve in curves)
    high = max(float(np.max(curve)) for curve in curves)
    return (
        float(wavelength_nm[0]),
        float(wavelength_nm[-1]),
        low,
        high if high > low else low + 1.0,
    )


def _line(
    wavelength_nm: np.ndarray, curve: np.ndarray, scale: tuple[float, ...]
) -> str:
    first, last, low, high = scale
    step = max(1, len(curve) // POINTS)
    x = MARGIN + (wavelength_nm[::step] - first) / (last - first) * (WIDTH - 2 * MARGIN)
    y = HEIGHT - MARGIN - (curve[::step] - low) / (high - low) * (HEIGHT - 2 * MARGIN)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _ends(wavelength_nm: np.ndarray, scale: tuple[float, ...]) -> dict[str, Any]:
    return {
        "first": f"{scale[0]:.0f}",
        "last": f"{scale[1]:.0f} nm",
        "low": f"{scale[2]:.2g}",
        "high": f"{scale[3]:.2g}",
    }
