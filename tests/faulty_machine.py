"""Ways to break a workspace, and what every failure must look like."""

import contextlib
import os
import shutil
from pathlib import Path

from data_copy import copy_small
from support import SMALL, SMALL_BUDGET, Workspace, forget, new_workspace


def copy_of(finished, folder):
    """Copy a workspace with its cache; the caller changes to it."""
    shutil.copytree(finished.folder, folder)
    forget()
    return Workspace(folder)


def small_space(simulated, data, folder):
    """Make a workspace of six runs in some chunks; the caller changes to it."""
    space = new_workspace(folder, copy_small(simulated, data).root)
    settings = SMALL | {"bin": {"mz_max": 30, "runs_per_chunk": 3}}
    space.set(budgets={"quick": SMALL_BUDGET}, **settings)
    return space


def contents(*folders):
    """Return the bytes of all files below some folders, temporary ones included."""
    return {
        path.as_posix(): path.read_bytes()
        for folder in folders
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def remove(*folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def flipped(content, position=None):
    """Return the content with one bit changed, in the middle if not said otherwise."""
    changed = bytearray(content)
    changed[len(content) // 2 if position is None else position] ^= 1
    return bytes(changed)


@contextlib.contextmanager
def replaced(path, content):
    """Let a file hold something else for a while, behind its times' back."""
    path = Path(path)
    before, status = path.read_bytes(), path.stat()
    times = (status.st_atime_ns, status.st_mtime_ns)
    try:
        path.write_bytes(content)
        os.utime(path, ns=times)
        yield
    finally:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(before)
        os.utime(path, ns=times)


def assert_refused(result, *words):
    """Check a message: no traceback, exit 1, the words, and a cure."""
    assert result.code == 1, result
    assert "Traceback" not in result.stderr
    # rich may add the lines of progress above
    message = result.stderr[result.stderr.index("error: ") :]
    for word in (*words, "Cure: "):
        assert word in message, message


def ega(space, stage):
    """Run a stage as a process of its own would, with nothing read before."""
    forget()
    return space.ega(stage)


def assert_done(result):
    assert result.code == 0, result.stderr
