import time

import pytest
from data_copy import copy_small, read_grids
from support import new_workspace


@pytest.fixture
def data(tmp_path, simulated, workspace):
    """Return a small data folder to damage; params.yaml points at it."""
    copy = copy_small(simulated, tmp_path / "data")
    workspace.set(data={"root": str(copy.root)})
    return copy


@pytest.fixture(scope="session")
def clean_grids(simulated, tmp_path_factory):
    """Return the grids of the small folder before any damage, binned once."""
    folder = tmp_path_factory.mktemp("clean")
    data = copy_small(simulated, folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        space = new_workspace(folder / "workspace", data.root)
        patch.chdir(space.folder)
        assert space.ega("bin").code == 0
    return read_grids(space.folder)


READER_SECONDS = 5


@pytest.fixture
def quick():
    """Check that no input keeps a reader busy."""
    # of the processor, as others may use it, too
    start = time.process_time()
    yield
    assert time.process_time() - start < READER_SECONDS
