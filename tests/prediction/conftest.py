import pytest
from bundle_files import write_bundle


@pytest.fixture(params=["folder", "archive.zip"])
def path(request, tmp_path):
    """Return where a bundle may be written, as a folder and as an archive."""
    return tmp_path / request.param


@pytest.fixture
def bundle(tmp_path):
    """Return a whole bundle, a folder to damage."""
    return write_bundle(tmp_path / "bundle")
