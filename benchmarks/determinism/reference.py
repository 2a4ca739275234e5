"""The chain with one worker, which everything else is compared with."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.determinism.contents import Digests, digests
from benchmarks.determinism.folders import Folder, new_folder
from benchmarks.determinism.settings import STAGES


@dataclass
class Reference:
    """What each stage wrote, and how long it took.

    Attributes
    ----------
    folder : Folder
        Where it ran.
    data : Path
        The folder that holds `simulated`.
    seconds : dict[str, float]
        Wall time of each stage.
    outputs : dict[str, Digests]
        Files that each stage wrote.
    """

    folder: Folder
    data: Path
    seconds: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, Digests] = field(default_factory=dict)

    def files(self, *, before: str = "", upto: str = "") -> Digests:
        """Return what the stages before one, or up to one, have written; else all."""
        end = len(STAGES)
        if before or upto:
            end = STAGES.index(before or upto) + bool(upto)
        found: Digests = {}
        for stage in STAGES[:end]:
            found |= self.outputs[stage]
        return found

    def prepared(self, path: Path, stage: str, **compute: Any) -> Folder:
        """Make a folder with all that a stage reads, and nothing kept of itself."""
        folder = new_folder(path, self.data, **compute)
        for name in self.files(before=stage):
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder.path / name, path / name)
        return folder


def make_reference(root: Path) -> Reference:
    """Simulate the data and run the chain with one worker.

    Raises
    ------
    RuntimeError
        Two stages write the same file, or one fails.
    """
    folder = new_folder(root / "reference", None, workers=1, backend="loky")
    folder.run("simulate")
    reference = Reference(folder, folder.path / "data")
    known: Digests = {}
    for stage in STAGES:
        reference.seconds[stage] = folder.run(stage)
        now = digests(folder)
        changed = [name for name in known if now.get(name) != known[name]]
        if changed:
            raise RuntimeError(f"stage {stage} changed files of others: {changed}")
        reference.outputs[stage] = {
            name: digest for name, digest in now.items() if name not in known
        }
        known = now
    return reference
