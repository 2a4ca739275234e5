"""A disk that is full at any moment: a message, nothing half-written, nothing lost."""

import math
import shutil
import subprocess
from pathlib import Path

import pytest
from faulty_machine import (
    assert_done,
    assert_refused,
    contents,
    copy_of,
    ega,
    remove,
    small_space,
)

KIBIBYTE = 1024


def steps(factor):
    """Return amounts of free space, from nothing to more than any stage writes."""
    count = math.ceil(math.log(64 * KIBIBYTE / 4, factor))
    return [0, *(int(4 * KIBIBYTE * factor**step) for step in range(count))]


def mounted(folder, mebibytes):
    command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "tmpfs"]
    try:
        done = subprocess.run([*command, folder], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@pytest.fixture
def disk(tmp_path):
    """Return a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted(folder, 80):
        pytest.skip(
            "may not mount a small disk: run as root, or `unshare -rm python -m pytest "
            "tests/faults/test_disk_full.py`"
        )
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def leave(disk, free):
    """Fill the disk but for some bytes."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    with filler.open("wb") as file:
        file.truncate(0)
        size = max(shutil.disk_usage(disk).free - free, 0)
        block = bytes(1 << 20)
        for start in range(0, size, len(block)):
            file.write(block[: size - start])


def run_on_a_filling_disk(space, disk, stage, expected, factor):
    """Run a stage with more and more space; return how often it was too little."""
    failures = 0
    for free in steps(factor):
        leave(disk, free)
        result = ega(space, stage)
        (disk / "filler").unlink()
        if result.code == 0:
            break
        failures += 1
        assert_refused(result, "No space left on device", "free space on that disk")
        # The file that could not be written is named.
        assert any(f"error: {top}" in result.stderr for top in expected), result.stderr
        leftovers = [p for top in expected for p in Path(top).rglob(".*")]
        assert leftovers == []
    assert_done(result)
    return failures


@pytest.fixture
def small_on_disk(disk, simulated, tmp_path, monkeypatch):
    space = small_space(simulated, tmp_path / "data", disk / "small")
    monkeypatch.chdir(space.folder)
    return space


def test_first_stages_on_a_disk_that_is_full(small_on_disk, disk, undisturbed):
    space = small_on_disk
    for stage in ("bin", "featurize"):
        tops = ("artifacts", ".cache")
        assert run_on_a_filling_disk(space, disk, stage, tops, factor=1.5) > 5
    # Data lies elsewhere, so only the folder of the copy differs.
    assert contents("artifacts") == undisturbed


def test_a_full_disk_keeps_what_was_there(small_on_disk, disk, undisturbed):
    for stage in ("bin", "featurize"):
        assert_done(small_on_disk.ega(stage))
    for stage in ("bin", "featurize"):
        leave(disk, 0)
        assert_refused(small_on_disk.ega(stage), "No space left on device")
        (disk / "filler").unlink()
        # Older results stay readable: nothing is deleted before its successor is there.
        assert contents("artifacts") == undisturbed


def test_later_stages_on_a_disk_that_is_full(finished, disk, monkeypatch):
    space = copy_of(finished, disk / "copied")
    monkeypatch.chdir(space.folder)
    original = contents("artifacts", "reports")
    pages = ("evaluation.html", "feature_importance.html", "feature_importance.csv")
    for stage, outputs in (
        ("gbt", ["artifacts/gbt"]),
        ("export", ["artifacts/export"]),
        ("report", [f"reports/{name}" for name in pages]),
    ):
        for output in outputs:
            if Path(output).is_dir():
                remove(output)
            else:
                Path(output).unlink()
        tops = ("artifacts", "reports", ".cache")
        assert run_on_a_filling_disk(space, disk, stage, tops, factor=3) > 2
    now = contents("artifacts", "reports")
    # the page tells how long the stages took
    del now["reports/ensemble.html"], original["reports/ensemble.html"]
    assert now == original


def test_a_disk_that_is_made_read_only(small_on_disk, disk, undisturbed):
    assert_done(small_on_disk.ega("bin"))
    before = contents("artifacts")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        for stage in ("bin", "featurize"):
            result = small_on_disk.ega(stage)
            assert_refused(result, "Read-only file system", "make that disk writable")
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    assert contents("artifacts") == before
    for stage in ("bin", "featurize"):
        assert_done(small_on_disk.ega(stage))
    assert contents("artifacts") == undisturbed
