"""Where the features of a table lie on m/z x temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

# of the map of contributions: that of the widest windows in the defaults
WINDOW_CELSIUS = 50.0


@dataclass(frozen=True)
class FeaturePlaces:
    """The map's windows, and which of its cells each feature belongs to.

    A feature with a window is shared out among the windows that it overlaps. One
    without a window belongs to its ion as a whole, one without m/z to the whole run.

    Attributes
    ----------
    edges_celsius : (n_windows + 1,)
    feature, mz, window : (n_entries,) int
        `window` is -1 for the whole ion, `mz` -1 for the whole run.
    share : (n_entries,)
        Shares of a feature add up to 1.
    """

    edges_celsius: np.ndarray
    feature: np.ndarray
    mz: np.ndarray
    window: np.ndarray
    share: np.ndarray


def feature_places(dictionary: pl.DataFrame, low: float, high: float) -> FeaturePlaces:
    """Lay the features of a dictionary on windows that cover `low` to `high`."""
    first = np.floor(low / WINDOW_CELSIUS) * WINDOW_CELSIUS
    count = max(1, int(np.ceil((high - first) / WINDOW_CELSIUS)))
    edges = first + WINDOW_CELSIUS * np.arange(count + 1)
    entries: list[tuple[int, int, int, float]] = []
    # features of all ions share their windows
    windows: dict[tuple[float, float], list[tuple[int, float]]] = {}
    columns = ("mz", "temperature_low_celsius", "temperature_high_celsius")
    for number, (mz, left, right) in enumerate(dictionary.select(columns).iter_rows()):
        if mz is None:
            entries.append((number, -1, -1, 1.0))
        elif left is None:
            entries.append((number, mz, -1, 1.0))
        else:
            if (left, right) not in windows:
                shares = overlaps(edges, float(left), float(right))
                windows[left, right] = [
                    (int(window), float(shares[window]))
                    for window in np.flatnonzero(shares)
                ]
            entries += [(number, mz, *part) for part in windows[left, right]]
    feature, mzs, window, share = (
        np.array(part) for part in zip(*entries, strict=True)
    )
    return FeaturePlaces(edges, feature, mzs, window, share)


def overlaps(edges: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the share of low..high that lies in each window, (n_windows,).

    What lies beyond the edges counts to the first or the last window.
    """
    inner = edges[1:-1]
    if low >= high:
        raise ValueError(f"a window from {low} to {high} celsius")
    bounds = np.concatenate([[-np.inf], inner, [np.inf]])
    length = np.minimum(bounds[1:], high) - np.maximum(bounds[:-1], low)
    return np.maximum(length, 0) / (high - low)
