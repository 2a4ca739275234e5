"""Who may work in a folder at the same time.

One process runs a stage. While it runs, the stages that it has read from can't start:
otherwise it might read half of their old results and half of their new ones. The system
frees the locks of a process that died.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline import paths
from pipeline.errors import EgaError


@dataclass(frozen=True)
class _Held:
    """The locks of the stage that runs in this process."""

    locks: contextlib.ExitStack
    stages: set[str]


_held: _Held | None = None


@contextlib.contextmanager
def only_one(stage: str) -> Iterator[None]:
    """Let no second process run a stage here, nor change what it reads.

    Raises
    ------
    EgaError
        Another process runs the stage, or reads its results.
    """
    global _held
    with contextlib.ExitStack() as locks:
        locks.enter_context(_locked(stage, fcntl.LOCK_EX))
        before, _held = _held, _Held(locks, {stage})
        try:
            yield
        finally:
            _held = before


def hold(stage: str) -> None:
    """Keep a stage's results as they are until the stage that runs here has ended.

    Raises
    ------
    EgaError
        Another process is changing them.
    """
    if _held is None or stage in _held.stages:
        return  # a reading command, a worker, or held already
    _held.locks.enter_context(_locked(stage, fcntl.LOCK_SH))
    _held.stages.add(stage)


@contextlib.contextmanager
def _locked(stage: str, kind: int) -> Iterator[None]:
    path = paths.CACHE / "locks" / f"{stage}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EgaError(
                f"stage {stage} is already running in this folder, or is read by a "
                f"stage that runs ({path} is locked). Cure: wait until it ends, or "
                "stop it, then start again; finished work is kept."
            ) from None
        yield
