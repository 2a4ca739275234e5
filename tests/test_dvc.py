"""`dvc repro` in a copy of the repository, and DVC's reading commands, offline."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import REPOSITORY, SMALL, SMALL_BUDGET, Workspace

from pipeline.plots_page import TEMPLATE, write_plots_page

pytestmark = pytest.mark.slow

DVC = Path(sys.executable).parent / "dvc"


def dvc(folder, *arguments):
    """Run DVC as a user would, with the environment's commands on the path."""
    path = f"{DVC.parent}:/usr/bin:/bin"
    return subprocess.run(
        [DVC, *arguments],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder.parent), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy of what git tracks, small parameters, after `dvc repro`."""
    if not DVC.exists():
        pytest.skip("dvc is not installed beside this Python")
    folder = tmp_path_factory.mktemp("dvc") / "repository"
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, files.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    (folder / "dvc.lock").unlink(missing_ok=True)
    Workspace(folder).set(
        simulate={"runs": 40},
        budgets={"quick": SMALL_BUDGET},
        # each stage is a process of its own: starting workers would be most of the time
        compute={"backend": "threading"},
        **SMALL,
    )
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        [
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.org",
            "commit",
            "-qm",
            "x",
        ],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    write_plots_page(folder / TEMPLATE)
    result = dvc(folder, "repro")
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def test_repro_makes_submission_and_report(repository):
    pages = ("feature_importance.html", "ensemble.html", "evaluation.html")
    for name in ("submission.csv", "metrics.json", "model_card.md", *pages):
        assert (repository / "reports" / name).stat().st_size > 100


def test_second_repro_has_nothing_to_do(repository):
    result = dvc(repository, "repro")
    assert "Running stage" not in result.stdout
    assert "up to date" in result.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("metrics", "show"),
        ("dag",),
        ("dag", "--md"),
        ("stage", "list"),
        ("status",),
    ],
)
def test_reading_commands_work(repository, command):
    result = dvc(repository, *command)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


def test_plots_page_asks_the_network_for_nothing(repository):
    result = dvc(repository, "plots", "show")
    assert result.returncode == 0, result.stderr
    page = (repository / "dvc_plots" / "index.html").read_text()
    assert "observed" in page
    # scripts and styles must be inside the page
    assert not re.findall(r"<(?:script|link)[^>]*(?:src|href)=[\"']http", page)


def test_changed_parameter_shows_in_params_diff(repository):
    original = (repository / "params.yaml").read_text()
    try:
        Workspace(repository).set(stack={"l1": 0.01})
        assert "stack.l1" in dvc(repository, "params", "diff").stdout
    finally:
        (repository / "params.yaml").write_text(original)
