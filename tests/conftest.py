import pytest
from support import new_workspace


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
