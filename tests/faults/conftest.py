import functools

import pytest
from faulty_machine import assert_done, contents, copy_of, small_space

from pipeline import params


@pytest.fixture(autouse=True, scope="session")
def parameters_read_once():
    """Remember parameters by the bytes of their file: many commands read the same."""
    load = params.load_params
    read = functools.cache(lambda path, _: load(path))

    def remembered(path):
        try:
            return read(path.absolute(), path.read_bytes())
        except OSError:
            return load(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(params, "load_params", remembered)
        yield


@pytest.fixture(scope="module")
def module_patch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture
def copied(finished, tmp_path, monkeypatch):
    """Change to a copy of the workspace in which all stages have run."""
    space = copy_of(finished, tmp_path / "copied")
    monkeypatch.chdir(space.folder)
    return space


@pytest.fixture
def small(simulated, tmp_path, monkeypatch):
    """Change to a new workspace of six runs in chunks of about two."""
    space = small_space(simulated, tmp_path / "data", tmp_path / "small")
    monkeypatch.chdir(space.folder)
    return space


@pytest.fixture(scope="session")
def undisturbed(simulated, tmp_path_factory):
    """Return what bin and featurize make of the six runs where nothing goes wrong."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("undisturbed")
        space = small_space(simulated, folder / "data", folder / "small")
        patch.chdir(space.folder)
        for stage in ("bin", "featurize"):
            assert_done(space.ega(stage))
        return contents("artifacts")
