"""Temporary files of stages that were killed; see `atomic`."""

from __future__ import annotations

import shutil

from pipeline import paths


def remove_leftovers(stage: str) -> None:
    """Remove what a killed run of a stage left half-written.

    Only of this stage: others may be at work in the same folder.
    """
    folders = (paths.ARTIFACTS / stage, paths.CACHE / stage)
    leftovers = [path for folder in folders for path in folder.rglob(".*")]
    for path in (*folders, *paths.written_elsewhere(stage)):
        leftovers += path.parent.glob(f".{path.name}.*")
    # marks for the workers of a cluster
    leftovers += paths.CLUSTER_MARKS.glob(f"{stage}.*")
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
