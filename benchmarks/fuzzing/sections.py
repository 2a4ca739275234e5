"""Several files as one text, so that one mutation can hit any of them."""

from __future__ import annotations

import re

_HEAD = re.compile(rb"\n=== ([^\n]{1,80})\n")


def join(files: dict[str, bytes]) -> bytes:
    """Return all files, each under a line with its name."""
    return b"".join(b"\n=== %s\n%s" % (name.encode(), f) for name, f in files.items())


def split(data: bytes) -> dict[bytes, bytes]:
    """Return the files of `join`, as far as their heads are still there."""
    _, *parts = _HEAD.split(data)
    return dict(zip(parts[::2], parts[1::2], strict=True))
