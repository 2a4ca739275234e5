"""What goes around every stage: one at a time, timed, and its results sealed."""

from __future__ import annotations

from collections.abc import Callable

from threadpoolctl import threadpool_limits

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
    # the last bits of matrix products depend on the number of threads
    one_thread = threadpool_limits(1, user_api="blas")
    with one_thread, only_one(name), measured(name), sealed(name):
        run(params)
