"""A dask cluster of processes on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.determinism.folders import clean_environment

_PATIENCE_SECONDS = 120


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[str]:
    """Yield the address of a scheduler with some workers; kill all in the end."""
    folder.mkdir(parents=True)
    note = folder / "scheduler.json"
    processes = [
        _start(
            folder,
            *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(note)),
        )
    ]
    try:
        address = _address(note)
        for _ in range(workers):
            worker = ("worker", address, "--host", "127.0.0.1", "--no-nanny")
            limits = ("--nthreads", "1", "--memory-limit", "0", "--no-dashboard")
            local = ("--local-directory", str(folder))
            processes.append(_start(folder, *worker, *limits, *local))
        yield address
    finally:
        for process in processes:
            kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with all of its session, as a power cut would."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_PATIENCE_SECONDS)


def _start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=folder,
            # one thread: what a nanny sets for its workers; these have none
            env=clean_environment() | {"OMP_NUM_THREADS": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _address(note: Path) -> str:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            address: str = json.loads(note.read_text(encoding="utf-8"))["address"]
            return address
        except (OSError, ValueError):
            time.sleep(0.05)
    raise TimeoutError(f"{note}: the scheduler did not start")
