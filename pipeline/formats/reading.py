"""One file being read: what is asked of it, what was learnt, and how to blame it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.errors import Fault
from pipeline.format_params import FormatParams
from pipeline.formats.heating import HeatingProgramme
from pipeline.read_run import RunFaultError


@dataclass(frozen=True)
class Rows:
    """A block of rows; every array is (n_rows,), all but `place` are float64.

    `time` is in seconds, `temperature` in celsius; `place` is the line or the scan that
    a row comes from, counted from 1.
    """

    time: np.ndarray
    temperature: np.ndarray
    mz: np.ndarray
    abundance: np.ndarray
    place: np.ndarray


@dataclass
class Reading:
    """The file, the settings, and what the reader learns on the way.

    Attributes
    ----------
    heating
        Gives the temperature where the file has none.
    format_name, temperature_from : str
        For the table of what was converted.
    by_scan : bool
        Whether places are scans, else lines.
    scans_left_out : int
        Scans without ions, and scans that are no plain mass spectra.
    """

    sample_id: str
    path: Path
    settings: FormatParams
    heating: HeatingProgramme | None = None
    format_name: str = ""
    temperature_from: str = ""
    by_scan: bool = True
    scans_left_out: int = 0
    _first_time: float | None = field(default=None, repr=False)

    def fault(
        self, name: str, got: str, expected: str, cure: str, place: int | None = None
    ) -> RunFaultError:
        """Return the error to raise; `place` is the scan or line to blame."""
        line = None if self.by_scan else place
        if self.by_scan and place is not None:
            name = f"scan {place}, {name}"
        return RunFaultError(
            [Fault(self.sample_id, str(self.path), line, name, got, expected, cure)]
        )

    def programme_temperature(self, time: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Return celsius by the heating programme, which starts at the first row.

        Raises
        ------
        RunFaultError
            There is no programme, or a time lies outside it.
        """
        if self.heating is None:
            names = ", ".join(self.settings.temperature_names[:3])
            raise self.fault(
                "temp",
                "no temperature in the file",
                f"a temperature ({names}, ...) or a heating programme",
                'give --heating, e.g. --heating "25:35/min", or add the name used here '
                "to section formats of params.yaml",
            )
        self.temperature_from = "heating programme"
        if self._first_time is None:
            self._first_time = float(time[0])
        # NaN and infinity are found by the check of all rows, with its own message
        with np.errstate(over="ignore", invalid="ignore"):
            elapsed = time - self._first_time
        outside = (elapsed < 0) | (elapsed > self.heating.end_seconds + 1e-6)
        if outside.any():
            row = int(outside.argmax())
            raise self.fault(
                "time",
                f"{elapsed[row]:g} s after the first",
                f"0 to {self.heating.end_seconds:g} s, as the heating programme lasts",
                "correct --heating: leave out the last end temperature, or end it with "
                "a hold such as 1100:hold",
                int(place[row]),
            )
        with np.errstate(over="ignore", invalid="ignore"):
            return self.heating.temperature(elapsed)
