"""Two `dvc repro` in one repository, and results of another run in place of ours."""

import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from faulty_machine import contents
from support import REPOSITORY, SMALL, SMALL_BUDGET, Workspace

from pipeline import checksums, paths

pytestmark = pytest.mark.slow

DVC = Path(sys.executable).parent / "dvc"


def start(*arguments):
    """Start DVC in the current folder, with the environment's commands on the path."""
    return subprocess.Popen(
        [DVC, *arguments],
        env={
            "PATH": f"{DVC.parent}:/usr/bin:/bin",
            "HOME": str(Path.cwd().parent),
            "LANG": "C.UTF-8",
            "DVC_NO_ANALYTICS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def dvc(*arguments):
    process = start(*arguments)
    output = process.communicate()[0]
    assert process.returncode == 0, output
    return output


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Change to a copy of the repository with small parameters."""
    if not DVC.exists():
        pytest.skip("dvc is not installed beside this Python")
    folder = tmp_path / "repository"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, check=True)
    for name in filter(None, files.stdout.decode().split("\0")):
        if name != "dvc.lock" and (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    settings = SMALL | {"bin": {"mz_max": 30}}
    Workspace(folder).set(
        simulate={"runs": 40},
        budgets={"quick": SMALL_BUDGET},
        compute={"backend": "threading"},
        **settings,
    )
    monkeypatch.chdir(folder)
    for command in (["git", "init", "-q"], ["git", "add", "params.yaml", "dvc.yaml"]):
        subprocess.run(command, check=True, capture_output=True)
    return folder


def test_two_repros_at_once_and_foreign_results(repository):
    both = [start("repro", "bin") for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]
    codes = [process.returncode for process in both]
    # One of them works; the other may come when it has ended.
    assert 0 in codes, outputs
    for code, output in zip(codes, outputs, strict=True):
        assert "Traceback" not in output
        assert code == 0 or any(
            words in output for words in ("Unable to acquire lock", "busy", "locked")
        ), output
    # Whoever lost starts again; there is nothing to mend by hand.
    assert "up to date" in dvc("repro", "bin")
    result = contents("artifacts/bin")

    # Another run table with a right list: only DVC knows what stage bin wrote.
    table = pl.read_parquet(paths.RUNS)
    table.with_columns(pl.col("row_count") + 1).write_parquet(paths.RUNS)
    checksums.seal("bin")
    assert contents("artifacts/bin") != result
    assert "Running stage 'bin'" in dvc("repro", "bin")
    assert contents("artifacts/bin") == result
