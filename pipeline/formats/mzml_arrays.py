"""The binary arrays of a spectrum -> float64, never more than it declares."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import numpy as np

from pipeline.errors import shorten
from pipeline.formats.reading import Reading

# 500 ions of 1,000 points each are half a million; more would be read into memory
MOST_POINTS = 1_000_000
_RE_EXPORT = "export the run again, e.g. with msconvert --zlib"


def spectrum_arrays(
    reading: Reading, spectrum: dict[str, Any], n_points: int, scan: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return m/z and intensity, (n_points,) each.

    `spectrum` is a dict of pyteomics with arrays still encoded.

    Raises
    ------
    RunFaultError
        An array is damaged, of another length or compressed in an unknown way.
    """
    if n_points > MOST_POINTS:
        raise reading.fault(
            "defaultArrayLength",
            f"{n_points:,}",
            f"at most {MOST_POINTS:,} points",
            _RE_EXPORT,
            scan,
        )
    unknown = [name for name in spectrum if "compression" in name.lower()]
    if unknown:
        raise reading.fault(
            "compression",
            shorten(unknown[0]),
            "zlib compression or none",
            "export the run again with zlib, e.g. with msconvert --zlib",
            scan,
        )
    mz, intensity = (
        _decode(reading, spectrum[name], n_points, name, scan)
        for name in ("m/z array", "intensity array")
    )
    return mz, intensity


def _decode(
    reading: Reading, record: Any, n_points: int, name: str, scan: int
) -> np.ndarray:
    if record.dtype is None or np.dtype(record.dtype).itemsize < 4:
        raise reading.fault(
            name, "no known number type", "32 or 64 bit numbers", _RE_EXPORT, scan
        )
    dtype = np.dtype(record.dtype).newbyteorder("<")
    size = n_points * dtype.itemsize
    try:
        # a line may be wrapped; any other foreign character is damage
        text = "".join(record.data.split()) if record.data else ""
        content = base64.b64decode(text, validate=True)
        if record.compression == "zlib compression":
            # one byte more tells too long from right, and a bomb does not go off
            content = zlib.decompressobj().decompress(content, size + 1)
    except (binascii.Error, zlib.error, ValueError, AttributeError) as error:
        raise reading.fault(
            name,
            shorten(str(error)),
            "base64 of zlib or plain numbers",
            _RE_EXPORT,
            scan,
        ) from error
    if len(content) != size:
        more = "more than " if len(content) > size else ""
        got = min(len(content), size) / dtype.itemsize
        raise reading.fault(
            name,
            f"{more}{got:g} numbers",
            f"{n_points} as defaultArrayLength says",
            _RE_EXPORT,
            scan,
        )
    return np.frombuffer(content, dtype).astype(np.float64)
