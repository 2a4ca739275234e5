"""Which name in a file means what: "Sample Temp. (K)" is a temperature in kelvin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.formats.units import KNOWN, tidy

# longer is no name, and would take the pattern long
_LONGEST_NAME = 200
_BRACKETS = re.compile(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*", re.DOTALL)


def split_unit(name: str) -> tuple[str, str | None]:
    """Return name and unit of "temp (K)", "temp [K]" or "temp/K", else (name, None)."""
    if len(name) > _LONGEST_NAME:
        return name, None
    match = _BRACKETS.fullmatch(name)
    if match:
        return match[1], match[2]
    before, slash, unit = name.rpartition("/")
    if slash and tidy(unit) in KNOWN:
        return before, unit
    return name, None


def find(names: Sequence[str], wanted: Iterable[str]) -> list[tuple[int, str | None]]:
    """Return position and unit of every name that is one of `wanted`.

    Case, blanks, "_", "-", a final point and a unit at the end do not count.
    """
    known = {_plain(name) for name in wanted}
    found: list[tuple[int, str | None]] = []
    for position, name in enumerate(names):
        if _plain(name) in known:
            found.append((position, None))
            continue
        rest, unit = split_unit(name)
        if unit is not None and _plain(rest) in known:
            found.append((position, unit))
    return found


def _plain(name: str) -> str:
    return tidy(name).rstrip(".")
