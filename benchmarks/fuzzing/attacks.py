"""Files made to harm: bombs, endless patterns, absurd sizes, paths that lead away."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.sections import join, split
from benchmarks.fuzzing.small_model import manifest_of
from pipeline.prediction.bundle import MANIFEST

MEBIBYTE = 1 << 20
Attack = tuple[str, Callable[[], bytes]]


PART, PARTS = 16 * MEBIBYTE, 90


@cache
def gzip_of(start: bytes, block: bytes) -> bytes:
    """Return `start` and then a block over and over, packed: 1.4 GiB of it."""
    part = gzip.compress(block * (PART // len(block)), 6, mtime=0)
    return gzip.compress(start, mtime=0) + part * PARTS


@cache
def zstd_of(start: bytes, block: bytes) -> bytes:
    """Return the same as zstd."""
    return seeds.zstd(start) + seeds.zstd(block * (PART // len(block))) * PARTS


def _text() -> Iterator[Attack]:
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


def _bombs() -> Iterator[Attack]:
    header = b"time,temp,m/z,abundance\n"
    tag = seeds.mzml("")[:-40]
    cdf = seeds.andi()[0]
    for name, start, block in (
        ("zeros", b"", b"\0"),
        ("blank lines", header, b"\n"),
        ("rows", header, b"1,30,2,1\n"),
        ("one line", header, b"1"),
        ("blanks", b"", b" "),
        ("elements", tag, b"<a/>"),
        ("text", tag + b"<a>", b"x"),
        ("spectra", tag, b"<spectrum/>"),
        ("comments", tag, b"<!-- -->"),
        ("netcdf", cdf, b"\0"),
    ):
        yield f"gzip of {name}", lambda a=start, b=block: gzip_of(a, b)
        yield f"zstd of {name}", lambda a=start, b=block: zstd_of(a, b)
    yield "gzip of many members", lambda: gzip.compress(b"", mtime=0) * 20_000


def _mzml() -> Iterator[Attack]:
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


def _andi() -> Iterator[Attack]:
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


def _params() -> Iterator[Attack]:
    laughs = "a0: &a0 [ha, ha]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
    )
    merged = "a0: &a0 {x: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 9)
    )
    start = "budget: a\nbudgets: {a: {}}\n"
    one = dict(json.loads(seeds.params()[0]))
    for name, text in {
        "laughs": laughs,
        "laughs as a value": f"{laughs}{start}seed: *a11\n",
        "laughs as a budget": f"{laughs}budget: *a11\nbudgets: {{a: 1}}\n",
        "laughs as budgets": f"{laughs}budget: a\nbudgets: {{a: *a11}}\n",
        "laughs as a name": f"{laughs}budget: a\nbudgets: {{a: 1}}\n? *a11\n: 1\n",
        "merged laughs": merged + start,
        "recursion": f"{start}seed: &a [*a]\n",
        "recursion of a section": f"{start}bin: &a {{x: *a}}\n",
        "deep lists": "[" * 50_000,
        "deep mappings": "{a: " * 5_000,
        "deep blocks": "".join(" " * i + "a:\n" for i in range(1500)),
        "deep sequences": "- " * 5_000,
        "huge number": start + "seed: " + "9" * 100_000,
        "huge hexadecimal": start + "seed: 0x" + "f" * 10_000,
        "huge octal": start + "seed: 0o" + "7" * 10_000,
        "huge base 60": start + "seed: 1" + ":59" * 3_000,
        "huge budget": "budget: 0x" + "f" * 10_000 + "\nbudgets: {a: {}}",
        "twice": f"{start}seed: 1\nseed: 2\n",
        "nul": "seed: \0\n",
        "tags": f"{start}seed: !!int ''\n",
        "tag of time": f"{start}seed: !!timestamp x\n",
        "tag of truth": f"{start}seed: !!bool x\n",
        "tag of float": f"{start}seed: !!float ''\n",
        "tag of binary": f"{start}seed: !!binary x\n",
        "tag of python": f"{start}seed: !!python/object/apply:os.system [ls]\n",
        "no text as a key": f"{start}1: 2\n[1]: 3\n",
        "large": f"{start}x: [{'1, ' * 700_000}]\n",
        "many names": json.dumps(
            one | {"formats": one["formats"] | {"temperature_names": ["a"] * 50_000}}
        ),
    }.items():
        yield name, lambda t=text: t.encode()
    for section, key, value in (
        ("featurize", "window_high_celsius", 1e308),
        ("featurize", "area_window_celsius", 5e-324),
        ("bin", "bin_width_celsius", 5e-324),
        ("bin", "mz_max", 10**12),
        ("bin", "temperature_max_celsius", 1e308),
        ("conv", "members", [{"unknown": 1}]),
        ("formats", "columns", {"time": ["a"] * 30_000}),
        ("data", "labels", [str(i) for i in range(30_000)]),
        ("data", "root", "\0"),
    ):
        changed = one | {section: one[section] | {key: value}}
        yield f"{section}.{key}", lambda c=changed: json.dumps(c).encode()


def _folders() -> Iterator[Attack]:
    files = {k.decode(): v for k, v in split(seeds.folder()).items()}
    metadata = files["metadata.csv"]
    for path in (
        "../../etc/passwd",
        "/etc/passwd",
        "features/../../x.csv",
        "loop",
        "loop/x.csv",
        "pipe",
        "zero",
        "folder",
        "features/A1.csv/x",
        "x" * 5000,
        "x/" * 3000,
        "features/\0",
        "features/\0/../../../etc/passwd",
        "CON",
        "~/x",
        ".",
        "features/\x1b[31m.csv",
        '"two\nlines"',
        "\ud7ff\uffff",
    ):
        changed = metadata.replace(b"features/A1.csv", path.encode())
        yield (
            f"path {path[:20]!r}",
            lambda c=changed: join({**files, "metadata.csv": c}),
        )
    for split_name in ("x" * 300, "../data/train", "/etc/x", "a\0b", "loop/x", "pipe"):
        changed = metadata.replace(b",train,", b",%s," % split_name.encode())
        yield (
            f"split {split_name[:20]!r}",
            lambda c=changed: join({**files, "metadata.csv": c}),
        )
    for odd in ("x" * 5000, "a\0", "\x1b[31m", '"a\nb"', "", "../x"):
        yield (
            f"id {odd[:20]!r}",
            lambda o=odd: join(
                {
                    n: c.replace(b"A1", o.encode())
                    if n.endswith(".csv") and "/" not in n
                    else c
                    for n, c in files.items()
                }
            ),
        )
    wide = b"sample_id," + b",".join(b"c%d" % i for i in range(20_000)) + b"\n"
    for name in ("metadata.csv", "train_labels.csv", "submission_format.csv"):
        for what, content in {
            "empty": b"",
            "nul": b"\0" * 100,
            "header": files[name].split(b"\n")[0],
            "repeated columns": files[name].replace(b"basalt", b"iron"),
            "invalid": files[name].replace(b"1", b"\xff"),
            "quote": files[name].replace(b"A1", b'"A1'),
            "mark": b"\xef\xbb\xbf" + files[name],
            "wide": wide,
            "long": files[name] + b"x" * 5_000_000,
        }.items():
            yield f"{name} {what}", lambda n=name, c=content: join({**files, n: c})


def _bundles() -> Iterator[Attack]:
    zeros = bytes(100 * MEBIBYTE)

    def bomb(members: int) -> bytes:
        names = {f"a{i}": zeros for i in range(members)}
        manifest = json.dumps(manifest_of(names))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in names.items():
                archive.writestr(name, content)
            archive.writestr(MANIFEST, manifest)
        return out.getvalue()

    yield "zip bomb", lambda: bomb(2)

    def manifest(raw: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, raw)
        return out.getvalue()

    facts = manifest_of({})
    for name, raw in {
        "bomb": bytes(100 * MEBIBYTE),
        "deep": b"[" * 100_000,
        "deep mapping": b'{"a":' * 100_000,
        "large": b"[" + b"[]," * 5_000_000 + b"1]",
        "huge number": json.dumps(facts).replace("1,", "9" * 5000 + ",", 1).encode(),
        "deep version": json.dumps(facts)
        .replace('"schema_version": 1', '"schema_version": ' + "[" * 900 + "]" * 900)
        .encode(),
    }.items():
        yield f"manifest {name}", lambda r=raw: manifest(r)


def _models() -> Iterator[Attack]:
    files = {k.decode(): v for k, v in split(seeds.model()).items()}
    params = json.loads(files["params.json"])
    for section, key, value in (
        ("bin", "bin_width_celsius", 5e-324),
        ("bin", "bin_width_celsius", 1e-6),
        ("bin", "mz_max", 10**9),
        ("bin", "temperature_max_celsius", 1e308),
        ("conv", "copies", 10**9),
        ("conv", "high_celsius", 1e308),
        ("sequence", "high_celsius", 1e12),
        ("soup", "widths", [10**6, 10**6]),
        ("featurize", "window_high_celsius", 1e300),
    ):
        changed = params | {section: params[section] | {key: value}}
        raw = json.dumps(changed).encode()
        yield f"{section}.{key}", lambda r=raw: join({**files, "params.json": r})
    for name in files:
        for what, content in {
            "empty": b"",
            "deep": b"[" * 100_000,
            "nul": b"\0" * 100,
            "number": b"1",
            "huge": b'{"a": ' + b"9" * 5000 + b"}",
        }.items():
            yield f"{name} {what}", lambda n=name, c=content: join({**files, n: c})


def _heating() -> Iterator[Attack]:
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


ATTACKS: dict[str, Callable[[], Iterator[Attack]]] = {
    "csv": _text,
    "dialects": _text,
    "mzml": _mzml,
    "andi": _andi,
    "packed": _bombs,
    "params": _params,
    "tables": _folders,
    "folder": _folders,
    "bundle": _bundles,
    "model": _models,
    "heating": _heating,
}


def truncated(files: tuple[bytes, ...]) -> Iterator[Attack]:
    """Yield every beginning of every file."""
    for number, content in enumerate(files):
        for end in range(len(content)):
            yield f"seed {number} to {end}", lambda c=content, e=end: c[:e]
