"""A model bundle: one folder or zip archive with all that a prediction needs.

It holds numbers and text only (safetensors, JSON, CSV, Markdown), nothing that is
executed when it is read. `manifest.json` names every file with its size and SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from pipeline.errors import EgaError, shorten

FORMAT = "ega-ms model"
# raised whenever an older program would misread a newer bundle, or the reverse
SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
# files of a bundle; families have models/<family>.safetensors beside these
PARAMS = "params.json"
DICTIONARY = "feature_dictionary.csv"
MODEL_CARD = "model_card.md"
TRAINING_RUNS = "training_runs.csv"
TRAINING_INPUTS = "training_inputs.safetensors"
KNOWLEDGE = "knowledge.json"
RELIABILITY = "reliability.csv"
BLENDS = "blends.json"
# larger is none of ours
_MOST_MANIFEST_BYTES, _MOST_FILE_BYTES = 1 << 20, 1 << 40
# weights hardly shrink, so an archive unpacks to little more than its size
_FREE_BYTES, _BYTES_PER_PACKED_BYTE = 64 << 20, 4
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
# what reading a damaged folder or archive may raise
_UNREADABLE = (
    OSError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
)


def models_file(family: str) -> str:
    """Return the name of the file with a family's models."""
    return f"models/{family}.safetensors"


def manifest_checksum(manifest: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest's content but for its entry `sha256`."""
    content = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """An opened bundle, every file checked against the manifest.

    Attributes
    ----------
    path : Path
    manifest : dict
    """

    path: Path
    manifest: dict[str, Any]
    _contents: dict[str, bytes]

    @property
    def labels(self) -> tuple[str, ...]:
        """The compounds, in the order of all label axes."""
        return tuple(self.manifest["labels"])

    @property
    def families(self) -> tuple[str, ...]:
        """The model families, in the order of all family axes."""
        return tuple(self.manifest["families"])

    @cached_property
    def folds(self) -> tuple[tuple[int, int], ...]:
        """(repeat, fold) of each set of models, in the order of all fold axes."""
        return tuple((int(r), int(f)) for r, f in self.manifest["folds"])

    def has(self, name: str) -> bool:
        """Return whether the bundle holds a file."""
        return name in self._contents

    def text(self, name: str) -> str:
        """Return a file as text."""
        return self._contents[name].decode("utf-8")

    def json(self, name: str) -> Any:
        """Return a file as JSON."""
        return json.loads(self.text(name))

    def data(self, name: str) -> bytes:
        """Return a file as it is."""
        return self._contents[name]

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """Return the named arrays of a safetensors file."""
        return safetensors.numpy.load(self._contents[name])


def open_bundle(path: Path) -> Bundle:
    """Read and check a bundle.

    Raises
    ------
    EgaError
        There is none, it is of another schema version, or a file is missing or
        damaged. Files that the manifest does not name are not looked at.
    """
    try:
        with _reader(path) as read:
            manifest = _manifest(path, read(MANIFEST, None))
            _check_total(path, manifest)
            contents = {
                name: _checked(path, name, facts, read(name, facts["bytes"]))
                for name, facts in manifest["files"].items()
            }
    except _UNREADABLE as error:
        raise _damaged(path, str(error)) from error
    return Bundle(path, manifest, contents)


@contextmanager
def explained(bundle: Bundle) -> Iterator[None]:
    """Make an EgaError of whatever goes wrong with a bundle's content.

    A bundle with right checksums may still hold arrays of wrong shapes, if somebody
    made it so.
    """
    # imported on demand: files are checked while it is imported elsewhere
    from polars.exceptions import PolarsError

    wrong = (AttributeError, LookupError, ValueError, RuntimeError, TypeError)
    size = (ArithmeticError, MemoryError)
    try:
        yield
    except (*wrong, *size, PolarsError) as error:
        what = f"{type(error).__name__}: {error}"
        raise _damaged(bundle.path, what) from error
    except safetensors.SafetensorError as error:
        raise _damaged(bundle.path, str(error)) from error


@contextmanager
def _reader(path: Path) -> Iterator[Callable[[str, int | None], bytes]]:
    """Yield a function (name, size) -> bytes; None allows the size of a manifest.

    Nothing is read of a file that has another size.
    """

    def check(name: str, found: int, size: int | None) -> None:
        if size is None and found > _MOST_MANIFEST_BYTES:
            raise _damaged(path, f"{name} has {found:,} bytes")
        if size is not None and found != size:
            raise _damaged(
                path, f"{name} has {found:,} bytes, {MANIFEST} says {size:,}"
            )

    if path.is_dir():

        def read_file(name: str, size: int | None) -> bytes:
            try:
                with (path / name).open("rb") as file:
                    check(name, os.fstat(file.fileno()).st_size, size)
                    return file.read()
            except FileNotFoundError as error:
                raise _damaged(path, f"{name} is missing") from error

        yield read_file
    elif path.is_file():
        with zipfile.ZipFile(path) as archive:

            def read_member(name: str, size: int | None) -> bytes:
                try:
                    check(name, archive.getinfo(name).file_size, size)
                except KeyError as error:
                    raise _damaged(path, f"{name} is missing") from error
                return archive.read(name)

            yield read_member
    else:
        raise EgaError(
            f"{path}: no model there; expected a folder or a .zip that `ega export` "
            "made. Cure: train one with `dvc repro`, or name another with --model."
        )


def _manifest(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(raw)
        kind, version = manifest["format"], manifest["schema_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"{MANIFEST} is not one") from error
    if kind != FORMAT:
        raise _damaged(path, f"its format is {shorten(kind)}, not {FORMAT!r}")
    if version != SCHEMA_VERSION:
        raise EgaError(
            f"{path}: the model has schema version {shorten(version)}; this program "
            f"reads version {SCHEMA_VERSION}. Cure: use the version of the program "
            f"that made it ({shorten(manifest.get('program'))}), or export the model "
            "again."
        )
    got, expected = manifest.get("sha256"), manifest_checksum(manifest)
    if got != expected:
        raise _damaged(
            path,
            f"{MANIFEST} has checksum {expected[:12]}..., it says {shorten(got, 20)}",
        )
    _check_entries(path, manifest)
    return manifest


def _check_entries(path: Path, manifest: dict[str, Any]) -> None:
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise _damaged(path, f"{MANIFEST} lists no files")
    for name, facts in files.items():
        if not _PLAIN_NAME.fullmatch(name) or len(name) > 200:
            raise _damaged(path, f"{MANIFEST} names a file outside: {shorten(name)}")
        size = facts.get("bytes") if isinstance(facts, dict) else None
        if not isinstance(size, int) or not 0 <= size <= _MOST_FILE_BYTES:
            raise _damaged(path, f"{MANIFEST} gives no possible size of {name}")
    for key in ("labels", "families", "folds"):
        if not isinstance(manifest.get(key), list) or not manifest[key]:
            raise _damaged(path, f"{MANIFEST} has no {key}")


def _check_total(path: Path, manifest: dict[str, Any]) -> None:
    """Refuse an archive of some kilobytes that would unpack to gigabytes."""
    total = sum(facts["bytes"] for facts in manifest["files"].values())
    if path.is_file():
        most = _FREE_BYTES + _BYTES_PER_PACKED_BYTE * path.stat().st_size
        if total > most:
            raise _damaged(path, f"it unpacks to {total:,} bytes")


def _checked(path: Path, name: str, facts: dict[str, Any], data: bytes) -> bytes:
    digest = hashlib.sha256(data).hexdigest()
    if digest != facts.get("sha256"):
        raise _damaged(
            path,
            f"{name} has checksum {digest[:12]}..., "
            f"{MANIFEST} says {shorten(facts.get('sha256'), 20)}",
        )
    return data


def _damaged(path: Path, what: str) -> EgaError:
    return EgaError(
        f"{path}: the model is damaged or no model: {what}. Cure: copy it again, or "
        "make it anew with `ega export`."
    )
