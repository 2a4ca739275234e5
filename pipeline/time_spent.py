"""How long the stages took, beside the cached units that the time was spent on.

A stage that was interrupted and went on adds up; one that starts anew, because inputs,
parameters or code changed, counts from zero. A run that ended without a chance to say
so (`kill -9`) leaves units whose time nobody knows: then the time is a lower bound, and
`complete` is false. Times stay below `.cache/`, away from outputs whose bytes must not
vary from run to run.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline import paths
from pipeline.atomic import write_json

_RECORD = "time_spent.json"


@dataclass(frozen=True)
class TimeSpent:
    """Wall time of a stage; `complete` unless some units were not measured."""

    wall_seconds: float
    complete: bool


@contextlib.contextmanager
def measured(stage: str) -> Iterator[None]:
    """Record the wall time of a stage while it runs, also if it fails half-way."""
    before = _units(stage)
    start = time.monotonic()
    finished = False
    try:
        yield
        finished = True
    finally:
        # a lost record is no reason to fail, or to hide why the stage did
        with contextlib.suppress(OSError):
            _record(stage, before, time.monotonic() - start, finished=finished)


def time_spent(stage: str) -> TimeSpent | None:
    """Return the time behind a stage's results, or None if nobody measured it."""
    folder = paths.CACHE / stage
    for record in (folder / _RECORD, *sorted(folder.glob(f"*/{_RECORD}"))):
        seconds, units, finished = _read(record)
        # units of another key may wait for a run that was stopped
        if finished:
            complete = units >= len(list(record.parent.glob("*.npz")))
            return TimeSpent(seconds, complete)
    return None


def _record(stage: str, before: set[Path], seconds: float, *, finished: bool) -> None:
    after = _units(stage)
    new = after - before
    if not new and not finished:
        return
    units = new or after
    # a stage without cached units starts anew each time
    folder = next(iter(units)).parent if units else paths.CACHE / stage
    resumed = any(unit.parent == folder for unit in before)
    earlier, timed, done = _read(folder / _RECORD) if resumed else (0.0, 0, False)
    if resumed and not new and (done or not timed):
        return  # nothing was computed
    record = {
        "wall_seconds": round(earlier + seconds, 3),
        "units": timed + len(new),
        "finished": done or finished,
    }
    write_json(folder / _RECORD, record)


def _units(stage: str) -> set[Path]:
    return set((paths.CACHE / stage).glob("*/*.npz"))


def _read(path: Path) -> tuple[float, int, bool]:
    """Return seconds, measured units and whether the stage has finished."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return float(record["wall_seconds"]), int(record["units"]), record["finished"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0, 0, False
