"""How time and memory of bin, featurize and predict grow with the number of runs.

python -m benchmarks.scale [--runs 100 1000] [--model BUNDLE] [--predict 100 1000]

Prints tables in Markdown. Runs are simulated; `benchmarks.scaling.feed` says how a few
hundred of them become a hundred thousand. What is written lies below --folder, which
needs 0.25 MB a run, and is removed after each size.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.scaling.cluster_overhead import seconds_per_task
from benchmarks.scaling.command import Cost, run_command
from benchmarks.scaling.feed import Feed
from benchmarks.scaling.rivals import pandas_runs_per_second, polars_runs_per_second
from pipeline import bin as bin_stage
from pipeline.params import load_params

NEW_RUNS = 10
# files of the comparison
COMPARED_FILES = 100
REPEATS = 3
POLARS = "polars.read_csv and nothing else"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--distinct", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--model", type=Path, default=None, help="a model bundle")
    parser.add_argument("--predict", type=int, nargs="+", default=[100, 1000])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as scratch:
        feed = Feed(Path(scratch), arguments.distinct)
        compare(feed, Path(scratch))
        scale(feed, Path(scratch), arguments.runs, arguments.workers)
        if arguments.model:
            predict(feed, Path(scratch), arguments.predict, arguments.model)
    print(f"\na task of no work on a cluster: {1000 * seconds_per_task():.1f} ms")


def compare(feed: Feed, scratch: Path) -> None:
    """Print runs per second of one process: polars, pandas, and stage bin."""
    files = feed.files[:COMPARED_FILES]
    params = load_params(Path("params.yaml")).bin
    measures: dict[str, Callable[[], float]] = {
        POLARS: lambda: polars_runs_per_second(files),
        "pandas: read, cut, pivot": lambda: pandas_runs_per_second(files, params),
        "stage bin: read, md5, checks, grids, writing": lambda: _bin_runs_per_second(
            feed, scratch / "compare"
        ),
    }
    rates = dict.fromkeys(measures, 0.0)
    # in turns: a busy moment of the machine hits all of them
    for _ in range(REPEATS):
        for name, measure in measures.items():
            rates[name] = max(rates[name], measure())
    print(f"{feed.bytes_per_run / 1e6:.2f} MB a run\n")
    print("| one process | runs/s | MB/s | beside polars |\n|---|---|---|---|")
    parsing = rates[POLARS]
    for name, rate in rates.items():
        megabytes = rate * feed.bytes_per_run / 1e6
        print(f"| {name} | {rate:.1f} | {megabytes:.0f} | {parsing / rate:.2f} |")


def _bin_runs_per_second(feed: Feed, folder: Path) -> float:
    """Bin in this process and thread, so that no start is counted."""
    root = feed.write(COMPARED_FILES)
    params = load_params(_workspace(folder, root, workers=1) / "params.yaml")
    home = Path.cwd()
    os.chdir(folder)
    try:
        start = time.perf_counter()
        bin_stage.run(params)
        return COMPARED_FILES / (time.perf_counter() - start)
    finally:
        os.chdir(home)
        shutil.rmtree(folder)
        shutil.rmtree(root)


def scale(feed: Feed, scratch: Path, sizes: list[int], workers: int) -> None:
    """Print time and memory of bin and featurize, and of ten more runs."""
    print(
        f"\n| runs | stage | s | runs/s | MB/s | main MiB | {workers} workers MiB | "
        f"s for {NEW_RUNS} new runs |\n|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    for size in sizes:
        root = feed.write(size)
        folder = _workspace(scratch / f"work_{size}", root, workers)
        costs = {stage: run_command(folder, stage) for stage in ("bin", "featurize")}
        # a file that has just come may still be changing, so it would be read again
        time.sleep(3)
        run_command(folder, "bin")
        feed.write(size, more=NEW_RUNS)
        for stage, cost in costs.items():
            again = run_command(folder, stage)
            megabytes = size / cost.seconds * feed.bytes_per_run / 1e6
            print(
                f"| {size:,} | {stage} | {cost.seconds:.1f} | "
                f"{size / cost.seconds:.1f} | {megabytes:.0f} | {_memory(cost)} | "
                f"{again.seconds:.1f} |",
                flush=True,
            )
        shutil.rmtree(folder)
        shutil.rmtree(root)


def predict(feed: Feed, scratch: Path, sizes: list[int], model: Path) -> None:
    """Print time and memory of `ega predict`."""
    print("\n| runs | s | runs/s | main MiB |\n|---|---|---|---|", flush=True)
    for size in sizes:
        root = feed.write(size)
        folder = _workspace(scratch / f"predict_{size}", root, workers=1)
        cost = run_command(
            folder,
            "predict",
            str(root / "features"),
            "--model",
            str(model.absolute()),
            "--output",
            "answers.csv",
            "--evidence",
            "none",
            "--format",
            "csv",
        )
        print(
            f"| {size:,} | {cost.seconds:.1f} | {size / cost.seconds:.1f} | "
            f"{cost.main_mebibytes:.0f} |",
            flush=True,
        )
        shutil.rmtree(folder)
        shutil.rmtree(root)


def _memory(cost: Cost) -> str:
    return f"{cost.main_mebibytes:.0f} | {cost.workers_mebibytes:.0f}"


def _workspace(folder: Path, root: Path, workers: int) -> Path:
    """Make a folder with params.yaml for a data folder."""
    folder.mkdir(parents=True)
    yaml = YAML()
    settings = yaml.load(Path("params.yaml").read_text(encoding="utf-8"))
    settings["data"]["root"] = str(root.absolute())
    settings["compute"]["workers"] = workers
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(settings, file)
    return folder


if __name__ == "__main__":
    main()
