"""A workspace for tests: its own params.yaml, and the `ega` command in it."""

import contextlib
import io
import json
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULTS = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")


@cache
def _defaults_as_json():
    return json.dumps(YAML(typ="safe").load(DEFAULTS))


def _defaults():
    return json.loads(_defaults_as_json())


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit code."""

    code: int
    stderr: str
    stdout: str


@dataclass(frozen=True)
class Workspace:
    """A folder with its own params.yaml, which is the current folder of the test."""

    folder: Path

    @property
    def params_file(self):
        return self.folder / "params.yaml"

    def set(self, **sections):
        """Set keys: `bin={"verify_md5": False}` or, outside sections, `seed=1`."""
        text = self.params_file.read_text()
        settings = _defaults() if text == DEFAULTS else json.loads(text)
        for name, values in sections.items():
            if isinstance(values, dict):
                settings[name].update(values)
            else:
                settings[name] = values
        # JSON is YAML, too, and is read fifty times faster
        self.params_file.write_text(json.dumps(settings))

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
        return Result(stopped.value.code or 0, stderr.getvalue(), stdout.getvalue())

    def written(self):
        """Return the files below artifacts/ and reports/, temporary ones included."""
        return sorted(
            path.relative_to(self.folder).as_posix()
            for name in ("artifacts", "reports")
            for path in (self.folder / name).rglob("*")
            if path.is_file()
        )


def seal_all():
    """List the checksums of artifacts that a test has put in place by hand."""
    from pipeline import checksums, paths

    stages = {path.name for path in paths.ARTIFACTS.glob("*")} | set(paths.READ_BACK)
    for stage in stages:
        checksums.seal(stage)


def forget():
    """Forget what was read through relative paths and kept: it is of another test."""
    from pipeline import family_data, grid_store, network_data

    grid_store._chunk.cache_clear()
    family_data.load_family_data.cache_clear()
    network_data.load_network_data.cache_clear()


def new_workspace(folder, data_root, *, workers=1, backend="threading"):
    """Make a folder whose params.yaml points at the data; the caller changes to it."""
    forget()
    # worker processes keep the folder that they were started in
    get_reusable_executor().shutdown(wait=True)
    folder.mkdir()
    shutil.copy(REPOSITORY / "params.yaml", folder)
    space = Workspace(folder)
    space.set(
        compute={"workers": workers, "backend": backend}, data={"root": str(data_root)}
    )
    return space


STAGES = (
    "bin",
    "featurize",
    "duplicates",
    "fold",
    "gbt",
    "linear",
    "kernel",
    "conv",
    "sequence",
    "soup",
    "stack",
    "evaluate",
    "ablate",
    "model_card",
    "export",
    "pages",
    "report",
    "submit",
)
SMALL_NETWORK = {"bin_width_celsius": 100, "views": 1}
SMALL_MEMBER = {"channels": ["prevalence"], "dropout": 0.1, "last_dropout": 0.5}
SMALL = {
    "gbt": {"max_features": 100},
    "linear": {"penalties": [0.01, 0.1]},
    "fold": {"outer_folds": 2, "inner_folds": 2},
    "conv": SMALL_NETWORK
    | {
        "members": [
            SMALL_MEMBER | {"network": "dilated", "width": 2},
            SMALL_MEMBER | {"network": "ion_attention", "width": 8, "layers": 1},
        ]
    },
    "sequence": SMALL_NETWORK
    | {
        "members": [
            SMALL_MEMBER | {"network": network, "width": 8, "layers": 1}
            for network in ("convolution", "transformer", "recurrent")
        ]
    },
    "soup": {"widths": [16, 8], "epochs": 2, "pool": 2},
    "stack": {"minimum_runs": 10},
    "evaluate": {"bootstrap_samples": 100, "permutations": 200},
    # few windows: the tests are about the stages, not about the score
    "featurize": {"prevalence_window_celsius": 150, "area_window_celsius": 350},
}
SMALL_BUDGET = {
    "featurize": {"copies": 1},
    "fold": {"repeats": 1},
    "gbt": {"trials": 1, "seeds": 1, "rounds": 20, "learning_rate": 0.1},
    "conv": {"copies": 1, "epochs": 2},
    "sequence": {"copies": 1, "epochs": 2},
    "soup": {"trainings": 2, "members": 2},
    "pages": {"worst_runs": 1},
}


def run_pipeline(folder, data, *, workers, backend, last="submit", **settings):
    """Run all stages in `folder`, up to the `last`, and return it as a workspace."""
    space = new_workspace(folder, data, workers=workers, backend=backend)
    space.set(budgets={"quick": SMALL_BUDGET}, **SMALL)
    space.set(**settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for stage in STAGES[: STAGES.index(last) + 1]:
            result = space.ega(stage)
            assert result.code == 0, f"{stage}: {result.stderr}"
    return space
