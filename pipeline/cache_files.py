"""Files below `.cache/` that end with a checksum of their name and content.

What is kept there is read back without being made again, so a flipped bit must not pass
for a result. A file of another name, put in its place, is none either.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.atomic import replacing

_SEPARATOR = b"\n"
_DIGITS = 64


def write_kept(path: Path, content: bytes | memoryview) -> None:
    """Write a file and its checksum, whole or not at all.

    The content is not copied: the state of a large network is several gigabytes.
    """
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(content)
        file.write(_SEPARATOR + _checksum(path, content))


def read_kept(path: Path) -> bytes:
    """Return the content of a file.

    Raises
    ------
    OSError
        It is missing or can't be read.
    ValueError
        It is damaged, or was written under another name.
    """
    stored = path.read_bytes()
    content = stored[: -_DIGITS - len(_SEPARATOR)]
    if stored[len(content) :] != _SEPARATOR + _checksum(path, content):
        raise ValueError(f"{path} has another checksum than it was written with")
    return content


def _checksum(path: Path, content: bytes | memoryview) -> bytes:
    # the folder is named after what the content depends on
    digest = hashlib.sha256(f"{path.parent.name}/{path.name}\n".encode())
    digest.update(content)
    return digest.hexdigest().encode()
