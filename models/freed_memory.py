"""Large arrays of a training step use memory again that the last step has freed."""

from __future__ import annotations

import ctypes
import sys

# of malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def keep_freed_memory() -> None:
    """Keep freed memory in this process instead of giving it back; with glibc only.

    Otherwise each array of more than 32 MiB is new memory, which the system clears page
    by page: with dense layers of ten million weights and more, that took a third of the
    time of a training step. The process stays as large as it once was.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, -1)
