"""Model bundles made to harm: zip bombs, nesting, settings that fill the memory."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.attack import MEBIBYTE, Attack
from benchmarks.fuzzing.sections import join, split
from benchmarks.fuzzing.small_model import manifest_of
from pipeline.prediction.bundle import MANIFEST


def bundle_attacks() -> Iterator[Attack]:
    """Yield bundles, as they lie on the disk."""
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


def model_attacks() -> Iterator[Attack]:
    """Yield bundles with checked sums, so that what is inside is read."""
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
