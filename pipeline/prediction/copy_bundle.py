"""A bundle -> a copy elsewhere, as a folder or as one archive."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from pipeline.atomic import new_folder, replacing
from pipeline.errors import EgaError


def copy_bundle(source: Path, target: Path) -> None:
    """Copy the folder `source` to `target`, which becomes a zip if it ends so."""
    if source.resolve() in target.resolve().parents:
        raise EgaError(
            f"{target} lies in {source}, which is to be copied. Cure: name a place "
            "outside."
        )
    files = sorted(path for path in source.rglob("*") if path.is_file())
    if target.suffix.lower() == ".zip":
        with replacing(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            for path in files:
                # weights hardly shrink, and what is only stored is read faster; a fixed
                # date, so that the same bundle gives the same archive
                entry = zipfile.ZipInfo(
                    path.relative_to(source).as_posix(), (1980, 1, 1, 0, 0, 0)
                )
                archive.writestr(entry, path.read_bytes())
    else:
        with new_folder(target) as temporary:
            shutil.copytree(source, temporary, dirs_exist_ok=True)
