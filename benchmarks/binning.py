"""How long stage bin takes beside polars' bare parsing of the same files.

python -m benchmarks.binning --data FOLDER [--workers 2] [--repeats 3]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from benchmarks.memory import PeakMemory
from pipeline import bin as bin_stage
from pipeline.data_folder import read_data_folder
from pipeline.parallel import fan_out
from pipeline.params import Params, load_params


def parse_only(paths: list[str]) -> int:
    """Parse files as polars does by itself; return the number of rows."""
    import polars as pl

    return sum(len(pl.read_csv(path)) for path in paths)


def main() -> None:
    """Print seconds of both, their ratio and the stage's peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/simulated"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    params = benchmark_params(arguments.data, arguments.workers)
    folder = read_data_folder(params.data)
    files = [str(folder.root / path) for path in folder.runs["features_path"]]
    size = params.bin.runs_per_chunk
    chunks = [files[i : i + size] for i in range(0, len(files), size)]
    # workers start and import once, before either is timed
    list(fan_out(params.compute, "warm up", parse_only, [[files[0]]] * 8))

    parsing, binning, peaks = [], [], []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        rows = sum(fan_out(params.compute, "parse", parse_only, chunks))
        parsing.append(time.perf_counter() - start)
        with tempfile.TemporaryDirectory() as scratch:
            home = Path.cwd()
            os.chdir(scratch)
            try:
                with PeakMemory() as memory:
                    start = time.perf_counter()
                    bin_stage.run(params)
                    binning.append(time.perf_counter() - start)
            finally:
                os.chdir(home)
            peaks.append(memory.peak_mebibytes)
    megabytes = sum(Path(file).stat().st_size for file in files) / 1e6
    print(f"{len(files):,} files, {rows:,} rows, {megabytes:,.0f} MB")
    print(f"{arguments.workers} workers, best of {arguments.repeats} alternating runs")
    print(f"polars parse only: {min(parsing):6.2f} s")
    print(f"stage bin:         {min(binning):6.2f} s, with md5, checks and writing")
    print(f"ratio:             {min(binning) / min(parsing):6.2f}")
    print(f"peak memory:       {max(peaks):6.0f} MiB, all processes together")


def benchmark_params(data: Path, workers: int) -> Params:
    """Return the parameters with another data folder and number of workers."""
    params = load_params(Path("params.yaml"))
    root = {"data": params.data.model_copy(update={"root": data.resolve()})}
    compute = params.compute.model_copy(update={"workers": workers})
    return params.model_copy(update={**root, "compute": compute})


if __name__ == "__main__":
    main()
