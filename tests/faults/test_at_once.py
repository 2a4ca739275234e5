"""Two commands in one folder at the same time: one works, the other says so."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faulty_machine import assert_done, assert_refused, contents

from pipeline import checksums, paths
from pipeline.locks import hold, only_one


def start(stage):
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", stage],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_start_of_a_stage_is_told_to_wait(small, undisturbed):
    with only_one("bin"):
        result = small.ega("bin")
    assert_refused(result, "stage bin is already running in this folder", "bin.lock")
    assert not Path("artifacts").exists()
    for stage in ("bin", "featurize"):
        assert_done(small.ega(stage))
    assert contents("artifacts") == undisturbed


def test_what_a_stage_reads_is_not_changed_under_it(small, undisturbed):
    assert_done(small.ega("bin"))
    with only_one("featurize"):
        checksums.check(paths.RUNS)
        # Half of the features would be of these grids and half of the next.
        assert_refused(small.ega("bin"), "stage bin", "is read by a stage that runs")
    assert_done(small.ega("bin"))
    with only_one("bin"):
        assert_refused(small.ega("featurize"), "stage bin is already running")
    assert_done(small.ega("featurize"))
    assert contents("artifacts") == undisturbed


def test_stages_that_read_the_same_run_at_once(small):
    assert_done(small.ega("bin"))
    with only_one("gbt"):
        hold("bin")
        # Reading takes nothing from others.
        assert_done(small.ega("featurize"))


def test_commands_that_only_read_lock_nothing(small):
    hold("bin")
    assert not paths.CACHE.exists()


def test_two_processes_at_once(small, undisturbed):
    processes = [start("bin") for _ in range(2)]
    errors = [process.communicate()[1] for process in processes]
    codes = [process.returncode for process in processes]
    # One may come when the other has ended.
    assert 0 in codes
    for code, stderr in zip(codes, errors, strict=True):
        assert "Traceback" not in stderr
        assert code == 0 or "already running in this folder" in stderr
    assert_done(small.ega("featurize"))
    assert contents("artifacts") == undisturbed


def test_a_killed_process_holds_no_lock(small, undisturbed):
    process = start("bin")
    lock = Path(".cache/locks/bin.lock")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if lock.exists() and is_locked(lock):
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    for stage in ("bin", "featurize"):
        assert_done(small.ega(stage))
    assert contents("artifacts") == undisturbed


def is_locked(path):
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@pytest.mark.parametrize("name", ["artifacts/bin/.runs.parquet.x1", "artifacts/.bin.x"])
def test_what_a_killed_stage_left_half_written_is_removed(name, small, undisturbed):
    path = Path(name)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    for stage in ("bin", "featurize"):
        assert_done(small.ega(stage))
    assert contents("artifacts") == undisturbed
