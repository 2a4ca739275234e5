"""How long the features of all runs take, family by family and as a whole.

python -m benchmarks.featurize --data FOLDER [--workers 2]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from benchmarks.binning import benchmark_params
from features.cleaning import clean
from features.table import FAMILIES
from pipeline import bin as bin_stage
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.feature_blocks import blocks, compute_block
from pipeline.feature_settings import feature_settings
from pipeline.featurize import feature_cache
from pipeline.grid_store import load_grids
from pipeline.parallel import fan_out
from pipeline.stage_runner import run_stage


def main() -> None:
    """Print seconds of all runs, and of each family for one block of runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/simulated"))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    params = benchmark_params(arguments.data, arguments.workers)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        run_stage("bin", bin_stage.run, params)
        runs = read_parquet(paths.RUNS)
        tasks = blocks(runs, None, params, feature_cache(params))
        list(fan_out(params.compute, "warm up", compute_block, tasks[:2]))
        start = time.perf_counter()
        list(fan_out(params.compute, "featurize", compute_block, tasks))
        seconds = time.perf_counter() - start
        print(f"{len(runs):,} runs with {arguments.workers} workers: {seconds:.1f} s")
        settings = feature_settings(params.featurize)
        block = runs.head(64)
        start = time.perf_counter()
        grid = clean(load_grids(block), settings.background_quantile)
        print(f"  cleaning {len(block)} runs: {time.perf_counter() - start:.3f} s")
        for name, family in FAMILIES:
            start = time.perf_counter()
            family(grid, settings)
            print(f"  {name}: {time.perf_counter() - start:.3f} s")
        os.chdir("/")


if __name__ == "__main__":
    main()
