"""Where the model looks: contributions of features laid on m/z x temperature."""

from __future__ import annotations

from itertools import pairwise

import polars as pl

KEYS = ("label", "mz", "temperature_low", "temperature_high")


def cell_edges(dictionary: pl.DataFrame) -> list[float]:
    """Return the sorted edges of all windows, so that a window is a row of cells."""
    edges: set[float] = set()
    for name in ("temperature_low_celsius", "temperature_high_celsius"):
        edges.update(dictionary[name].drop_nulls().cast(pl.Float64))
    return sorted(edges)


def where_the_model_looks(summary: pl.DataFrame, edges: list[float]) -> pl.DataFrame:
    """Sum mean contributions per label, m/z and temperature cell.

    A feature with a window is spread over the cells of its window by their width. One
    without a window stands in a row without temperatures (the whole run), one without
    an ion in a row without m/z. The sum over all rows of a label is the label's total.

    Parameters
    ----------
    summary : DataFrame
        Rows of `summarise`.
    edges : list of float
        Edges of the cells in celsius, from `cell_edges`.

    Returns
    -------
    DataFrame
        label, mz, temperature_low, temperature_high, contribution (log-odds).
    """
    totals: dict[tuple[str, int | None, float | None, float | None], float] = {}
    for label, mz, low, high, contribution in summary.select(
        "label",
        "mz",
        "temperature_low_celsius",
        "temperature_high_celsius",
        "contribution",
    ).iter_rows():
        if contribution == 0:
            continue
        for cell_low, cell_high, share in _cells(low, high, edges):
            key = (label, mz, cell_low, cell_high)
            totals[key] = totals.get(key, 0.0) + contribution * share
    columns = zip(*totals, strict=True) if totals else ((), (), (), ())
    table = pl.DataFrame(
        dict(zip(KEYS, map(list, columns), strict=True))
        | {"contribution": list(totals.values())},
        schema={
            "label": pl.String,
            "mz": pl.Int64,
            "temperature_low": pl.Float64,
            "temperature_high": pl.Float64,
            "contribution": pl.Float64,
        },
    )
    return table.sort(KEYS, nulls_last=True)


def _cells(
    low: float | None, high: float | None, edges: list[float]
) -> list[tuple[float | None, float | None, float]]:
    if low is None or high is None or high <= low:
        return [(None, None, 1.0)]
    return [
        (left, right, (right - left) / (high - low))
        for left, right in pairwise(edges)
        if left >= low and right <= high
    ]
