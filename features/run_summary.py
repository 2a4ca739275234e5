"""Facts of a run that need its rows: heating rate, temperature range, scans."""

from __future__ import annotations

from typing import Any

import numpy as np


class RunSummary:
    """Facts of a run that need its rows, gathered chunk by chunk."""

    def __init__(self) -> None:
        self.rows = 0
        self.scans = 0
        self.low, self.high = np.inf, -np.inf
        self._moments = np.zeros(4)
        self._first_time = 0.0
        self._last_time = np.nan

    def add(self, time: np.ndarray, temperature: np.ndarray) -> None:
        """Add rows in the order of the file."""
        if self.rows == 0:
            self._first_time = time[0]
        self.rows += time.size
        self.scans += int(np.count_nonzero(time[1:] != time[:-1]))
        self.scans += int(time[0] != self._last_time)
        self._last_time = time[-1]
        self.low = min(self.low, float(temperature.min()))
        self.high = max(self.high, float(temperature.max()))
        # counted from the first row: squares of clock times would lose the digits
        elapsed = time - self._first_time
        # sums, not dot products: those differ with the number of BLAS threads
        self._moments += (
            elapsed.sum(),
            temperature.sum(),
            (elapsed * elapsed).sum(),
            (elapsed * temperature).sum(),
        )

    def facts(self) -> dict[str, Any]:
        """Return heating rate (least-squares slope), temperature range and counts."""
        n = self.rows
        t, temperature, tt, t_temperature = self._moments
        spread = n * tt - t * t
        slope = (n * t_temperature - t * temperature) / spread if spread > 0 else np.nan
        return {
            "heating_rate_celsius_per_minute": float(60 * slope),
            "temperature_low_celsius": float(self.low),
            "temperature_high_celsius": float(self.high),
            "scan_count": self.scans,
            "row_count": n,
        }
