"""Folders and files without rights: a message that names them, and nothing changed."""

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from faulty_machine import assert_done, assert_refused, contents, small_space

NOBODY = 65534
DENIED = ("Permission denied", "grant this user access to it")


@contextlib.contextmanager
def as_nobody():
    """Work without the rights of root, whom no permission stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def place():
    """Return a folder that anybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="ega-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def space(place, simulated, monkeypatch):
    """A workspace of six runs with results of stage bin, owned by the user."""
    space = small_space(simulated, place / "data", place / "small")
    monkeypatch.chdir(space.folder)
    assert_done(space.ega("bin"))
    if os.geteuid() == 0:
        for path in (place, *place.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    return space


@contextlib.contextmanager
def forbidden(path, mode):
    before = stat.S_IMODE(path.stat().st_mode)
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


def finish(space, undisturbed):
    """Run both stages with all rights and compare."""
    with as_nobody():
        for stage in ("bin", "featurize"):
            assert_done(space.ega(stage))
    assert contents("artifacts") == undisturbed


@pytest.mark.parametrize("name", ["artifacts", ".cache", "artifacts/bin", ".cache/bin"])
def test_a_folder_without_write_access(name, space, undisturbed):
    before = contents("artifacts")
    # new settings, so that everything is to be written
    shutil.rmtree(".cache/bin")
    Path(".cache/bin").mkdir()
    os.chown(".cache/bin", *(Path(".cache").stat()[4:6]))
    with forbidden(Path(name), 0o500), as_nobody():
        results = [space.ega(stage) for stage in ("bin", "featurize")]
    failed = [result for result in results if result.code]
    assert failed
    for result in failed:
        assert_refused(result, f"error: {name}", *DENIED)
    assert before.items() <= contents("artifacts").items()
    finish(space, undisturbed)


@pytest.mark.parametrize("name", ["runs.parquet", "axes.json", "SHA256SUMS"])
def test_a_file_that_may_not_be_read(name, space, undisturbed):
    path = Path("artifacts/bin") / name
    with forbidden(path, 0), as_nobody():
        assert_refused(space.ega("featurize"), name, "Permission denied")
    finish(space, undisturbed)


def test_a_run_that_may_not_be_read(space, place, undisturbed):
    (run,) = place.glob("data/*/S0002.csv")
    with forbidden(run, 0), as_nobody():
        assert_refused(space.ega("bin"), run.name, "Permission denied", "expected")
    finish(space, undisturbed)


def test_parameters_that_may_not_be_read(space):
    with forbidden(space.params_file, 0), as_nobody():
        assert_refused(space.ega("bin"), "params.yaml", "Permission denied")


def test_a_cache_entry_that_may_not_be_read_is_made_again(space, undisturbed):
    (record, *_) = Path(".cache/bin").glob("*/*.json")
    record.chmod(0)
    finish(space, undisturbed)


def test_files_without_write_access_are_replaced(space, undisturbed):
    for path in Path("artifacts").rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    # The folder decides: results are renamed into place, never written over.
    finish(space, undisturbed)


def test_a_lock_of_another_user_is_named(space, undisturbed):
    lock = Path(".cache/locks/bin.lock")
    with forbidden(lock, 0), as_nobody():
        assert_refused(space.ega("bin"), str(lock), *DENIED)
    finish(space, undisturbed)
