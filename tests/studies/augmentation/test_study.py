"""The whole study, small: stages, page, resumption after a kill, settings."""

import os
import re
import signal
import subprocess
import sys
import time

import polars as pl
import pytest
from ruamel.yaml import YAML
from small_studies import SmallStudy
from support import REPOSITORY

from pipeline.errors import EgaError
from pipeline.settings_file import load_settings
from studies.augmentation import paths
from studies.augmentation.cli import STAGES, app
from studies.augmentation.report import signed
from studies.augmentation.settings import Settings
from studies.augmentation.spectral_set import read_set

SMALL = {
    "simulate": {"spectra": 40, "channels": 60},
    "networks": {"epochs": 2, "device": "cpu"},
    "classical": {"components": 3},
    "compare": {
        "folds": 4,
        "plans": [
            {
                "sets": ["simulated"],
                "percent": [50, 100],
                "seeds": 1,
                "augmentations": ["none", "longer", "vae", "cvae", "vae_latent_4"],
            },
            {
                "sets": ["simulated", "corn"],
                "percent": [100],
                "seeds": 1,
                "augmentations": ["none", "interpolation"],
                "regressors": ["pls", "gp"],
            },
        ],
    },
    "search": {
        "folds": 2,
        "percent": {"simulated": [50]},
        "candidates": ["noise_x4", "combinations_pls_x4"],
        "confirm_seeds": 2,
    },
    "quality": {"augmentations": ["noise", "vae", "cvae"], "drawn": 3},
}


STUDY = SmallStudy(app, paths.PARAMS)
write_params, stage = STUDY.write_params, STUDY.stage


@pytest.fixture
def folder(tmp_path, monkeypatch):
    return STUDY.enter(tmp_path, monkeypatch, SMALL)


def test_the_study_runs_from_sets_to_page_to_the_same_bytes_with_any_workers(folder):
    for name in STAGES:
        stage(name)
    scores = pl.read_csv(paths.COMPARED)
    # 4 folds x 8 ions; 2 x 5 augmentations of networks, 2 x 2 of the classical ones
    assert len(scores) == 32 * (10 + 4)
    assert set(scores["data_set"]) == {"simulated"}
    confirmed = pl.read_csv(paths.CONFIRMED)
    assert set(confirmed["fold"]) == {2, 3}
    assert set(pl.read_csv(paths.SEARCHED)["fold"]) == {0, 1}
    chosen = pl.read_csv(paths.CHOSEN)["augmentation"].item()
    assert chosen in SMALL["search"]["candidates"]
    assert set(confirmed["augmentation"]) == {"none", "longer_x5", chosen}
    page = paths.PAGE.read_text()
    assert "default-src 'none'" in page
    # Nothing leaves the page.
    assert re.findall(r"(?:https?:)?//[a-z]", page) == []
    assert "<script" not in page
    assert page.count("<svg") == 1 + 3 * 3
    assert "| simulated | 50 % |" in paths.TABLE.read_text()
    effects = pl.read_csv(paths.EFFECTS)
    assert (effects["low"] <= effects["change"]).all()
    assert (effects["change"] <= effects["high"]).all()

    written = (paths.COMPARED, paths.CONFIRMED, paths.QUALITY, paths.PAGE)
    before = [path.read_bytes() for path in written]
    for path in folder.rglob("*.npz"):
        if ".cache" in path.parts:
            path.unlink()
    # Again from nothing, with two workers.
    write_params(folder, **SMALL | {"compare": SMALL["compare"] | {"workers": 2}})
    for name in STAGES:
        stage(name)
    assert [path.read_bytes() for path in written] == before


def test_sets_survive_their_files(folder):
    stage("prepare")
    first = read_set(paths.set_file("simulated"))
    assert first.absorbance.shape == (40, 60)
    content = paths.set_file("simulated").read_bytes()
    stage("prepare")
    assert paths.set_file("simulated").read_bytes() == content
    paths.set_file("simulated").write_bytes(content[:100])
    with pytest.raises(EgaError, match=r"simulated.npz: missing.*augmentation prepare"):
        read_set(paths.set_file("simulated"))


def units(folder):
    return sorted((folder / ".cache").rglob("*.npz"))


def start_comparison(folder):
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "studies.augmentation", "compare"]
    with (folder / "stderr.txt").open("w") as stderr:
        return subprocess.Popen(
            [*command, "--params", "params.yaml"],
            cwd=folder,
            env=environment,
            stderr=stderr,
            start_new_session=True,
        )


def test_a_killed_comparison_goes_on_where_it_was(folder):
    slower = SMALL["networks"] | {"epochs": 30}
    few = SMALL["compare"]["plans"][0] | {"percent": [50]}
    plans = SMALL["compare"] | {"plans": [few]}
    write_params(folder, **SMALL | {"networks": slower, "compare": plans})
    stage("prepare")
    process = start_comparison(folder)
    deadline = time.monotonic() + 120
    while not units(folder) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in units(folder)}
    # Killed in the middle: some units are done, and nothing is written yet.
    assert 1 <= len(kept) < 5
    assert not paths.COMPARED.exists()

    stage("compare")
    assert len(units(folder)) == 5
    # What was done is not done again.
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    resumed = paths.COMPARED.read_bytes()
    for path in units(folder):
        path.unlink()
    stage("compare")
    assert paths.COMPARED.read_bytes() == resumed


def test_real_sets_run_too(folder, nir):
    plans = [
        {
            "sets": ["corn", "diesel"],
            "percent": [25],
            "seeds": 1,
            "augmentations": ["none", "interpolation"],
            "regressors": ["pls"],
        }
    ]
    write_params(
        folder,
        **SMALL
        | {
            "data": {"sets": ["corn", "diesel"]},
            "compare": {"folds": 4, "plans": plans},
        },
    )
    stage("prepare", "--nir", str(nir))
    stage("compare")
    scores = pl.read_csv(paths.COMPARED)
    assert scores.filter(pl.col("data_set") == "corn")["train_rows"].max() == 15
    # Seven properties, each with values of its own; an error for each of them.
    diesel = scores.filter(pl.col("data_set") == "diesel")
    assert diesel["analyte"].n_unique() == 7
    assert diesel["train_rows"].n_unique() > 3
    assert diesel["rmse"].is_finite().all()


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"networks": {"epochs": 0}}, "networks.epochs: Input should be greater"),
        ({"networks": {"rate": 1}}, "networks.rate: Extra inputs are not permitted"),
        ({"data": {"sets": ["mars"]}}, "data.sets.0: Input should be 'simulated'"),
        ({"data": {"sets": ["corn", "corn"]}}, "sets must be distinct"),
        ({"search": {"candidates": ["gan"]}}, "unknown gan; known are none, longer"),
        ({"search": {"folds": 7}}, "search.folds: 7 of 8 folds leave less than two"),
        ({"budget": "huge"}, "budget: got 'huge'; expected one of quick, default"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, sections, message):
    path = write_params(tmp_path, **sections)
    with pytest.raises(EgaError) as caught:
        load_settings(Settings, path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("compare", "prepare"),
        ("search", "prepare"),
        ("confirm", "search"),
        ("quality", "prepare"),
        ("report", "compare"),
    ],
)
def test_a_stage_out_of_order_says_what_to_run(folder, name, cure):
    with pytest.raises(EgaError, match=f"augmentation[/ ]{cure}"):
        stage(name)


def test_every_key_of_the_settings_has_a_comment():
    lines = (REPOSITORY / paths.PARAMS).read_text().split("\nbudgets:")[0].split("\n")
    for number, line in enumerate(lines):
        key = re.match(r" {2}[a-z_]+:|[a-z]+: \S", line)
        if key and "#" not in line:
            assert lines[number - 1].strip().startswith("#"), line


def test_dvc_knows_the_stages_and_their_code():
    stages = YAML(typ="safe").load(REPOSITORY / paths.PARAMS.parent / "dvc.yaml")
    assert list(stages["stages"]) == list(STAGES)
    for name, definition in stages["stages"].items():
        assert definition["cmd"].endswith(f"augmentation {name}")
        code = [d for d in definition["deps"] if d.startswith(("studies/", "models/"))]
        assert f"studies/augmentation/{name}.py" in code
        assert [d for d in code if not (REPOSITORY / d).exists()] == []
    compare = stages["stages"]["compare"]["deps"]
    assert "models/variational_autoencoder.py" in compare
    assert "studies/augmentation/generators.py" in compare


def test_signs_are_shown_and_nothing_is_called_minus_nought():
    assert signed(-0.04) == "0"
    assert signed(-5.26) == "\N{MINUS SIGN}5.3"
    assert signed(61.7) == "+62"
