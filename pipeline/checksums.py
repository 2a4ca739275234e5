"""A checksum guards every artifact that is read back.

A stage that ends well lists the SHA-256 of its files in `artifacts/<stage>/SHA256SUMS`,
in the form that `sha256sum --check` reads. A stage that is stopped leaves the earlier
list, so what it had replaced by then is not taken for a result.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pipeline import paths
from pipeline.atomic import write_text
from pipeline.errors import EgaError, shorten
from pipeline.leftovers import remove_leftovers
from pipeline.locks import hold

LIST = "SHA256SUMS"
_DIGITS = 64
# what nothing reads back, and the bundle of export, which has a list of its own
_UNGUARDED = frozenset({"simulate", "export", "pages", "report", "submit"})
# digests by file, times of change and size: no file is hashed twice
_known: dict[tuple[str, int, int, int], str] = {}


@contextlib.contextmanager
def sealed(stage: str) -> Iterator[None]:
    """List the checksums of what a stage writes, if it ends well."""
    remove_leftovers(stage)
    yield
    if stage not in _UNGUARDED:
        seal(stage)


def seal(stage: str) -> None:
    """Write the list of a stage whose files are complete."""
    folder = paths.ARTIFACTS / stage
    files = [path for path in folder.rglob("*") if path.is_file()]
    reports = [path for path in paths.READ_BACK.get(stage, ()) if path.is_file()]
    lines = [
        f"{digest(path)}  {path.as_posix()}\n"
        for path in sorted([*files, *reports])
        if path.name != LIST
    ]
    write_text(_list(stage), "".join(lines))


def check(path: Path) -> None:
    """Compare a file with the list of its stage.

    Raises
    ------
    EgaError
        The stage has not finished, did not write the file, or wrote other bytes.
    OSError
        The file can't be read.
    """
    stage = stage_of(path)
    # first: of a missing file, that it is missing is all there is to say
    got = digest(path)
    expected = _listed(stage).get(path.as_posix())
    if got != expected:
        what = (
            f"is not on the list of stage {stage}"
            if expected is None
            else f"has the SHA-256 {got[:12]}..., expected {expected[:12]}..."
        )
        raise EgaError(
            f"{path} {what}: it was changed or damaged after stage {stage} wrote it. "
            f"Cure: delete it and run `dvc repro {stage}` (or `ega {stage}`)."
        )


def stage_of(path: Path) -> str:
    """Return the stage that writes a file."""
    if path.parts[0] == paths.ARTIFACTS.name:
        return path.parts[1]
    for stage, files in paths.READ_BACK.items():
        if path in files:
            return stage
    raise ValueError(f"{path} is written by no stage")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits; unchanged files are known."""
    key = _key(path)
    if key not in _known:
        with path.open("rb") as file:
            _known[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _known[key]


def remember(path: Path, sha256: str) -> None:
    """Take the digest of a file from who wrote it."""
    _known[_key(path)] = sha256


def _key(path: Path) -> tuple[str, int, int, int]:
    status = path.stat()
    # nobody can set back the second time
    changed = status.st_mtime_ns, status.st_ctime_ns
    return str(path.absolute()), *changed, status.st_size


def _list(stage: str) -> Path:
    return paths.ARTIFACTS / stage / LIST


def _listed(stage: str) -> dict[str, str]:
    hold(stage)
    path = _list(stage)
    cure = f"Cure: run `dvc repro {stage}` (or `ega {stage}`)."
    try:
        return _parsed(*_key(path))
    except FileNotFoundError:
        raise EgaError(
            f"{path} is missing: stage {stage} has not finished here. {cure}"
        ) from None
    except ValueError as error:
        raise EgaError(f"{path} is damaged: {error}. {cure}") from None


@lru_cache(maxsize=32)
def _parsed(name: str, *_state: int) -> dict[str, str]:
    listed = {}
    for line in Path(name).read_text(encoding="utf-8").splitlines():
        sha256, space, path = line.partition("  ")
        if not space or len(sha256) != _DIGITS:
            raise ValueError(f"expected a checksum and a file, got {shorten(line)!r}")
        listed[path] = sha256
    return listed
