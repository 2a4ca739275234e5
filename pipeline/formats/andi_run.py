"""An ANDI-MS file (ASTM E2077/E2078, classic netCDF) -> rows.

Scan i holds the points scan_index[i] to scan_index[i] + point_count[i] of mass_values
and intensity_values; scan_acquisition_time is in seconds.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.errors import shorten
from pipeline.formats.names import find
from pipeline.formats.opening import opened
from pipeline.formats.reading import Reading, Rows
from pipeline.formats.units import to_celsius, to_seconds

_ARRAYS = ("mass_values", "intensity_values")
_SCANS = ("scan_index", "point_count", "scan_acquisition_time")
_RE_EXPORT = "export the run again as ANDI-MS (netCDF)"
# runs have some thousand scans of some hundred points; more would fill the memory
LARGEST_BYTES, MOST_POINTS = 128 << 20, 16_000_000
_BLOCK_BYTES = 16 << 20


class _Bounded(io.BytesIO):
    """Hands out a few times its size at most.

    A header may declare many large variables at one place; each would be copied.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = 4 * len(content) + 4096

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("variables that overlap")
        return content


def read_andi_run(reading: Reading) -> Iterator[Rows]:
    """Yield the rows of each scan.

    Raises
    ------
    RunFaultError
        The file is no netCDF, lacks a variable, or its scans do not fit its points.
    """
    reading.format_name = "ANDI-MS"
    variables = _variables(reading)
    mz, abundance = (_values(variables[name]) for name in _ARRAYS)
    starts, counts, times = (_values(variables[name]) for name in _SCANS)
    if mz.size != abundance.size or not starts.size == counts.size == times.size:
        raise reading.fault(
            "scan_index",
            f"{mz.size} masses, {abundance.size} intensities, {starts.size} starts, "
            f"{counts.size} counts and {times.size} times",
            "as many intensities as masses, and one start, count and time a scan",
            _RE_EXPORT,
        )
    seconds = _converted(reading, variables["scan_acquisition_time"], times, to_seconds)
    if not counts.sum() <= mz.size:
        raise reading.fault(
            "point_count",
            f"{counts.sum():g} points in all scans",
            f"the {mz.size} of the file, each in one scan",
            _RE_EXPORT,
        )
    celsius = _temperatures(reading, variables, starts.size)
    for scan, (start, count) in enumerate(zip(starts, counts, strict=True), start=1):
        if not (start >= 0 and count >= 0 and start + count <= mz.size):
            raise reading.fault(
                "scan_index",
                f"points {start:g} to {start + count:g}",
                f"points within the {mz.size} of the file",
                _RE_EXPORT,
                scan,
            )
        if count == 0:
            reading.scans_left_out += 1
            continue
        points = slice(int(start), int(start) + int(count))
        place = np.full(int(count), scan)
        time = np.full(int(count), seconds[scan - 1])
        temperature = (
            np.full(int(count), celsius[scan - 1])
            if celsius is not None
            else reading.programme_temperature(time, place)
        )
        yield Rows(time, temperature, mz[points], abundance[points], place)


def _file(content: bytes) -> Any:
    from scipy.io import netcdf_file

    class OnlyVariables(netcdf_file):
        """Global attributes would become attributes of the object, `fp` for one."""

        def _read_gatt_array(self) -> None:
            self._read_att_array()  # type: ignore[attr-defined]

    return OnlyVariables(_Bounded(content), mmap=False)


def _variables(reading: Reading) -> dict[str, Any]:
    content = _content(reading)
    try:
        with _file(content) as data:
            variables = dict(data.variables)
            # a damaged header shows when it is used
            missing = [name for name in (*_ARRAYS, *_SCANS) if name not in variables]
            for name in set(variables) & {*_ARRAYS, *_SCANS}:
                _values(variables[name])
    # what scipy raises for a damaged header depends on where the damage is
    except (
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        AssertionError,
        MemoryError,
        OSError,
        SyntaxError,
    ) as error:
        raise reading.fault(
            "file",
            f"damaged netCDF ({shorten(str(error) or type(error).__name__)})",
            "a whole ANDI-MS file",
            "copy or export the file again",
        ) from None
    if missing:
        raise reading.fault(
            "variables",
            f"a netCDF file without {', '.join(missing)}",
            f"ANDI-MS with {', '.join((*_ARRAYS, *_SCANS))}",
            _RE_EXPORT,
        )
    return variables


def _content(reading: Reading) -> bytes:
    blocks: list[bytes] = []
    size = 0
    with opened(reading) as file:
        while block := file.read(_BLOCK_BYTES):
            blocks.append(block)
            size += len(block)
            if size > LARGEST_BYTES:
                raise reading.fault(
                    "file",
                    f"more than {LARGEST_BYTES >> 20:,} MiB",
                    "one run",
                    "export each run to a file of its own",
                )
    return b"".join(blocks)


def _values(variable: Any) -> np.ndarray:
    """Return (n,) float64, scaled as the variable says."""
    if np.size(variable.data) > MOST_POINTS:
        raise ValueError(f"more than {MOST_POINTS:,} points")
    # a signalling NaN of single precision becomes a quiet one
    with np.errstate(invalid="ignore"):
        values = np.asarray(variable.data, dtype=np.float64).reshape(-1)
    scale = float(getattr(variable, "scale_factor", 1.0))
    offset = float(getattr(variable, "add_offset", 0.0))
    if (scale, offset) == (1.0, 0.0):
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        return values * scale + offset


def _temperatures(
    reading: Reading, variables: dict[str, Any], n_scans: int
) -> np.ndarray | None:
    """Return celsius of each scan, None if the file has none."""
    names = list(variables)
    found = find(names, reading.settings.temperature_names)
    if not found:
        return None
    if len(found) > 1:
        raise reading.fault(
            "temp",
            f"several temperatures: {', '.join(shorten(names[at]) for at, _ in found)}",
            "one temperature",
            "shorten formats.temperature_names in params.yaml to the right one",
        )
    ((position, unit),) = found
    name = names[position]
    try:
        values = _values(variables[name])
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.size != n_scans:
        raise reading.fault(
            name,
            f"{values.size} temperatures",
            f"one for each of {n_scans} scans",
            _RE_EXPORT,
        )
    reading.temperature_from = f"variable {name}"
    return _converted(reading, variables[name], values, to_celsius, unit)


def _converted(
    reading: Reading, variable: Any, values: np.ndarray, convert: Any, unit: Any = ""
) -> np.ndarray:
    unit = getattr(variable, "units", unit or b"")
    text = unit.decode("utf-8", "replace") if isinstance(unit, bytes) else str(unit)
    try:
        return np.asarray(convert(values, text))
    except LookupError:
        raise reading.fault(
            "units", shorten(text), "s, min or h; C or K", _RE_EXPORT
        ) from None
