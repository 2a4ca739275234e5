import pytest
from data_copy import copy_small


@pytest.fixture
def data(tmp_path, simulated, workspace):
    """Return a small data folder to damage; params.yaml points at it."""
    copy = copy_small(simulated, tmp_path / "data")
    workspace.set(data={"root": str(copy.root)})
    return copy
