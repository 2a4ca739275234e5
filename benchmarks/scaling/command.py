"""Wall time and peak memory of an `ega` command in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_INTERVAL_SECONDS = 0.2


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes
    ----------
    seconds : float
        Wall time, start of the program included.
    main_mebibytes, workers_mebibytes : float
        Peak memory of the command's process, and of all its workers together.
    """

    seconds: float
    main_mebibytes: float
    workers_mebibytes: float


def run_command(folder: Path, *arguments: str) -> Cost:
    """Run `ega` with arguments in a folder; a failure ends the benchmark."""
    start = time.perf_counter()
    with (folder / "log.txt").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        main = workers = 0.0
        while True:
            try:
                process.wait(_INTERVAL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                here, theirs = _memory(process.pid)
                main, workers = max(main, here), max(workers, theirs)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit((folder / "log.txt").read_text())
    return Cost(seconds, main, workers)


def _memory(pid: int) -> tuple[float, float]:
    """Return MiB of a process and of its children; shared pages count once."""
    try:
        process = psutil.Process(pid)
        return _own(process), sum(map(_own, process.children(recursive=True)))
    except psutil.Error:
        return 0.0, 0.0


def _own(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss / 2**20)
    except psutil.Error:
        return 0.0  # it has just ended
