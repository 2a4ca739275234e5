"""The importance page's list of runs that the blend misjudges, with their pages."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline import paths
from pipeline.artifacts import read_csv
from pipeline.run_links import RunLinks

# runs of each compound
SHOWN = 5


def misjudged_runs(label: str, links: RunLinks) -> list[dict[str, Any]]:
    """Return the runs of largest out-of-fold loss of a compound, worst first.

    Without the table of hard runs there are none.
    """
    if not paths.HARD_RUNS.exists():
        return []
    worst = _hard_runs().filter(pl.col("label") == label).sort("rank").head(SHOWN)
    return [
        {
            "sample_id": row["sample_id"],
            "link": links.to(row["sample_id"]),
            "probability": f"{100 * row['probability']:.1f} %",
            "truth": "has it" if row["truth"] else "has it not",
        }
        for row in worst.iter_rows(named=True)
    ]


def _hard_runs() -> pl.DataFrame:
    text = ("sample_id", "label", "nearest_sample_id", "instrument_type")
    return read_csv(paths.HARD_RUNS, text=text)
