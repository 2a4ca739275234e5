"""What makes a run useless that could be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from features.run_summary import RunSummary
from pipeline.errors import Fault


def check_run(
    sample_id: str, path: Path, summary: RunSummary, mean: np.ndarray
) -> list[Fault]:
    """Return why a run that was read can't be used; none if it can.

    Parameters
    ----------
    mean : (n_mz, n_temperatures)
        Its cells, NaN where nothing was observed.
    """
    if summary.rows == 0:
        found = ("rows", "a header only", "at least one row", "export the run again")
    elif np.isnan(mean).all():
        found = (
            "m/z",
            "no m/z within the grid",
            "rows with m/z between bin.mz_min and bin.mz_max",
            "check the columns for a swap, or widen the range in params.yaml",
        )
    elif np.nanmin(mean) == np.nanmax(mean):
        found = (
            "abundance",
            f"the same value {np.nanmax(mean):g} everywhere",
            "a signal that varies",
            "export the run again; nothing was measured",
        )
    elif summary.low == summary.high:
        found = (
            "temp",
            f"the same temperature {summary.low:g} everywhere",
            "a heating run",
            "check the thermocouple column",
        )
    else:
        return []
    return [Fault(sample_id, str(path), None, *found)]
