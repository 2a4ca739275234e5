"""What a worker of a cluster does around a task: it checks itself, goes to the folder.

The scheduler and idle workers import this module, so it loads no library.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import EgaError
from pipeline.machine_facts import differences, machine_facts


@dataclass(frozen=True)
class Session:
    """What every task of a fan-out tells the worker that gets it.

    Attributes
    ----------
    token : str
        Tells one fan-out from another.
    folder : str
        The working folder of the stage, absolute.
    mark : str
        A file that exists in it while the stage runs, relative.
    facts : dict[str, str]
        `machine_facts` of the machine that runs the stage.
    reads : tuple[str, ...]
        Other files and folders that the tasks read.
    """

    token: str
    folder: str
    mark: str
    facts: dict[str, str]
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Packed:
    """A function and its task as bytes, which only a worker opens.

    The scheduler unpacks all that it passes on; it would have to import every library.
    """

    header: dict[str, Any]
    frames: tuple[bytes, ...]


def pack(function: Callable[[Any], Any], task: Any) -> Packed:
    """Make a function of a module and its task ready to be sent."""
    from distributed.protocol import serialize

    header, frames = serialize((function, task))
    return Packed(header, tuple(bytes(frame) for frame in frames))


def run_task(session: Session, packed: Packed) -> Any:
    """Return what the packed function makes of its task, in the session's folder.

    Raises
    ------
    EgaError
        This worker is not fit for the session; else what `function` raises.
    """
    from distributed.protocol import deserialize

    with _WORKPLACE.entered(session):
        function, task = deserialize(packed.header, packed.frames)
        return function(task)


def examine_worker(session: Session) -> list[str]:
    """Say what makes this process unfit to work for the session."""
    return examine_scheduler(session) or _WORKPLACE.faults(session)


def examine_scheduler(session: Session) -> list[str]:
    """Say which versions differ here."""
    found = differences(session.facts, machine_facts())
    return [f"{socket.gethostname()}: {text}" for text in found]


class Workplace:
    """The working folder of a process, which all its threads share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token = ""
        self._running = 0

    @contextmanager
    def entered(self, session: Session) -> Iterator[None]:
        """Stay in the folder of the session for the length of a task.

        Raises
        ------
        EgaError
            The process is unfit for the session.
        """
        with self._lock:
            if session.token != self._token:
                # also workers that joined, or started again, after the stage began
                faults = examine_scheduler(session) or self._enter(session)
                if faults:
                    raise EgaError(unfit(faults))
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1

    def faults(self, session: Session) -> list[str]:
        """Say what of the session can't be seen from here."""
        host = socket.gethostname()
        folder = _place(session)
        if folder is None:
            return [f"{host}: the folder {session.folder} is not there, or another one"]
        return [
            f"{host}: {path} is not there"
            for path in session.reads
            if not _exists(folder / path)
        ]

    def _enter(self, session: Session) -> list[str]:
        faults = self.faults(session)
        folder = _place(session)
        if faults or folder is None:
            return faults
        if folder != Path():
            if self._running:
                return [
                    f"{socket.gethostname()}: a worker is still at work for another "
                    f"folder, {Path.cwd()}"
                ]
            os.chdir(folder)
        _forget()
        _use_one_thread()
        self._token = session.token
        return []


def unfit(faults: list[str], most: int = 12) -> str:
    """Return the message about machines that can't work for a stage."""
    lines = [f"  {text}" for text in faults[:most]]
    if len(faults) > most:
        lines.append(f"  and {len(faults) - most} more")
    return (
        "the cluster is not fit for this stage:\n" + "\n".join(lines) + "\n"
        "Expected: the same versions and the same files on all machines. Cure: start "
        "scheduler and workers anew, from the same environment and in the same folder "
        "of a shared file system (docs/cluster.md)."
    )


def _place(session: Session) -> Path | None:
    """Return where the session's folder is: here, elsewhere, or None for nowhere."""
    # machines may mount the same folder in different places: what counts is the mark
    for folder in (Path(), Path(session.folder)):
        if _exists(folder / session.mark):
            return folder
    return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _forget() -> None:
    """Forget what was read through relative paths: stages write these files anew."""
    for name, module in list(sys.modules.items()):
        if name.startswith("pipeline."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _use_one_thread() -> None:
    # a worker has loaded NumPy before `pipeline` could limit its threads, and sums over
    # more threads round differently
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1)


_WORKPLACE = Workplace()
