"""What is installed is locked and listed, and what is built can be built again."""

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from support import REPOSITORY

LOCK = (REPOSITORY / "requirements.lock").read_text()


def test_every_package_is_pinned_with_hashes():
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    packages = [block for block in blocks if not block.startswith("#")]
    assert len(packages) > 100
    for block in packages:
        assert re.match(r"[A-Za-z0-9_.-]+==\S+", block), block[:60]
        assert "--hash=sha256:" in block, block[:60]


def test_all_licences_are_listed(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.syspath_prepend(str(REPOSITORY))
    from tools.list_licences import pinned

    page = (REPOSITORY / "docs" / "dependencies.md").read_text()
    listed = set(re.findall(r"^\| (\S+) \| (\S+) \|", page, re.MULTILINE))
    # cure: make licences
    assert set(pinned()) <= listed


@pytest.mark.skipif(
    not (REPOSITORY / ".git").exists() or not shutil.which("git"),
    reason="the date of a build is that of its commit",
)
def test_two_builds_give_the_same_bytes(tmp_path):
    digests = []
    for name in ("first", "second"):
        source = tmp_path / name
        subprocess.run(
            ["git", "clone", "--quiet", str(REPOSITORY), str(source)], check=True
        )
        subprocess.run(
            [sys.executable, "-m", "tools.build_dist", "--out", "dist"],
            cwd=source,
            check=True,
            capture_output=True,
        )
        built = sorted((source / "dist").iterdir())
        assert [path.suffix for path in built] == [".whl", ".gz"]
        digests.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in built])
        with zipfile.ZipFile(built[0]) as wheel:
            assert "pipeline/templates/run.html.j2" in wheel.namelist()
    assert digests[0] == digests[1]
