"""Files of runs made to harm: endless lines, absurd sizes, nesting without end."""

from __future__ import annotations

import base64
import struct
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.attack import MEBIBYTE, Attack


def text_attacks() -> Iterator[Attack]:
    """Yield tables of rows, for the readers of CSV."""
    table = seeds.table()
    header = b"time,temp,m/z,abundance\n"
    for name, block in {
        "nothing": b"",
        "nul": b"\0" * 100,
        "one long line": b"1" * (3 * MEBIBYTE),
        "long number": header + b"1" * 100_000 + b"x,1,1,1\n",
        "long decimal": header + b"1." + b"1" * 120_000 + b"x,1,1,1\n" * 5,
        "many columns": b"," * MEBIBYTE + b"\n" + header,
        "lines of columns": (b"a," * 40_000 + b"\n") * 90,
        "blank lines": header + b"\n" * MEBIBYTE,
        "blanks of unicode": header + b"\x1c\n\xc2\x85\n",
        "brackets": b"(" * 100_000 + b",time,temp,m/z,abundance\n",
        "blanks in a name": b"a" + b" " * 100_000 + b"(,temp,m/z,abundance\n",
        "quotes": b'"' * 200_000 + b"\n" + table,
        "carriage returns": table.replace(b"\n", b"\r"),
        "utf-16": table.decode().encode("utf-16"),
        "headers only": header * 1000,
        "header and blank": header + b"\n",
        "header and blanks": header + b" \n\t\n",
    }.items():
        yield name, lambda block=block: block


def mzml_attacks() -> Iterator[Attack]:
    """Yield mzML files."""
    arrays = seeds.array((1.0, 2.0)) + seeds.array((1.0, 2.0), "intensity")
    zeros = base64.b64encode(zlib.compress(bytes(80_000_000))).decode()
    bomb = seeds.binary(zeros, "m/z") + seeds.binary(zeros, "intensity")
    yield "huge length", lambda: seeds.mzml(seeds.spectrum(0, arrays, 10**18))
    yield "array bomb", lambda: seeds.mzml(seeds.spectrum(0, arrays + bomb, 2))
    yield "large arrays", lambda: seeds.mzml(seeds.spectrum(0, bomb, 10_000_000))
    one = base64.b64encode(zlib.compress(bytes(8_000_000))).decode()
    many = seeds.binary(one, "m/z") + seeds.binary(one, "intensity")
    yield (
        "many large arrays",
        lambda: seeds.mzml(seeds.spectrum(0, many, 1_000_000) * 60),
    )
    laughs = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(12))
    for name, doctype in {
        "laughs": f'<!DOCTYPE mzML [<!ENTITY a0 "ha">{laughs}]>',
        "external": '<!DOCTYPE mzML [<!ENTITY a12 SYSTEM "file:///etc/passwd">]>',
        "network": '<!DOCTYPE mzML SYSTEM "http://127.0.0.1:9/a.dtd">',
    }.items():
        text = seeds.mzml(seeds.spectrum(0, arrays, 2).replace("scan=0", "&a12;"))
        yield name, lambda d=doctype, t=text: t.replace(b"?>", f"?>{d}".encode(), 1)
    deep = "<a>" * 200_000
    yield "deep", lambda: seeds.mzml(deep)
    for depth in (100, 200, 250):
        nest = "<userParam>" * depth + "</userParam>" * depth
        yield (
            f"deep spectrum {depth}",
            lambda n=nest: seeds.mzml(seeds.spectrum(0, n + arrays, 2)),
        )
    wide = '<userParam name="temperature" value="1"/>' * 20_000
    yield "many parameters", lambda: seeds.mzml(seeds.spectrum(0, arrays, 2, wide))
    name = '<userParam name="t' + " " * 100_000 + '(" value="1"/>'
    yield "blanks in a name", lambda: seeds.mzml(seeds.spectrum(0, arrays, 2, name))
    yield "empty spectra", lambda: seeds.mzml("<spectrum/>" * 50_000)
    plain = b"<a/>" * (12 * MEBIBYTE)
    yield "elements", lambda: seeds.mzml("", plain.decode())


def andi_attacks() -> Iterator[Attack]:
    """Yield ANDI files."""
    cdf = seeds.andi()[0]
    for value in (0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 20):
        for at in range(4, min(len(cdf), 1200), 4):
            yield (
                f"{value:x} at {at}",
                lambda v=value, a=at: cdf[:a] + v.to_bytes(4, "big") + cdf[a + 4 :],
            )
    for name in (b"fp", b"mode", b"_recs", b"use_mmap", b"variables", b"_dims"):
        yield f"attribute {name!r}", lambda n=name: _with_attribute(cdf, n)
    yield "overlapping scans", _overlapping


def _with_attribute(cdf: bytes, name: bytes) -> bytes:
    """Give the file a global attribute; there is none so far."""
    at = cdf.index(bytes(8), 8)
    padded = name + bytes(-len(name) % 4)
    attribute = struct.pack(">iii", 12, 1, len(name)) + padded
    attribute += struct.pack(">ii", 2, 1) + b"w\0\0\0"
    return cdf[:at] + attribute + cdf[at + 8 :]


def _overlapping() -> bytes:
    """Let every scan claim all points."""
    from scipy.io import netcdf_file

    scans, points = 20_000, 20_000
    variables = {
        "scan_index": np.zeros(scans, "i4"),
        "point_count": np.full(scans, points, "i4"),
        "scan_acquisition_time": np.arange(scans, dtype="f4"),
        "temperature": np.linspace(20, 900, scans).astype("f4"),
    }
    with tempfile.NamedTemporaryFile() as file:
        with netcdf_file(file.name, "w") as data:
            data.createDimension("scan_number", scans)
            data.createDimension("point_number", points)
            for name, values in variables.items():
                kind = values.dtype.char
                data.createVariable(name, kind, ("scan_number",))[:] = values
            for name in ("mass_values", "intensity_values"):
                data.createVariable(name, "f", ("point_number",))[:] = np.arange(points)
        return Path(file.name).read_bytes()


def heating_attacks() -> Iterator[Attack]:
    """Yield descriptions of a heating program."""
    for text in (
        "1" * 100_000 + "x",
        "25:35/min:" + "9" * 400,
        "9" * 400 + ":35/min",
        "25:" + "9" * 400 + "/s",
        "25:0." + "0" * 330 + "1/s:26",
        "25:" + "9" * 400 + "h",
        "25:1e300/s",
        "25:35/min:300," * 5000,
        "25:1min," * 20_000 + "25:hold",
        ":" * 100_000,
        "2\u0665:35/min",
        "25:35/\u017f",
        "25\u212a:1/s",
        "",
    ):
        yield text[:20], lambda t=text: t.encode()
