"""What goes around every stage: one at a time, timed, and its results sealed."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.checksums import sealed
from pipeline.locks import only_one
from pipeline.params import Params
from pipeline.time_spent import measured


def run_stage(name: str, run: Callable[[Params], None], params: Params) -> None:
    """Run a stage in the working folder.

    Raises
    ------
    EgaError
        The same stage is already at work here, or the stage fails.
    """
    with only_one(name), measured(name), sealed(name):
        run(params)
