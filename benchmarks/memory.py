"""Peak memory of this process and its workers, sampled."""

from __future__ import annotations

import threading
from types import TracebackType

import psutil


class PeakMemory:
    """Context manager; afterwards `peak_mebibytes` holds the largest sum seen.

    The proportional set size is summed, so that pages which processes share count once.
    """

    def __init__(self, interval_seconds: float = 0.1) -> None:
        self.peak_mebibytes = 0.0
        self._interval = interval_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        process = psutil.Process()
        while not self._stop.wait(self._interval):
            total = 0
            for member in [process, *process.children(recursive=True)]:
                try:
                    total += member.memory_full_info().pss
                except psutil.Error:
                    continue  # a worker that has just ended
            self.peak_mebibytes = max(self.peak_mebibytes, total / 2**20)
