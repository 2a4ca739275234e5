"""The whole study, small: stages, page, resumption after a kill, settings."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML
from small_studies import SmallStudy
from support import REPOSITORY

from pipeline.cache_files import read_kept
from pipeline.errors import EgaError
from pipeline.settings_file import load_settings
from pipeline.unit_cache import code_behind
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.cli import STAGES, app
from studies.synthetic_spectra.ledger import read_ledger
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.training_keeper import CODE, other_networks

SMALL = {
    "generate": {"simulated_classes": 4, "train_spectra": 12, "validation_spectra": 4},
    "extras": {"points": 600},
    "train": {
        "networks": ["zones", "vgg"],
        "seeds": 1,
        "epochs": 3,
        "device": "cpu",
        "checkpoint_seconds": 0,
    },
}


STUDY = SmallStudy(app, paths.PARAMS)
write_params, stage = STUDY.write_params, STUDY.stage


@pytest.fixture
def folder(tmp_path, monkeypatch):
    return STUDY.enter(tmp_path, monkeypatch, SMALL)


def test_the_study_runs_from_classes_to_page(folder):
    for name in STAGES:
        stage(name)
    scores = pl.read_csv(paths.SCORES)
    assert scores["network"].to_list() == ["zones", "vgg"]
    assert scores["spectra"].to_list() == [36, 36]
    errors = pl.read_csv(paths.ERRORS)
    assert scores["errors"].sum() == len(errors)
    for network, wrong in scores.select("network", "errors").iter_rows():
        with np.load(paths.predictions("simulated", network, 0)) as stored:
            missed = (stored["logits"].argmax(axis=1) != stored["labels"]).sum()
        assert missed == wrong
    page = paths.PAGE.read_text()
    assert "default-src 'none'" in page
    # Nothing leaves the page: no address but those of names of SVG.
    assert re.findall(r"(?:https?:)?//[a-z]", page) == []
    assert "<script" not in page
    assert ("taken for" in page) == bool(len(errors))
    assert paths.TABLE.read_text().count("| vgg |") == 1

    # A second time nothing is trained, and test spectra are not scored again.
    before = paths.weights("simulated", "vgg", 0).read_bytes()
    for name in STAGES:
        stage(name)
    assert [s.scoring for s in read_ledger(paths.LEDGER)] == [1, 1]
    assert paths.weights("simulated", "vgg", 0).read_bytes() == before
    assert paths.PAGE.read_text() == page

    # Another training of the same name is scored again, and the page says so.
    write_params(folder, **SMALL, seed=1)
    for name in STAGES:
        stage(name)
    assert sorted(s.scoring for s in read_ledger(paths.LEDGER)) == [1, 1, 2, 2]
    assert "Scored more than once" in paths.PAGE.read_text()


def kept_times(folder):
    files = (folder / ".cache").rglob("seed_*.npz")
    return {path: path.stat().st_mtime_ns for path in files}


def test_a_stopped_training_can_be_looked_at(folder):
    """Evaluate and report go by what is trained; they say what is not."""
    write_params(folder, **SMALL | {"train": SMALL["train"] | {"seeds": 2}})
    for name in STAGES:
        stage(name)
    whole = paths.TABLE.read_text()
    assert "Not trained yet" not in whole
    assert paths.SCORES.read_text().count("vgg") == 2
    kept = kept_times(folder)
    assert len(kept) == 4
    # As if it had been stopped before the second seed of zones and the first of vgg.
    for network, seed in (("zones", 1), ("vgg", 0), ("vgg", 1)):
        paths.weights("simulated", network, seed).with_suffix(".json").unlink()
    with pytest.raises(EgaError, match="scores of 4 trainings; expected those of"):
        stage("report")
    for name in ("evaluate", "report"):
        stage(name)
    assert pl.read_csv(paths.SCORES)["network"].to_list() == ["zones"]
    assert len(list(paths.PREDICTIONS.rglob("*.npz"))) == 1
    assert "| zones | 1 of 2 |" in paths.TABLE.read_text()
    assert "Not trained yet: vgg." in paths.TABLE.read_text()
    assert "Not trained yet: vgg." in paths.PAGE.read_text()
    # What was trained is not trained again, and test spectra are scored once.
    for name in [*STAGES][1:]:
        stage(name)
    assert paths.TABLE.read_text() == whole
    assert kept_times(folder) == kept
    assert {s.scoring for s in read_ledger(paths.LEDGER)} == {1}


def test_trainings_of_other_settings_are_not_scored(folder):
    stage("generate")
    stage("train")
    write_params(folder, **SMALL | {"train": SMALL["train"] | {"learning_rate": 0.01}})
    with pytest.raises(EgaError, match="expected what .* train writes"):
        stage("evaluate")
    assert not paths.LEDGER.exists()


def test_a_set_without_any_training_is_named(folder, published):
    write_params(
        folder,
        data={"folder": str(published)},
        generate=SMALL["generate"] | {"sets": ["simulated", "challenge"]},
        train=SMALL["train"] | {"networks": ["zones"], "epochs": 1},
    )
    stage("generate")
    stage("train")
    paths.weights("challenge", "zones", 0).with_suffix(".json").unlink()
    stage("evaluate")
    stage("report")
    assert pl.read_csv(paths.SCORES)["data_set"].to_list() == ["simulated"]
    page = paths.PAGE.read_text()
    assert "Not trained yet: Challenge set" in page
    assert 'id="challenge"' not in page


def test_generate_writes_digests_of_what_later_stages_read(
    folder, published, challenge_digests
):
    write_params(
        folder, data={"folder": str(published)}, generate={"sets": ["challenge"]}
    )
    stage("generate")
    digests = json.loads((paths.SETS / "digests.json").read_text())["challenge"]
    found = [digests[part]["sha256"][:16] for part in ("train", "validation", "test")]
    assert tuple(found) == challenge_digests


def start_training(folder):
    command = [sys.executable, "-m", "studies.synthetic_spectra", "train"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    with (folder / "stderr.txt").open("w") as stderr:
        return subprocess.Popen(
            [*command, "--params", "params.yaml"],
            cwd=folder,
            env=environment,
            stderr=stderr,
            start_new_session=True,
        )


@pytest.mark.slow
def test_neither_kills_nor_workers_change_a_byte(folder):
    networks = {"networks": ["vgg"], "epochs": 6, "stop_patience": 6}
    write_params(folder, **SMALL | {"train": SMALL["train"] | networks})
    stage("generate")
    process = start_training(folder)
    cache = folder / ".cache"
    deadline = time.monotonic() + 120
    while not list(cache.rglob("*.npz")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (kept,) = cache.rglob("*.npz")
    with np.load(io.BytesIO(read_kept(kept))) as stored:
        facts = json.loads(stored["facts"].tobytes())
    # Killed in the middle: some epochs are done, and nothing is written yet.
    assert 1 <= facts["epoch"] < 6
    assert not paths.weights("simulated", "vgg", 0).exists()

    stage("train")
    resumed = paths.weights("simulated", "vgg", 0).read_bytes()
    history = paths.history("simulated", "vgg", 0).read_text()
    assert len(history.splitlines()) == 7
    # At one go, beside another network, it ends with the same bytes, too.
    kept.unlink()
    networks |= {"networks": ["zones", "vgg"], "workers": 2}
    write_params(folder, **SMALL | {"train": SMALL["train"] | networks})
    stage("train")
    assert paths.weights("simulated", "vgg", 0).read_bytes() == resumed
    assert paths.history("simulated", "vgg", 0).read_text() == history


def test_every_budget_of_the_study_is_valid():
    path = REPOSITORY / paths.PARAMS
    for budget in YAML(typ="safe").load(path)["budgets"]:
        assert load_settings(Settings, path, budget).budget == budget


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"train": {"epochs": 0}}, "train.epochs: Input should be greater"),
        ({"train": {"rate": 1}}, "train.rate: Extra inputs are not permitted"),
        ({"train": {"networks": ["cnn9"]}}, "unknown cnn9; known are cnn2, cnn3"),
        ({"generate": {"sets": ["mars"]}}, "generate.sets.0: Input should be"),
        ({"generate": {"width_high_points": 1.0}}, "must be at least width_low"),
        ({"budget": "huge"}, "budget: got 'huge'; expected one of quick, challenge"),
        ({"budgets": {"quick": 3}}, "budgets.quick: got 3; expected sections of keys"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, sections, message):
    path = write_params(tmp_path, **sections)
    with pytest.raises(EgaError) as caught:
        load_settings(Settings, path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "cure"), [("train", "generate"), ("evaluate", "generate")]
)
def test_a_stage_out_of_order_says_what_to_run(folder, name, cure):
    with pytest.raises(EgaError, match=f"synthetic_spectra {cure}"):
        stage(name)


def test_dvc_knows_the_stages_and_their_code():
    stages = YAML(typ="safe").load(REPOSITORY / paths.PARAMS.parent / "dvc.yaml")
    assert list(stages["stages"]) == list(STAGES)
    for name, definition in stages["stages"].items():
        assert definition["cmd"].endswith(f"synthetic_spectra {name}")
        code = [d for d in definition["deps"] if d.startswith(("studies/", "models/"))]
        assert f"studies/synthetic_spectra/{name}.py" in code
        assert [d for d in code if not (REPOSITORY / d).exists()] == []


@pytest.mark.parametrize("network", ["cnn2", "zones"])
def test_what_is_kept_of_a_training_depends_on_the_code_of_its_network(network):
    code = {path.stem for path in code_behind(CODE, other_networks(network))}
    shared = {"classifier_training", "spectrum_network", "spectrum_layers"}
    assert shared | {"empty_stretches", "batch_norm", "inception"} <= code
    zones = {"zone_network", "zone_limits", "window_sums", "peak_stretches"}
    assert code & zones == (zones if network == "zones" else set())
