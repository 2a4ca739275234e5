"""A small bundle for tests: its files, its manifest, and what is said of a bad one."""

import hashlib
import json
import zipfile

import numpy as np
import pytest
import safetensors.numpy

from pipeline.errors import EgaError
from pipeline.prediction.bundle import (
    FORMAT,
    MANIFEST,
    SCHEMA_VERSION,
    manifest_checksum,
    open_bundle,
)

WEIGHTS = {"0/a": np.arange(6, dtype=np.float32).reshape(2, 3), "1/b": np.ones(2)}

FILES = {
    "params.json": b'{"seed": 1}\n' * 40,
    "model_card.md": "# Größe\n".encode(),
    "models/gbt.safetensors": safetensors.numpy.save(WEIGHTS),
}

GBT = "models/gbt.safetensors"


def facts(content):
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def manifest_of(files, /, **changes):
    """Return the manifest of files, with fields of it replaced."""
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "program": {"ega-ms": "0.1.0"},
        "labels": ["sulfate", "carbonate"],
        "families": ["gbt"],
        "folds": [[0, 0], [0, 1]],
        "files": {name: facts(content) for name, content in files.items()},
    } | changes


def with_facts(name, **changes):
    """Return a manifest that says something else of one file."""
    files = manifest_of(FILES)["files"]
    return manifest_of(FILES, files=files | {name: files.get(name, {}) | changes})


def write_bundle(path, manifest=None, files=None):
    """Write a bundle; only a `manifest` of bytes is written without a checksum."""
    files = FILES if files is None else files
    manifest = manifest_of(files) if manifest is None else manifest
    if isinstance(manifest, bytes):
        raw = manifest
    else:
        signed = manifest | {"sha256": manifest_checksum(manifest)}
        raw = json.dumps(signed).encode()
    contents = {**files, MANIFEST: raw}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
    else:
        for name, content in contents.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    return path


def listing(folder):
    return sorted(
        (file.relative_to(folder).as_posix(), file.stat().st_size)
        for file in folder.rglob("*")
        if file.is_file()
    )


def shortened(value):
    return ascii(value)[:30]


def assert_refused(path, *words, before=None):
    """Check that the message names the path, what is wrong and a cure."""
    with pytest.raises(EgaError) as caught:
        open_bundle(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "Cure: " in message
    for word in words:
        assert word in message
    if before is not None:
        assert listing(path.parent) == before
