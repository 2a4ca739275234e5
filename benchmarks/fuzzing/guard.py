"""What an input may not do: take long, take memory, write elsewhere, go online."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

LONGEST_SECONDS = 5.0
MOST_BYTES = 1 << 30
_FORBIDDEN = ("socket.connect", "subprocess.Popen", "os.system", "os.exec", "os.fork")
_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link")


class HangError(BaseException):
    """An input took too long; no handler of the readers may swallow it."""


class TrespassError(BaseException):
    """An input made a reader write outside its folder, or ask for more than a file."""


@contextmanager
def time_limit() -> Iterator[None]:
    """Raise HangError in the code that runs when the time is over."""
    signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def set_limits() -> None:
    """Allow 1 GiB more than what libraries have taken so far; arm the watchdog."""

    def hang(number: int, frame: FrameType | None) -> None:
        raise HangError(f"more than {LONGEST_SECONDS} s")

    signal.signal(signal.SIGALRM, hang)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def peak_mebibytes() -> float:
    """Return the largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Fence:
    """Refuses writing outside a folder while it is up."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.resolve()) + "/"
        self.up = False
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.up:
            return
        if event == "open":
            path, _, flags = arguments
            # 3: the bits for writing, and for reading and writing
            if isinstance(flags, int) and flags & 3 and isinstance(path, str):
                self._check(event, path)
        elif event in _CHANGES:
            for path in arguments[:2]:
                if isinstance(path, str):
                    self._check(event, path)
        elif event in _FORBIDDEN:
            self.up = False
            raise TrespassError(f"{event} {arguments!r:.200}")

    def _check(self, event: str, path: str) -> None:
        if not str(Path(path).absolute()).startswith(self._folder):
            self.up = False
            raise TrespassError(f"{event} {path!r:.200}")


class Coverage:
    """Tells whether an input led to a pair of lines that no earlier one led to."""

    def __init__(self, *folders: str) -> None:
        self._folders = folders
        self._known: set[tuple[CodeType, int, int]] = set()
        self._ours: dict[CodeType, bool] = {}

    def __len__(self) -> int:
        """Return the number of pairs of lines seen."""
        return len(self._known)

    @contextmanager
    def watching(self, found: set[tuple[CodeType, int, int]]) -> Iterator[None]:
        """Add the pairs of consecutive lines of our code to `found`."""

        def trace(frame: FrameType, event: str, _: object) -> Any:
            code = frame.f_code
            if code not in self._ours:
                self._ours[code] = any(f in code.co_filename for f in self._folders)
            if not self._ours[code]:
                return None
            last = 0

            def line(frame: FrameType, event: str, _: object) -> Any:
                nonlocal last
                found.add((code, last, frame.f_lineno))
                last = frame.f_lineno
                return line

            return line

        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(None)

    def is_new(self, found: set[tuple[CodeType, int, int]]) -> bool:
        """Remember the pairs; return whether any is new."""
        before = len(self._known)
        self._known |= found
        return len(self._known) > before
