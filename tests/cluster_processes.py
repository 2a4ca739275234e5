"""A dask cluster of separate processes on this machine, for tests."""

import json
import os
import signal
import subprocess
import sys
import time

from support import REPOSITORY

# one thread: what a nanny sets for its workers; these have none
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}
DEADLINE_SECONDS = 120


class Cluster:
    """A scheduler and workers, each a process that dies with the test."""

    def __init__(self, folder):
        self.folder = folder
        self.port = 0
        self.scheduler = None
        self.workers = []

    @property
    def address(self):
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, n_workers):
        """Start a scheduler, on the port it had before if any, and workers."""
        note = self.folder / "scheduler.json"
        note.unlink(missing_ok=True)
        self.scheduler = self._run(
            "scheduler",
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *("--no-dashboard", "--dashboard-address", "127.0.0.1:0"),
            *("--scheduler-file", str(note)),
        )
        wait_until(lambda: _address(note))
        self.port = int(_address(note).rpartition(":")[2])
        for _ in range(n_workers):
            self.add_worker()

    def add_worker(self, **environment):
        """Start a worker, which joins later; return its process."""
        worker = self._run(
            *("worker", self.address, "--host", "127.0.0.1", "--no-nanny"),
            *("--nthreads", "1", "--memory-limit", "0", "--no-dashboard"),
            *("--local-directory", str(self.folder), "--death-timeout", "60"),
            **environment,
        )
        self.workers.append(worker)
        return worker

    def stop(self):
        """Kill everything, also what has started but not joined."""
        for process in (self.scheduler, *self.workers):
            if process is not None:
                kill(process)
        self.workers.clear()

    def log(self):
        """Return what all processes said, for a test that failed."""
        return (self.folder / "log.txt").read_text()

    def _run(self, *arguments, **environment):
        with (self.folder / "log.txt").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                # not the folder of any stage: a worker has to go there
                cwd=self.folder,
                env={**os.environ, **ENVIRONMENT, **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def kill(process):
    """End a process, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(DEADLINE_SECONDS)


def start_stage(stage, folder):
    """Start a stage as the shell would; `finish` waits for it."""
    with (folder / "stderr.txt").open("w") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", stage],
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            stderr=stderr,
            start_new_session=True,
        )


def finish(process, folder):
    """Return exit code and stderr; a stage that hangs is killed and fails the test."""
    try:
        code = process.wait(DEADLINE_SECONDS)
    except subprocess.TimeoutExpired:
        kill(process)
        raise
    return code, (folder / "stderr.txt").read_text()


def wait_until(condition):
    """Wait until something is true."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("a condition of the test was not met in time")
        time.sleep(0.02)


def _address(note):
    try:
        return json.loads(note.read_text())["address"]
    except (OSError, ValueError):
        return ""
