"""The whole of `dvc repro`, killed at random moments and started again."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.determinism.cluster import kill_group
from benchmarks.determinism.contents import differences, digests, leftovers
from benchmarks.determinism.folders import Folder, clean_environment, new_folder
from benchmarks.determinism.reference import Reference
from benchmarks.determinism.settings import ROOT

_CODE = ("features", "models", "pipeline", "simulator")


@dataclass(frozen=True)
class ChainTrial:
    """What a chain that was killed some times wrote in the end.

    Attributes
    ----------
    stages : list[int]
        Stages that DVC took for done after each kill.
    seconds : float
        Time of the last start, which was left alone.
    faults : list[str]
        Files that differ from the reference, temporary files that stayed.
    """

    stages: list[int]
    seconds: float
    faults: list[str]


def kill_chain(
    reference: Reference, path: Path, n_kills: int, rng: random.Random
) -> ChainTrial | None:
    """Kill `dvc repro` some times; None where DVC is not installed."""
    if not _program("dvc").exists():
        return None
    folder = new_folder(path, None, workers=2, backend="loky")
    shutil.copy(ROOT / "dvc.yaml", path)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in _CODE:
        shutil.copytree(ROOT / name, path / name, ignore=ignored)
    _start(folder, "init", "--no-scm", "--quiet").wait()
    stages = []
    for _ in range(n_kills):
        process = _start(folder, "repro")
        time.sleep(rng.uniform(0.0, 1.5 * sum(reference.seconds.values()) / n_kills))
        kill_group(process)
        stages.append(_done(folder))
    start = time.perf_counter()
    code = _start(folder, "repro").wait()
    seconds = time.perf_counter() - start
    faults = [f"dvc repro ended with {code}, see {path / 'log.txt'}"] if code else []
    faults += differences(reference.files(), digests(folder))
    faults += differences(_data(reference.folder), _data(folder))
    faults += [f"{name} stayed behind" for name in leftovers(folder)]
    return ChainTrial(stages, seconds, faults)


def _program(name: str) -> Path:
    return Path(sys.executable).parent / name


def _start(folder: Folder, *arguments: str) -> subprocess.Popen[bytes]:
    search = os.pathsep.join([str(_program("")), os.environ.get("PATH", os.defpath)])
    with (folder.path / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [_program("dvc"), *arguments],
            cwd=folder.path,
            env=clean_environment() | {"PATH": search, "DVC_NO_ANALYTICS": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _done(folder: Folder) -> int:
    try:
        lock = (folder.path / "dvc.lock").read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0
    return lock.count("\n    cmd: ")


def _data(folder: Folder) -> dict[str, str]:
    """Return the digests of the simulated data, and of what stayed beside it."""
    return digests(folder, ("data",))
