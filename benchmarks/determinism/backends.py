"""The chain with other workers and backends, compared with that of one worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.determinism.cluster import dask_cluster
from benchmarks.determinism.contents import differences, digests, leftovers
from benchmarks.determinism.folders import new_folder
from benchmarks.determinism.reference import Reference

WAYS = (
    ("loky", 2),
    ("threading", 1),
    ("threading", 2),
    ("dask", 1),
    ("dask", 2),
)


@dataclass(frozen=True)
class Chain:
    """A whole chain: how it ran, how long, and how many files were compared."""

    backend: str
    workers: int
    seconds: float
    files: int
    faults: list[str]


def chains(reference: Reference, root: Path) -> Iterator[Chain]:
    """Run the chain in every way, each in a new folder without a cache."""
    for backend, workers in WAYS:
        path = root / f"{backend}_{workers}"
        compute: dict[str, Any] = {"backend": backend, "workers": workers}
        with ExitStack() as stack:
            if backend == "dask":
                cluster = dask_cluster(path.with_name(f"{path.name}_cluster"), workers)
                compute["scheduler"] = stack.enter_context(cluster)
            folder = new_folder(path, reference.data, **compute)
            seconds = sum(folder.run_all().values())
        got = digests(folder)
        faults = differences(reference.files(), got)
        faults += [f"{name} stayed behind" for name in leftovers(folder)]
        yield Chain(backend, workers, seconds, len(got), faults)
