"""An mzML file -> rows: one spectrum a scan, its temperature or its time.

Read with pyteomics, which unpacks parameters and their groups. Its own decoding of
arrays is not used, because it inflates whatever it is given, and it is handed an empty
vocabulary, because it would otherwise look for one on the network.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import IO, Any

import numpy as np

from pipeline.errors import shorten
from pipeline.formats.mzml_arrays import spectrum_arrays
from pipeline.formats.names import find
from pipeline.formats.opening import opened, size_of
from pipeline.formats.reading import Reading, Rows
from pipeline.formats.units import to_celsius, to_seconds
from pipeline.formats.xml_guard import refuse_dangerous_xml

# elements since the last spectrum, and in all beside one for each byte on the disk;
# a spectrum has some dozens
_MOST_AT_ONCE, _MOST_FOR_NOTHING = 100_000, 100_000


class _Watched:
    """Counts the elements that are read: each stays in memory up to the next spectrum.

    A packed file of some kilobytes can hold millions.
    """

    def __init__(self, reading: Reading, file: IO[bytes]) -> None:
        self._reading, self._file = reading, file
        self._most = _MOST_FOR_NOTHING + size_of(reading)
        self._elements = 0
        self.at_once = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        found = content.count(b"<")
        self._elements += found
        self.at_once += found
        if self._elements > self._most or self.at_once > _MOST_AT_ONCE:
            raise self._reading.fault(
                "file",
                f"{self._elements:,} elements, too many for its size",
                "mzML with spectra",
                "do not trust the file; export the run again",
            )
        return content


class _NoVocabulary:
    """Knows no term, so that types are told by the values."""

    def __getitem__(self, accession: str) -> SimpleNamespace:
        return SimpleNamespace(name=accession, relationship=())


def read_mzml_run(reading: Reading) -> Iterator[Rows]:
    """Yield the rows of each spectrum; only MS1 mass spectra with ions are used.

    Raises
    ------
    RunFaultError
        The XML is damaged or dangerous, or a spectrum lacks arrays, time or
        temperature.
    """
    reading.format_name = "mzML"
    with opened(reading) as file:
        if not file.seekable():
            raise reading.fault(
                "file", "mzML in zstd", "mzML, plain or in gzip", "decompress the file"
            )
        refuse_dangerous_xml(reading, file)
        file.seek(0)
        for scan, spectrum in _spectra(reading, file):
            n_points = _number(spectrum.get("defaultArrayLength", 0))
            level = spectrum.get("ms level", 1)
            plain = "m/z array" in spectrum and "intensity array" in spectrum
            if n_points == 0 or level != 1 or not plain:
                reading.scans_left_out += 1
                continue
            mz, abundance = spectrum_arrays(reading, spectrum, n_points, scan)
            place = np.full(n_points, scan)
            time, temperature = _clock(reading, spectrum, scan)
            yield Rows(
                np.full(n_points, time),
                np.full(n_points, temperature),
                mz,
                abundance,
                place,
            )


def _spectra(reading: Reading, file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and content; damage becomes a fault of the scan where it is met."""
    from pyteomics.auxiliary import PyteomicsError
    from pyteomics.mzml import MzML

    scan = 0
    try:
        watched = _Watched(reading, file)
        reader = MzML(watched, cv=_NoVocabulary(), use_index=False, decode_binary=False)
        spectra = iter(reader.iterfind("spectrum"))
        while (spectrum := _next(spectra)) is not None:
            scan += 1
            watched.at_once = 0
            yield scan, spectrum
    # a warning is a guess that pyteomics would make about a name; lxml's error is a
    # SyntaxError; the others come from XML that is no mzML
    except (
        PyteomicsError,
        SyntaxError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RecursionError,
        ArithmeticError,
        UserWarning,
    ) as error:
        raise reading.fault(
            "spectrum",
            shorten(str(error) or type(error).__name__, 120),
            "well-formed mzML to the end",
            "copy or export the file again",
            scan + 1,
        ) from error


def _next(spectra: Iterator[Any]) -> dict[str, Any] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        return next(spectra, None)


def _clock(
    reading: Reading, spectrum: dict[str, Any], scan: int
) -> tuple[float, float]:
    """Return seconds and celsius of a spectrum."""
    scans = (spectrum.get("scanList") or {}).get("scan") or [{}]
    if len(scans) > 1:
        raise reading.fault(
            "scanList",
            f"{len(scans)} scans in a spectrum",
            "one scan a spectrum",
            "export the run without adding up scans",
            scan,
        )
    start = scans[0].get("scan start time")
    if start is None:
        raise reading.fault(
            "scan start time",
            "nothing",
            "the time of the scan",
            "export the run with scan times",
            scan,
        )
    unit = getattr(start, "unit_info", None) or "none"
    time = _converted(reading, to_seconds, start, unit, "scan start time", scan)
    found = [
        (name, parameters[name], unit)
        for parameters in (scans[0], spectrum)
        for names in [list(parameters)]
        for at, unit in find(names, reading.settings.temperature_names)
        for name in [names[at]]
    ]
    if not found:
        times, places = np.array([time]), np.array([scan])
        return time, float(reading.programme_temperature(times, places)[0])
    if len(found) > 1 or isinstance(found[0][1], list):
        raise reading.fault(
            "temp",
            f"several temperatures: {', '.join(shorten(name) for name, *_ in found)}",
            "one temperature a scan",
            "shorten formats.temperature_names in params.yaml to the right one",
            scan,
        )
    name, value, unit = found[0]
    reading.temperature_from = f"parameter {name}"
    unit = getattr(value, "unit_info", None) or unit
    return time, _converted(reading, to_celsius, value, unit, str(name), scan)


def _converted(
    reading: Reading, convert: Any, value: Any, unit: str | None, name: str, scan: int
) -> float:
    try:
        return float(convert(np.array([float(value)]), unit)[0])
    except LookupError as error:
        got = f"{value} in {error.args[0]}"
    except (TypeError, ValueError):
        got = shorten(value)
    expected = (
        "a number in C or K" if convert is to_celsius else "a number in s, min or h"
    )
    raise reading.fault(
        name, got, expected, "export the run again with this unit", scan
    )


def _number(value: Any) -> int:
    try:
        return max(int(value), 0)
    except (TypeError, ValueError, OverflowError):
        return 0
