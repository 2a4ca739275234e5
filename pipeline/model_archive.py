"""Models of one outer fold as text files in one zip archive."""

from __future__ import annotations

import zipfile
from pathlib import Path

from pipeline.atomic import replacing


def write_archive(path: Path, texts: dict[str, bytes]) -> None:
    """Write named texts; the same texts give the same bytes."""
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, text in sorted(texts.items()):
            # a fixed date: archives must not differ because of when they were made
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text, compresslevel=1)


def read_archive(path: Path) -> dict[str, bytes]:
    """Return the named texts of an archive."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
