"""Stages on a real cluster of processes: the same bytes, whatever happens to it."""

import os
import shutil
import sys

import pytest
from cluster_processes import Cluster, finish, kill, start_stage, wait_until
from support import SMALL, SMALL_BUDGET, STAGES, new_workspace

from pipeline import bin as bin_stage
from pipeline import (
    conv,
    featurize,
    gbt,
    kernel,
    linear,
    parallel,
    paths,
    sequence,
    soup,
)
from pipeline import family as family_runner
from pipeline.cluster import cluster_results, connected, wait_for_workers
from pipeline.cluster_worker import pack
from pipeline.errors import EgaError

pytestmark = pytest.mark.slow
BEFORE_TRAINING = STAGES[: STAGES.index("gbt")]


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """Return a cluster with two workers."""
    machines = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        machines.start(2)
        yield machines
    finally:
        machines.stop()


@pytest.fixture
def space(tmp_path, monkeypatch, simulated, machines):
    """Change to a new folder whose params.yaml names the cluster."""
    space = new_workspace(tmp_path / "workspace", simulated)
    space.set(budgets={"quick": SMALL_BUDGET}, **SMALL)
    space.set(compute={"backend": "dask", "scheduler": machines.address})
    monkeypatch.chdir(space.folder)
    return space


@pytest.fixture
def featurized(space, finished):
    """Give the folder what training needs."""
    for stage in BEFORE_TRAINING:
        shutil.copytree(
            finished.folder / "artifacts" / stage, space.folder / "artifacts" / stage
        )
    return space


def contents(space, *stages):
    return {
        path.relative_to(space.folder): path.read_bytes()
        for stage in stages
        for path in sorted((space.folder / "artifacts" / stage).rglob("*"))
        if path.is_file()
    }


def units(space):
    return list((space.folder / ".cache" / "gbt").glob("*/*.npz"))


def test_a_cluster_writes_the_bytes_of_this_machine(space, finished):
    # stage gbt is that of the next test
    stages = (*BEFORE_TRAINING, "linear")
    for stage in stages:
        result = space.ega(stage)
        assert result.code == 0, result.stderr
    # results that depend on where they were computed could not be checked by anyone
    assert contents(space, *stages) == contents(finished, *stages)
    # and nothing of the cluster stays behind
    assert not list((space.folder / ".cache" / "cluster").iterdir())


def test_a_lost_scheduler_and_a_killed_worker_cost_nothing_but_time(
    featurized, finished, machines
):
    process = start_stage("gbt", featurized.folder)
    wait_until(lambda: len(units(featurized)) >= 3)
    machines.stop()
    code, stderr = finish(process, featurized.folder)
    assert code == 1
    assert machines.address in stderr
    assert "Cure: start it" in stderr
    # one message: neither a traceback nor what dask logs
    assert "Traceback" not in stderr
    assert "distributed." not in stderr
    kept = {path: path.stat().st_mtime_ns for path in units(featurized)}
    assert 3 <= len(kept) < 20
    assert not contents(featurized, "gbt")

    machines.start(2)
    process = start_stage("gbt", featurized.folder)
    wait_until(lambda: len(units(featurized)) >= len(kept) + 2)
    kill(machines.workers.pop(0))
    # killed in the middle
    assert len(units(featurized)) < 20
    code, stderr = finish(process, featurized.folder)
    assert code == 0, stderr
    # what was finished was not computed again, and the rest came out the same
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    assert contents(featurized, "gbt") == contents(finished, "gbt")


class MeasuredError(Exception):
    """Ends a stage before it does anything."""


@pytest.mark.parametrize(
    ("stage", "sender"),
    [
        (bin_stage, parallel),
        (featurize, parallel),
        *((stage, family_runner) for stage in (gbt, linear, kernel)),
        *((stage, family_runner) for stage in (conv, sequence, soup)),
    ],
)
def test_a_task_is_small(stage, sender, inside, tmp_path, monkeypatch):
    # nothing is kept there, so everything is a task
    monkeypatch.setattr(paths, "CACHE", tmp_path)
    sizes = []

    def measure(_compute, _title, function, tasks, **_):
        for task in tasks:
            sizes.append(sum(len(frame) for frame in pack(function, task).frames))
        raise MeasuredError

    monkeypatch.setattr(sender, "fan_out", measure)
    with pytest.raises(MeasuredError):
        stage.run(inside.params())
    # arrays are read by path: sent with every task, they would choke the scheduler
    assert 0 < max(sizes) < 64 << 10


def test_results_come_in_order_from_all_workers(space, machines):
    results = list(cluster_results(machines.address, "abs", abs, [-3, 2, -1] * 30))
    assert results == [3, 2, 1] * 30


def test_an_error_of_a_task_comes_back_as_it_is(space, machines):
    # pickled by name: workers know the program, not its tests
    results = cluster_results(machines.address, "int", int, ["1", "one"])
    assert next(results) == 1
    with pytest.raises(ValueError, match="invalid literal"):
        next(results)


def test_another_version_is_named_with_its_machine_and_the_cure(
    space, machines, tmp_path
):
    # found before the real one: the worker takes it for installed
    fake = tmp_path / "fake" / "optuna-0.0.1.dist-info"
    fake.mkdir(parents=True)
    (fake / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: optuna\nVersion: 0.0.1\n"
    )
    path = os.pathsep.join([str(fake.parent), os.environ.get("PYTHONPATH", "")])
    odd = machines.add_worker(PYTHONPATH=path)
    try:
        with connected(machines.address) as client:
            n_workers = len(machines.workers)
            wait_until(lambda: len(client.nthreads()) == n_workers)
        result = space.ega("bin")
    finally:
        kill(odd)
        machines.workers.remove(odd)
    assert result.code == 1
    for word in (os.uname().nodename, "optuna", "0.0.1", "Cure: start"):
        assert word in result.stderr
    assert not space.written()


def test_no_scheduler_no_worker_and_no_dask_are_errors_with_a_cure(
    machines, tmp_path, monkeypatch
):
    nowhere = "tcp://127.0.0.1:1"
    with pytest.raises(EgaError, match=f"{nowhere} does not answer.*Cure"):
        connected(nowhere, connect_seconds=0.5).__enter__()
    (tmp_path / "lonely").mkdir()
    lonely = Cluster(tmp_path / "lonely")
    try:
        lonely.start(0)
        with (
            connected(lonely.address) as client,
            pytest.raises(EgaError, match="no worker for 0.1 seconds.*Cure"),
        ):
            wait_for_workers(client, lonely.address, patience_seconds=0.1)
    finally:
        lonely.stop()
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(EgaError, match=r"not installed.*ega-ms\[cluster\]"):
        connected(nowhere).__enter__()
