"""Models of one outer fold as text files in one zip archive."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from pipeline.artifacts import read_bytes
from pipeline.atomic import write_bytes


def write_archive(path: Path, texts: dict[str, bytes]) -> None:
    """Write named texts; the same texts give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in sorted(texts.items()):
            # a fixed date: archives must not differ because of when they were made
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text, compresslevel=1)
    write_bytes(path, content.getvalue())


def read_archive(path: Path) -> dict[str, bytes]:
    """Return the named texts of an archive.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
