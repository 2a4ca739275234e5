"""Builds sdist and wheel; the same commit gives the same bytes on every machine.

`python -m tools.build_dist [--out dist]`, from the root of the repository.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

from setuptools import build_meta


def main() -> None:
    """Write both files and print their SHA-256."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("dist"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    epoch = commit_time()
    # read by the builder of wheels
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    wheel = arguments.out / build_meta.build_wheel(str(arguments.out.absolute()))
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / build_meta.build_sdist(folder)
        sdist = arguments.out / raw.name
        repack(raw, sdist, epoch)
    for path in (wheel, sdist):
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path)


def commit_time() -> int:
    """Return when the last commit was made, in seconds since 1970."""
    shown = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], check=True, capture_output=True, text=True
    )
    return int(shown.stdout)


def repack(source: Path, target: Path, epoch: int) -> None:
    """Write a .tar.gz anew: sorted, without owners, times and gzip's own date."""
    with (
        tarfile.open(source) as old,
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            member.mtime = epoch
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)


if __name__ == "__main__":
    main()
