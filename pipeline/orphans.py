"""Worker processes end with the process that gave them work, also if it was killed.

Otherwise they go on with the tasks that wait for them, and write beside the stage when
it has been started again.
"""

from __future__ import annotations

import os
import threading
import time

_POLL_SECONDS = 0.25


def end_with_parent(parent: int) -> None:
    """End this process soon after the one with that number, its parent, has ended."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    # the system gives an orphan another parent
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os._exit(1)
