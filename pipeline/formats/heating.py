"""A heating programme in words -> temperature over time.

    25:35/min                         from 25 °C at 35 °C a minute, to the end
    25:10/min:300, 300:35/min:1100    two ramps
    25:5min, 25:10/min:300, 300:hold  5 minutes at 25 °C, a ramp, then 300 °C to the end

A segment is a ramp START:RATE[:END] or a hold TEMPERATURE:DURATION. It starts where the
one before ended. Only the last may be open: a ramp without END, or TEMPERATURE:hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

ABSOLUTE_ZERO_CELSIUS = -273.15
SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
# one way to match each number: two would take time with the square of its length
_NUMBER = r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))"
_TEMPERATURE = re.compile(_NUMBER + r"(°?c|k)?", re.IGNORECASE | re.ASCII)
_RATE = re.compile(_NUMBER + r"(?:°?c|k)?/(s|min|h)", re.IGNORECASE | re.ASCII)
_DURATION = re.compile(_NUMBER + r"(s|min|h)", re.IGNORECASE | re.ASCII)
# segments join if they differ by less; a thermocouple is a thousand times coarser
_TOLERANCE = 1e-3
# far beyond any oven; more would be infinite in the end
_LARGEST = 1e9


class HeatingError(ValueError):
    """A heating programme that can't be understood; the message says why."""


@dataclass(frozen=True)
class HeatingProgramme:
    """Temperature as a function of the time since the first scan.

    Attributes
    ----------
    seconds, celsius : tuple of float
        The corners, in order of time; the first is at 0 s.
    final_rate : float or None
        Celsius per second after the last corner; None: the programme ends there.
    """

    seconds: tuple[float, ...]
    celsius: tuple[float, ...]
    final_rate: float | None

    @property
    def end_seconds(self) -> float:
        """When the programme ends; infinite if its last segment is open."""
        return self.seconds[-1] if self.final_rate is None else np.inf

    def temperature(self, elapsed: np.ndarray) -> np.ndarray:
        """Return celsius at `elapsed` seconds, (n,), 0 to `end_seconds`, to 1e-6."""
        inside = np.interp(elapsed, self.seconds, self.celsius)
        beyond = np.maximum(elapsed - self.seconds[-1], 0.0)
        # without the noise of the multiplication, which would only fill the file
        return np.round(inside + (self.final_rate or 0.0) * beyond, 6)


def parse_heating(text: str) -> HeatingProgramme:
    """Read a programme such as "25:10/min:300, 300:35/min:1100".

    Temperatures are in celsius, or in kelvin with the unit K. Rates are degrees per
    s, min or h; durations are in s, min or h. Case and blanks do not count.

    Raises
    ------
    HeatingError
        With the segment, what was expected, and an example.
    """
    seconds = [0.0]
    celsius: list[float] = []
    segments = [part.replace(" ", "") for part in text.split(",")]
    rate: float | None = None
    for number, segment in enumerate(segments, start=1):
        start, rate, duration = _segment(segment, number)
        if not max(abs(start), abs(rate), duration or 0.0) <= _LARGEST:
            raise _error(segment, number, f"numbers of at most {_LARGEST:g} in size")
        if celsius and abs(celsius[-1] - start) > _TOLERANCE:
            raise _error(
                segment,
                number,
                f"a start at {celsius[-1]:g} C, where the segment before it ends",
            )
        if not celsius:
            celsius.append(start)
        if duration is None:
            if number < len(segments):
                raise _error(segment, number, "an end, as other segments follow")
            return HeatingProgramme(tuple(seconds), tuple(celsius), rate)
        seconds.append(seconds[-1] + duration)
        celsius.append(start + rate * duration)
    return HeatingProgramme(tuple(seconds), tuple(celsius), None)


def _segment(segment: str, number: int) -> tuple[float, float, float | None]:
    """Return start in celsius, celsius per second, and seconds (None: open)."""
    parts = segment.split(":")
    start = _celsius(parts[0], segment, number)
    if len(parts) == 2 and parts[1].lower() == "hold":
        return start, 0.0, None
    hold = _DURATION.fullmatch(parts[1]) if len(parts) == 2 else None
    if hold:
        duration = float(hold[1]) * SECONDS[hold[2].lower()]
        if duration <= 0:
            raise _error(segment, number, "a duration above 0")
        return start, 0.0, duration
    ramp = _RATE.fullmatch(parts[1]) if len(parts) in (2, 3) else None
    if not ramp:
        raise _error(segment, number, "START:RATE, START:RATE:END or START:DURATION")
    rate = float(ramp[1]) / SECONDS[ramp[2].lower()]
    if rate == 0:
        raise _error(segment, number, "a rate other than 0; a hold is 300:10min")
    if len(parts) == 2:
        return start, rate, None
    duration = (_celsius(parts[2], segment, number) - start) / rate
    if duration <= 0:
        raise _error(segment, number, "an end that the rate leads to")
    return start, rate, duration


def _celsius(text: str, segment: str, number: int) -> float:
    match = _TEMPERATURE.fullmatch(text)
    if not match:
        raise _error(segment, number, "temperatures such as 25, 25C or 298.15K")
    value = float(match[1])
    if (match[2] or "").lower() == "k":
        value = round(value + ABSOLUTE_ZERO_CELSIUS, 6)
    if value < ABSOLUTE_ZERO_CELSIUS:
        raise _error(segment, number, "temperatures above absolute zero")
    return value


def _error(segment: str, number: int, expected: str) -> HeatingError:
    return HeatingError(
        f"segment {number}, {segment[:60]!r}: expected {expected}; a programme "
        'is for example "25:10/min:300, 300:35/min:1100"'
    )
