"""A killed run resumes where it was and ends with the same bytes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import SMALL, SMALL_BUDGET

pytestmark = pytest.mark.slow


def start(stage, folder):
    with (folder / "stderr.txt").open("w") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", stage],
            cwd=folder,
            stderr=stderr,
            start_new_session=True,
        )


def run(stage, folder):
    code = start(stage, folder).wait()
    assert code == 0, (folder / "stderr.txt").read_text()


def test_killed_training_resumes_and_ends_the_same(finished, workspace):
    workspace.set(budgets={"quick": SMALL_BUDGET}, **SMALL)
    for stage in ("bin", "featurize", "fold"):
        shutil.copytree(
            finished.folder / "artifacts" / stage, Path("artifacts") / stage
        )
    units = workspace.folder / ".cache" / "gbt"
    process = start("gbt", workspace.folder)
    deadline = time.monotonic() + 120
    while len(list(units.glob("*/*.npz"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in units.glob("*/*.npz")}
    # killed in the middle: some units are done, and the stage has written no result
    assert 3 <= len(kept) < 20
    assert not Path("artifacts/gbt/predictions.parquet").exists()

    run("gbt", workspace.folder)
    # what was finished was not computed again, and the rest came out the same
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    assert contents(Path("artifacts/gbt")) == contents(
        finished.folder / "artifacts" / "gbt"
    )


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in files(folder)}


def files(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def test_a_stage_killed_without_its_workers_resumes_and_ends_the_same(workspace):
    workspace.set(bin={"runs_per_chunk": 4})
    assert workspace.ega("bin").code == 0
    made = workspace.folder / "artifacts" / "bin"
    kept = workspace.folder / ".cache" / "bin"
    expected = contents(made)
    shutil.rmtree(made)
    shutil.rmtree(kept)
    workspace.set(compute={"workers": 2, "backend": "loky"})
    process = start("bin", workspace.folder)
    deadline = time.monotonic() + 120
    while not list(kept.glob("*/*.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    # the first process alone: workers may write a little longer, beside the next start
    process.kill()
    process.wait()
    assert not (made / "runs.parquet").exists()
    workspace.set(compute={"workers": 1, "backend": "threading"})
    # as if a worker had been killed while it wrote
    (next(kept.glob("*")) / ".0123.json.tmp").touch()
    result = workspace.ega("bin")
    assert result.code == 0, result.stderr
    assert contents(made) == expected
    assert not [path for path in files(kept) if path.name.startswith(".")]
