"""What binning is compared with: polars' bare parsing, and a plain pandas loop."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from pipeline.data_params import BinParams


def polars_runs_per_second(files: list[Path]) -> float:
    """Parse the files one after another, as polars does by itself."""
    start = time.perf_counter()
    for path in files:
        pl.read_csv(path)
    return len(files) / (time.perf_counter() - start)


def pandas_runs_per_second(files: list[Path], params: BinParams) -> float:
    """Read, group and pivot the files one after another, as a notebook would."""
    low, high = params.temperature_min_celsius, params.temperature_max_celsius
    edges = np.arange(low, high + params.bin_width_celsius, params.bin_width_celsius)
    ions = range(params.mz_min, params.mz_max + 1)
    start = time.perf_counter()
    for path in files:
        run = pd.read_csv(path)
        run["mz"] = run["m/z"].round().astype(int)
        run["cell"] = pd.cut(run["temp"], edges, labels=False, right=False)
        grid = run.pivot_table("abundance", "mz", "cell", aggfunc="mean")
        grid.reindex(index=ions, columns=range(len(edges) - 1))
    return len(files) / (time.perf_counter() - start)
