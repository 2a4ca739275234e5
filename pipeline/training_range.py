"""What the models know: the usual range of the training runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from pipeline.family_data import FamilyData
from pipeline.grid_store import load_grids
from pipeline.params import Params
from pipeline.prediction.warnings import RANGES
from pipeline.probabilities import mean_of_folds

# an ion is expected if this share of the training runs has it
EXPECTED_ION_SHARE = 0.98
_RUNS_PER_BLOCK = 64
# of probability, for the observed shares
EDGES = (0.0, 0.02, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0)


def measure_knowledge(
    training: pl.DataFrame,
    nearest_similarity: np.ndarray,
    usual_share: float,
    carrier_mz: int,
) -> dict[str, Any]:
    """Measure the training runs.

    Parameters
    ----------
    training : DataFrame
        Their rows of the run table.
    nearest_similarity : (n,)
        Similarity of training runs to the nearest one that their models learnt from.
    usual_share : float
        Share of the runs within each range.
    carrier_mz : int
        m/z that does not count.

    Returns
    -------
    dict, fit for JSON
    """
    tail = (1 - usual_share) / 2
    ranges = {}
    for name in RANGES:
        values = training[name].cast(pl.Float64).drop_nans().drop_nulls().to_numpy()
        if len(values):
            ranges[name] = np.quantile(values, [tail, 1 - tail]).round(6).tolist()
    return {
        "ranges": ranges,
        "ions": _expected_ions(training, carrier_mz),
        "instruments": dict(
            training.group_by("instrument_type").len().sort("instrument_type").rows()
        ),
        "lowest_similarity": round(
            float(np.quantile(nearest_similarity, 1 - usual_share)), 6
        ),
        "usual_share": usual_share,
    }


def _expected_ions(training: pl.DataFrame, carrier_mz: int) -> list[int]:
    count: np.ndarray | None = None
    for start in range(0, len(training), _RUNS_PER_BLOCK):
        grid = load_grids(training.slice(start, _RUNS_PER_BLOCK))
        seen = (~np.isnan(grid.abundance)).any(axis=2).sum(axis=0)
        count = seen if count is None else count + seen
    assert count is not None
    usual = grid.mz_values[count >= EXPECTED_ION_SHARE * len(training)]
    return [int(mz) for mz in usual if mz != carrier_mz]


def reliability_table(
    predictions: pl.DataFrame, data: FamilyData, params: Params
) -> pl.DataFrame:
    """Count the blend's out-of-fold predictions.

    Returns
    -------
    DataFrame
        One row a label and bin of probability: label, low, high, runs, positive.
    """
    labels = params.data.labels
    scored = predictions.filter(pl.col("role") == "out_of_fold")
    wide = mean_of_folds(scored, labels).join(
        data.training.select("sample_id", *labels), on="sample_id", suffix="_true"
    )
    rows = []
    for label in labels:
        p, y = wide[label].to_numpy(), wide[f"{label}_true"].to_numpy()
        bins = np.clip(np.searchsorted(EDGES, p, side="right") - 1, 0, len(EDGES) - 2)
        for number, (low, high) in enumerate(zip(EDGES[:-1], EDGES[1:], strict=True)):
            here = bins == number
            rows.append((label, low, high, int(here.sum()), int(y[here].sum())))
    schema = ["label", "low", "high", "runs", "positive"]
    return pl.DataFrame(rows, schema=schema, orient="row")
