import pytest
from filelock import FileLock
from support import Workspace, forget, new_workspace, run_pipeline


def pytest_collection_modifyitems(items):
    """Start with the slow files: the last worker should not be left with one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Return a simulated data folder of 36 runs, for reading only."""
    from pipeline.simulate import write_data_folder

    folder = tmp_path_factory.mktemp("shared") / "simulated"
    write_data_folder(folder, n_runs=36, seed=7, sam_testbed_share=0.1, n_jobs=1)
    return folder


@pytest.fixture
def workspace(tmp_path, monkeypatch, simulated):
    """Change to a new folder whose params.yaml points at the simulated runs."""
    space = new_workspace(tmp_path / "workspace", simulated)
    monkeypatch.chdir(space.folder)
    return space


@pytest.fixture(scope="session")
def finished(tmp_path_factory, simulated, request):
    """Return a workspace in which all stages have run, made once for all workers."""
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    folder, done = shared / "finished", shared / "finished.done"
    with FileLock(shared / "finished.lock"):
        if not done.exists():
            run_pipeline(folder, simulated, workers=1, backend="threading")
            done.touch()
    return Workspace(folder)


@pytest.fixture
def inside(finished, monkeypatch):
    """Change to the workspace in which all stages have run."""
    forget()
    monkeypatch.chdir(finished.folder)
    return finished
