"""Names of units, as headers, mzML and ANDI-MS write them -> celsius and seconds."""

from __future__ import annotations

import numpy as np

from pipeline.formats.heating import ABSOLUTE_ZERO_CELSIUS

# accessions of the Unit Ontology stand where mzML gives no unit name
_CELSIUS = {"c", "°c", "ºc", "℃", "degc", "deg c", "deg. c", "celsius"} | {
    "degree celsius",
    "degrees celsius",
    "uo:0000027",
}
_KELVIN = {"k", "kelvin", "degree kelvin", "degrees kelvin", "uo:0000012"}
_SECONDS = {
    "ms": 0.001,
    "millisecond": 0.001,
    "milliseconds": 0.001,
    "uo:0000028": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "uo:0000010": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "uo:0000031": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "uo:0000032": 3600.0,
}
KNOWN = _CELSIUS | _KELVIN | set(_SECONDS)


def to_celsius(values: np.ndarray, unit: str | None) -> np.ndarray:
    """Return `values` in celsius; no unit means celsius.

    Raises
    ------
    LookupError
        The unit is neither celsius nor kelvin.
    """
    name = tidy(unit)
    if not name or name in _CELSIUS:
        return values
    if name in _KELVIN:
        # to 1e-6 degrees: the difference of two decimal numbers is no decimal number
        with np.errstate(over="ignore", invalid="ignore"):
            return np.round(values + ABSOLUTE_ZERO_CELSIUS, 6)
    raise LookupError(f"the unit {unit!r}")


def to_seconds(values: np.ndarray, unit: str | None) -> np.ndarray:
    """Return `values` in seconds; no unit means seconds.

    Raises
    ------
    LookupError
        The unit is no unit of time.
    """
    name = tidy(unit)
    if not name or _SECONDS.get(name) == 1.0:
        return values
    if name not in _SECONDS:
        raise LookupError(f"the unit {unit!r}")
    # what becomes infinite is found by the check of all rows
    with np.errstate(over="ignore", invalid="ignore"):
        return np.round(values * _SECONDS[name], 9)


def tidy(text: str | None) -> str:
    """Return lower case with single blanks; "_" and "-" count as blanks."""
    return " ".join((text or "").replace("_", " ").replace("-", " ").lower().split())
