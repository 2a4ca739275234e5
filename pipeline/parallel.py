"""All fan-out: joblib or a dask cluster, as params say, and a progress bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import joblib
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from pipeline.compute_params import ComputeParams
from pipeline.orphans import end_with_parent

Task = TypeVar("Task")
Result = TypeVar("Result")


def fan_out(
    compute: ComputeParams,
    title: str,
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    note: Callable[[], str] = str,
    reads: Sequence[Path] = (),
) -> Iterator[Result]:
    """Yield function(task) for each task, in order, while a bar shows the progress.

    `note` is asked after each task for a text to show beside the bar. `reads` are files
    and folders, outside of the working folder, that other machines must have, too.

    Results must depend on the task alone, so that backend and number of workers do not
    change them.

    Raises
    ------
    EgaError
        The cluster can't be used; see `cluster_results`.
    """
    results = _results(compute, title, function, tasks, reads)
    yield from with_progress(title, results, len(tasks), note=note)


def complete(
    compute: ComputeParams,
    title: str,
    function: Callable[[Task], None],
    tasks: Sequence[Task],
    is_done: Callable[[Task], bool],
    *,
    noun: str,
    reads: Sequence[Path] = (),
) -> None:
    """Call function(task), which writes its result, for each task not done yet.

    `noun` names the tasks in the line that says how many were done before. Otherwise
    like `fan_out`.
    """
    todo = [task for task in tasks if not is_done(task)]
    kept = len(tasks) - len(todo)
    note = f"{kept} {noun} unchanged" if kept else ""
    for _ in fan_out(compute, title, function, todo, note=lambda: note, reads=reads):
        pass


def _results(
    compute: ComputeParams,
    title: str,
    function: Callable[[Any], Any],
    tasks: Sequence[Any],
    reads: Sequence[Path],
) -> Iterator[Any]:
    if compute.backend == "dask":
        # imported on demand: few need a cluster
        from pipeline.cluster import cluster_results

        return cluster_results(compute.scheduler, title, function, tasks, reads)
    # threads end with this process by themselves
    ending = {"initializer": end_with_parent, "initargs": (os.getpid(),)}
    parallel = joblib.Parallel(
        n_jobs=compute.workers,
        backend=compute.backend,
        return_as="generator",
        # tasks are whole blocks or fits: prefetching more would only hold memory
        pre_dispatch="2*n_jobs",
        batch_size=1,
        **(ending if compute.backend == "loky" else {}),
    )
    results: Iterator[Any] = parallel(joblib.delayed(function)(task) for task in tasks)
    return results


def with_progress(
    title: str, items: Any, total: int, *, note: Callable[[], str] = str
) -> Iterator[Any]:
    """Yield the items; show a bar on a terminal, and only a last line elsewhere."""
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=not sys.stderr.isatty(),
    )
    with progress:
        bar = progress.add_task(title, total=total, note="")
        for item in items:
            yield item
            progress.update(bar, advance=1, note=note())
    if not sys.stderr.isatty():
        text = ", ".join(part for part in (f"{title}: {total} done", note()) if part)
        console.print(text)
