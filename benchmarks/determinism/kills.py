"""Stages killed at random moments and started again, until they are done."""

from __future__ import annotations

import itertools
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.determinism.cluster import dask_cluster, kill_group
from benchmarks.determinism.contents import differences, digests, leftovers
from benchmarks.determinism.folders import Folder
from benchmarks.determinism.reference import Reference

# shorter stages are mostly the start of Python
LONG_SECONDS = 1.0
_AGAIN = 0.5
# stages that spread work; in the others nothing is to be gained from workers
_SPREAD = ("bin", "featurize", "gbt", "linear", "kernel", "conv", "sequence", "soup")


@dataclass(frozen=True)
class Kill:
    """One kill -9.

    Attributes
    ----------
    stage, backend : str
        What ran.
    whole : bool
        All processes of the stage at once; else the first one, workers live on.
    moment : float
        When, as a share of what the stage takes undisturbed with one worker.
    units : int
        Finished units of work at that moment.
    finished : bool
        The stage had ended before the kill came.
    """

    stage: str
    backend: str
    whole: bool
    moment: float
    units: int
    finished: bool


@dataclass(frozen=True)
class Trial:
    """One or more kills of a stage in a new folder, and what came out in the end.

    Attributes
    ----------
    kills : list[Kill]
        In their order.
    seconds : float
        Time of the last start, which was left alone.
    faults : list[str]
        Files that differ from the reference, temporary files that stayed.
    """

    kills: list[Kill]
    seconds: float
    faults: list[str]


def trials(
    reference: Reference, root: Path, n_kills: int, rng: random.Random
) -> Iterator[Trial]:
    """Kill each long stage in turn, until enough kills have met one at work."""
    long = [name for name, took in reference.seconds.items() if took > LONG_SECONDS]
    done = 0
    for number in itertools.count():
        if done >= n_kills:
            return
        path, stage = root / f"kill_{number:03d}", long[number % len(long)]
        trial = kill_and_resume(reference, path, stage, rng)
        done += sum(not kill.finished for kill in trial.kills)
        yield trial


def kill_and_resume(
    reference: Reference, path: Path, stage: str, rng: random.Random
) -> Trial:
    """Kill a stage once or more, let it finish, and compare what it wrote."""
    backends = ("loky", "loky", "threading", "dask") if stage in _SPREAD else ("loky",)
    backend = rng.choice(backends)
    compute: dict[str, Any] = {"workers": 2, "backend": backend}
    with ExitStack() as stack:
        if backend == "dask":
            cluster = dask_cluster(path.with_name(f"{path.name}_cluster"), 2)
            compute["scheduler"] = stack.enter_context(cluster)
        folder = reference.prepared(path, stage, **compute)
        kills: list[Kill] = []
        while not kills or rng.random() < _AGAIN:
            kills.append(_kill(folder, stage, backend, reference, rng))
        seconds = folder.run(stage)
        faults = differences(reference.files(upto=stage), digests(folder))
        faults += [f"{name} stayed behind" for name in leftovers(folder)]
    return Trial(kills, seconds, faults)


def _kill(
    folder: Folder,
    stage: str,
    backend: str,
    reference: Reference,
    rng: random.Random,
) -> Kill:
    moment = rng.uniform(0.0, 1.0)
    process = folder.start(stage)
    try:
        process.wait(moment * reference.seconds[stage])
        finished = True
    except subprocess.TimeoutExpired:
        finished = False
    whole = rng.random() < 0.5
    units = folder.units(stage)
    if whole:
        kill_group(process)
    else:
        process.kill()
        process.wait()
    # some start again at once, while workers may still be at work
    time.sleep(rng.choice((0.0, 0.0, 0.5)))
    return Kill(stage, backend, whole, moment, units, finished)
