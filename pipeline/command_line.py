"""How every command of the project fails: with a message and the exit code 1."""

from __future__ import annotations

import errno
import sys
from concurrent.futures.process import BrokenProcessPool

import typer
from rich.console import Console

from pipeline.errors import EgaError

_CURES = {
    errno.ENOSPC: "free space on that disk",
    errno.EDQUOT: "free space, or ask for a larger quota",
    errno.EROFS: "make that disk writable",
    errno.EACCES: "grant this user access to it",
    errno.EPERM: "grant this user access to it",
}
_ANY_CURE = "see why the system refuses it and mend that"


def run_app(app: typer.Typer) -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    try:
        app()
    except EgaError as error:
        _fail(str(error))
    except OSError as error:
        # disk full, read-only folder, no permission: nothing half-written remains
        where = f"{error.filename}: " if error.filename else ""
        reason, cure = error.strerror or error, _CURES.get(error.errno or 0, _ANY_CURE)
        _fail(
            f"{where}{reason}. Cure: {cure}, then start again; finished work is kept."
        )
    except (BrokenProcessPool, MemoryError) as error:
        _fail(
            f"not enough memory, or a worker was killed ({error or 'MemoryError'}). "
            "Cure: free memory or lower the number of workers in the settings, then "
            "start again; finished work is kept."
        )


def _fail(message: str) -> None:
    Console(stderr=True, highlight=False, emoji=False).print(
        f"error: {message}", style="red", markup=False, soft_wrap=True
    )
    sys.exit(1)
