"""Fan-out over a dask cluster: tasks go out, results come back in order.

joblib has a backend for dask, too. It is not used, because it leaves out workers that
join later, and runs tasks in this process if the cluster has a single thread.
"""

from __future__ import annotations

import logging
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from pipeline import paths
from pipeline.atomic import write_text
from pipeline.cluster_worker import (
    Session,
    examine_scheduler,
    examine_worker,
    pack,
    run_task,
    unfit,
)
from pipeline.errors import EgaError
from pipeline.machine_facts import machine_facts

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_SECONDS = 10.0
_CLOSE_SECONDS = 2.0
_POLL_SECONDS = 5.0
# how long a cluster may be without workers; those of a batch system come back
PATIENCE_SECONDS = 900.0
_TASKS_PER_THREAD = 2


def cluster_results(
    address: str,
    title: str,
    function: Callable[[Any], Any],
    tasks: Sequence[Any],
    reads: Sequence[Path] = (),
) -> Iterator[Any]:
    """Yield function(task) for each task, in order, computed by a cluster.

    Raises
    ------
    EgaError
        dask is not installed, the scheduler can't be reached or goes away, a machine
        has other versions or does not see the folder, or a task kills its workers.
    """
    with _session(title, reads) as session, connected(address) as client:
        wait_for_workers(client, address)
        _examine(client, address, session)
        yield from _in_order(client, address, title, session, function, tasks)


@contextmanager
def connected(
    address: str, connect_seconds: float = _CONNECT_SECONDS
) -> Iterator[Client]:
    """Yield a client of the scheduler, and take its tasks back in the end.

    Raises
    ------
    EgaError
        dask is not installed, or the scheduler can't be reached.
    """
    try:
        import distributed
    except ImportError as error:
        raise EgaError(
            "compute.backend is dask, but the package distributed is not installed. "
            "Cure: pip install 'ega-ms[cluster]', or set compute.backend: loky in "
            "params.yaml."
        ) from error
    with _quiet():
        with _talking_to(address), warnings.catch_warnings():
            # versions are compared by `_examine`, which says what to do
            warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
            client = distributed.Client(
                address, timeout=connect_seconds, set_as_default=False, name="ega"
            )
        try:
            yield client
        finally:
            client.close(timeout=_CLOSE_SECONDS)


@contextmanager
def _quiet() -> Iterator[None]:
    # dask logs a lost connection with its traceback; here it is an error of the stage
    names = ("distributed", "distributed.client")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def wait_for_workers(
    client: Client, address: str, patience_seconds: float = PATIENCE_SECONDS
) -> int:
    """Return the number of threads of all workers, as soon as there is one.

    Raises
    ------
    EgaError
        None has come in the time given.
    """
    deadline = time.monotonic() + patience_seconds
    told = False
    while True:
        with _talking_to(address):
            threads = sum(client.nthreads().values())
        if threads:
            return threads
        if time.monotonic() >= deadline:
            raise EgaError(
                f"{address} has had no worker for {patience_seconds:g} seconds. "
                f"Cure: start workers (dask worker {address}), then start again; "
                "finished work is kept."
            )
        if not told:
            Console(stderr=True).print(f"waiting for workers of {address}")
            told = True
        time.sleep(min(1.0, patience_seconds / 4))


@contextmanager
def _session(title: str, reads: Sequence[Path]) -> Iterator[Session]:
    token = uuid.uuid4().hex
    mark = paths.CLUSTER_MARKS / f"{title}.{token}"
    write_text(mark, "A stage is at work on a cluster; workers look for this file.\n")
    try:
        yield Session(
            token,
            str(Path.cwd()),
            mark.as_posix(),
            machine_facts(),
            tuple(str(path) for path in reads),
        )
    finally:
        mark.unlink(missing_ok=True)


def _examine(client: Client, address: str, session: Session) -> None:
    """Raise EgaError if a machine has other versions or sees other files."""
    with _talking_to(address):
        try:
            found = {address: client.run_on_scheduler(examine_scheduler, session)}
        except (ImportError, AttributeError) as error:
            found = {address: error}
        found |= client.run(examine_worker, session, on_error="return")
    faults = []
    for where, said in found.items():
        if isinstance(said, BaseException):
            said = [f"ega-ms can't be used there: {type(said).__name__}: {said}"]
        faults += [f"{where}, {text}" for text in said]
    if faults:
        raise EgaError(unfit(faults))


def _in_order(
    client: Client,
    address: str,
    title: str,
    session: Session,
    function: Callable[[Any], Any],
    tasks: Sequence[Any],
) -> Iterator[Any]:
    waiting: deque[Future] = deque()
    remaining = iter(enumerate(tasks))
    while True:
        # workers come and go; more than a few tasks ahead would only hold memory
        ahead = _TASKS_PER_THREAD * wait_for_workers(client, address)
        with _talking_to(address):
            while len(waiting) < ahead and (following := next(remaining, None)):
                number, task = following
                key = f"{title}-{number}-{session.token}"
                packed = pack(function, task)
                waiting.append(client.submit(run_task, session, packed, key=key))
        if not waiting:
            return
        yield _result(client, address, waiting.popleft())


def _result(client: Client, address: str, future: Future) -> Any:
    from distributed import KilledWorker

    with _talking_to(address):
        while future.status == "pending":
            try:
                future.exception(timeout=_POLL_SECONDS)
            except TimeoutError:
                wait_for_workers(client, address)
        if future.status != "error":
            return future.result()
    # out here: what a task raises is not an error of the connection
    try:
        return future.result()
    except KilledWorker as error:
        raise EgaError(
            f"task {error.task} ended {error.allowed_failures + 1} workers, the last "
            f"was {error.last_worker.address}. Cure: give workers more memory, or "
            "raise distributed.scheduler.allowed-failures where machines come and go "
            "(docs/cluster.md); finished work is kept."
        ) from error


@contextmanager
def _talking_to(address: str) -> Iterator[None]:
    """Turn what dask raises if the scheduler is not there into an EgaError."""
    from distributed.client import ClosedClientError

    try:
        yield
    except (OSError, CancelledError, ClosedClientError) as error:
        raise EgaError(
            f"the dask scheduler {address} does not answer, or has been started anew "
            f"({type(error).__name__}). Cure: start it (dask scheduler) and its "
            "workers again, or correct compute.scheduler in params.yaml; then start "
            "this stage again, finished work is kept."
        ) from error
