"""What a task costs on a cluster beside its work, measured with tasks of no work."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline import paths
from pipeline.cluster import cluster_results

_TASKS = 2000


def nothing(number: int) -> int:
    """Return the task; who imports this module waits for no library."""
    return number


def seconds_per_task() -> float:
    """Send tasks to two workers on this machine; return the wall time of each."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        try:
            paths.CACHE.mkdir()
            with _cluster(Path(scratch), home) as address:
                for _ in cluster_results(address, "warm up", nothing, range(50)):
                    pass
                start = time.perf_counter()
                for _ in cluster_results(address, "nothing", nothing, range(_TASKS)):
                    pass
                return (time.perf_counter() - start) / _TASKS
        finally:
            os.chdir(home)


@contextlib.contextmanager
def _cluster(folder: Path, code: Path) -> Iterator[str]:
    note = folder / "scheduler.json"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(code)}

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        with (folder / "log.txt").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    address = ("--scheduler-file", str(note), "--no-dashboard")
    processes = [start("scheduler", "--host", "127.0.0.1", "--port", "0", *address)]
    try:
        while not note.exists() or not note.read_text():
            time.sleep(0.1)
        processes += [
            start("worker", *address, "--nthreads", "1", "--no-nanny") for _ in range(2)
        ]
        yield json.loads(note.read_text())["address"]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
