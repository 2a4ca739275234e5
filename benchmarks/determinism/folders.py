"""A working folder of its own for every run of the chain, and stages as processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.determinism.settings import ROOT, STAGES, write_params

# what the program sets itself where nobody else has
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")
_DEADLINE_SECONDS = 1800


@dataclass(frozen=True)
class Folder:
    """A folder with params.yaml and the simulated data, in which `ega` runs."""

    path: Path

    def start(
        self, *command: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start `ega <command>` in a session of its own, so that all can be killed."""
        with (self.path / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "pipeline", *command],
                cwd=self.path,
                env=clean_environment() | dict(environment or {}),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def run(self, *command: str, environment: Mapping[str, str] | None = None) -> float:
        """Run `ega <command>` to its end and return the seconds it took.

        Raises
        ------
        RuntimeError
            It failed; the message has what it said.
        """
        start = time.perf_counter()
        code = self.start(*command, environment=environment).wait(_DEADLINE_SECONDS)
        if code:
            said = (self.path / "log.txt").read_text(errors="replace")[-3000:]
            raise RuntimeError(f"ega {' '.join(command)} ended with {code}:\n{said}")
        return time.perf_counter() - start

    def run_all(
        self,
        stages: Sequence[str] = STAGES,
        environment: Mapping[str, str] | None = None,
    ) -> dict[str, float]:
        """Run stages one after another and return the seconds of each."""
        return {stage: self.run(stage, environment=environment) for stage in stages}

    def units(self, stage: str) -> int:
        """Return how many finished units of work a stage has kept."""
        kept = (self.path / ".cache" / stage).glob("*/[!.]*.*")
        return sum(path.name != "time_spent.json" for path in kept)


def new_folder(path: Path, data: Path | None, **compute: Any) -> Folder:
    """Make a folder; `data` is the folder that holds `simulated`, if there is any."""
    path.mkdir(parents=True)
    write_params(path, **compute)
    if data is not None:
        (path / "data").symlink_to(data, target_is_directory=True)
    return Folder(path)


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would change the program's."""
    kept = {name: value for name, value in os.environ.items() if name not in _THREADS}
    return kept | {"PYTHONPATH": str(ROOT)}
