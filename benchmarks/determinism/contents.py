"""What a chain wrote: digests of all files, differences, and what stayed behind."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.determinism.folders import Folder

_WRITTEN = ("artifacts", "reports")
# files that hold wall times, which no two runs share: compared without them
TIMED = {"reports/ensemble.html": "says how long the training of each family took"}
_TIME = re.compile(
    rb"(at least )?\b(under 1 s|\d+ s|\d+ min|\d+ h \d+ min|not measured)\b"
)

Digests = dict[str, str]


def digests(folder: Folder, below: Sequence[str] = _WRITTEN) -> Digests:
    """Return the SHA-256 of every file below some folders, hidden or not."""
    return {
        path.relative_to(folder.path).as_posix(): _digest(folder, path)
        for name in below
        for path in sorted((folder.path / name).rglob("*"))
        if path.is_file()
    }


def _digest(folder: Folder, path: Path) -> str:
    content = path.read_bytes()
    if path.relative_to(folder.path).as_posix() in TIMED:
        content = _TIME.sub(b"some time", content)
    return hashlib.sha256(content).hexdigest()


def differences(expected: Mapping[str, str], got: Mapping[str, str]) -> list[str]:
    """Say which files differ, are missing or were not expected."""
    found = []
    for name in sorted({*expected, *got}):
        if name not in got:
            found.append(f"{name} is missing")
        elif name not in expected:
            found.append(f"{name} was not expected")
        elif expected[name] != got[name]:
            found.append(f"{name} differs")
    return found


def leftovers(folder: Folder) -> list[str]:
    """Return temporary files: their names begin with a dot."""
    return [
        path.relative_to(folder.path).as_posix()
        for name in (*_WRITTEN, ".cache")
        for path in sorted((folder.path / name).rglob(".*"))
    ]
