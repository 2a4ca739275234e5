"""Clocks that are wrong or jump: results do not change, and no change is missed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from data_copy import DataCopy
from faulty_machine import assert_done, contents, remove
from support import REPOSITORY

STAGES = ("bin", "featurize")
YEAR = 365.25 * 86400
# 1902, 1980 and 2200
TIMES = [-68 * YEAR, 10 * YEAR, 230 * YEAR]


def run(space, *stages):
    for stage in stages:
        assert_done(space.ega(stage))
    return contents("artifacts")


def set_times(when, *folders):
    for folder in folders:
        for path in Path(folder).rglob("*"):
            os.utime(path, (when, when))


def change(path):
    """Change a run, but neither its size nor its time."""
    status, content = path.stat(), path.read_bytes()
    path.write_bytes(content.replace(b"e-1", b"e-2"))
    assert path.stat().st_size == status.st_size
    assert path.read_bytes() != content
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("when", TIMES)
def test_times_of_files_change_no_result(when, small, undisturbed):
    data = small.params().data.root
    set_times(when, data)
    run(small, *STAGES)
    # records, units, artifacts and lists that seem to be older or newer than all else
    set_times(when, ".cache", "artifacts")
    assert run(small, *STAGES) == undisturbed


# names of tests must not differ between the workers of xdist: 0 is a minute from now
@pytest.mark.parametrize("when", [0.0, *TIMES])
def test_a_record_of_a_wrong_clock_hides_no_change(when, small):
    small.set(bin={"verify_md5": False})
    before = run(small, "bin")
    set_times(when or time.time() + 60, ".cache")
    change(DataCopy(small.params().data.root).path("S0002"))
    changed = run(small, "bin")
    # The time at which the system saw the change can't be set.
    assert changed != before
    remove("artifacts", ".cache")
    assert run(small, "bin") == changed


def test_a_clock_that_jumps_changes_no_result(small, undisturbed, monkeypatch):
    jumps = iter(range(10**9))
    # forth and back by years, at every look
    monkeypatch.setattr(time, "time", lambda: 1e9 + (-1) ** next(jumps) * YEAR)
    assert run(small, *STAGES) == undisturbed


def test_a_process_whose_clock_is_wrong(small, undisturbed, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import time\n"
        "right = time.time\n"
        f"time.time = lambda: right() + {100 * YEAR}\n"
        f"time.time_ns = lambda: int(1e9 * time.time())\n"
    )
    both = (
        "from pipeline import cli\nimport sys\n"
        "for stage in ('bin', 'featurize'):\n"
        "    sys.argv[1:] = [stage]\n"
        "    cli.app(standalone_mode=False)\n"
        "import time; assert time.localtime(time.time()).tm_year > 2100\n"
    )
    path = os.pathsep.join([str(tmp_path), str(REPOSITORY)])
    result = subprocess.run(
        [sys.executable, "-c", both],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert contents("artifacts") == undisturbed
    # and once the clock is right again
    assert run(small, *STAGES) == undisturbed
