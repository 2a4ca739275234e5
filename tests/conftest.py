import contextlib
import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Result:
    """What a command printed on stderr, and its exit code."""

    code: int
    stderr: str


@dataclass(frozen=True)
class Workspace:
    """A folder with its own params.yaml, which is the current folder of the test."""

    folder: Path

    @property
    def params_file(self):
        return self.folder / "params.yaml"

    def set(self, **sections):
        """Set keys: `bin={"verify_md5": False}` or, outside sections, `seed=1`."""
        yaml = YAML()
        settings = yaml.load(self.params_file.read_text())
        for name, values in sections.items():
            if isinstance(values, dict):
                settings[name].update(values)
            else:
                settings[name] = values
        with self.params_file.open("w") as file:
            yaml.dump(settings, file)

    def params(self):
        from pipeline.params import load_params

        return load_params(self.params_file)

    def ega(self, *arguments):
        """Run the `ega` command in this process, as the shell would."""
        from pipeline.cli import main

        stderr, stdout = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["ega", *arguments])
            with (
                contextlib.redirect_stderr(stderr),
                contextlib.redirect_stdout(stdout),
                pytest.raises(SystemExit) as stopped,
            ):
                main()
        return Result(stopped.value.code or 0, stderr.getvalue())

    def written(self):
        """Return the files below artifacts/ and reports/, temporary ones included."""
        return sorted(
            path.relative_to(self.folder).as_posix()
            for name in ("artifacts", "reports")
            for path in (self.folder / name).rglob("*")
            if path.is_file()
        )


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Return a simulated data folder of 36 runs, for reading only."""
    from pipeline.simulate import write_data_folder

    folder = tmp_path_factory.mktemp("shared") / "simulated"
    write_data_folder(folder, n_runs=36, seed=7, sam_testbed_share=0.1, n_jobs=1)
    return folder


@pytest.fixture
def workspace(tmp_path, monkeypatch, simulated):
    """Change to an empty folder whose params.yaml points at the simulated runs."""
    # read through relative paths and kept, so they would come from another test
    from pipeline import family_data, grid_store

    grid_store._chunk.cache_clear()
    family_data.load_family_data.cache_clear()
    return new_workspace(tmp_path / "workspace", monkeypatch, simulated)


def new_workspace(folder, monkeypatch, data_root):
    """Make a workspace and change to it."""
    folder.mkdir()
    shutil.copy(REPOSITORY / "params.yaml", folder)
    monkeypatch.chdir(folder)
    space = Workspace(folder)
    space.set(
        compute={"workers": 1, "backend": "threading"}, data={"root": str(data_root)}
    )
    return space
