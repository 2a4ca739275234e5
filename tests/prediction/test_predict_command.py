"""`ega predict`, `ega inspect` and `ega export` on a small trained ensemble."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from instrument_files import scans_of, write_andi, write_mzml
from support import new_workspace

from pipeline import paths
from pipeline.params import load_params
from pipeline.prediction.answering import RunName
from pipeline.prediction.known_runs import KnownRuns
from pipeline.prediction.opening import open_for_answers
from pipeline.prediction.page_names import page_name
from pipeline.prediction.run_files import read_runs

# soups are kept in half precision
TOLERANCE = 2e-3


@pytest.fixture
def models(inside):
    return open_for_answers(paths.BUNDLE)


@pytest.fixture
def data(simulated):
    """Return the metadata of the data folder with the files' paths."""
    table = pl.read_csv(simulated / "metadata.csv")
    return table.with_columns(
        file=pl.concat_str(pl.lit(f"{simulated}/"), "features_path")
    )


def rows(result):
    return list(csv.DictReader(io.StringIO(result.stdout)))


def blend(role):
    table = pl.read_parquet("artifacts/stack/predictions.parquet")
    return table.filter(pl.col("role") == role)


def test_answers_are_those_of_the_submission(inside, data):
    commercial = data.filter(pl.col("instrument_type") == "commercial")
    others = pl.concat([blend("test"), blend("holdout")])
    expected = {
        (sample_id, label): probability
        for sample_id, label, probability in others.group_by("sample_id", "label")
        .agg(pl.col("probability").mean())
        .iter_rows()
    }
    files = commercial.filter(pl.col("sample_id").is_in(others["sample_id"].to_list()))
    result = inside.ega("predict", "--format", "csv", *files["file"])
    assert result.code == 0, result.stderr
    answered = rows(result)
    assert len(answered) == 10 * len(files)
    for row in answered:
        place = row["sample_id"], row["compound"]
        assert float(row["probability"]) == pytest.approx(
            expected[place], abs=TOLERANCE
        )
        assert float(row["low"]) <= float(row["probability"]) <= float(row["high"])


def test_training_runs_are_answered_by_models_that_have_not_learnt_from_them(models):
    known = KnownRuns(models, load_params(paths.PARAMS))
    expected = blend("out_of_fold")
    ids = expected["sample_id"].unique().sort().to_list()[:6]
    for answer in known.answers(ids, "none"):
        assert answer.origin == "out of fold"
        mine = expected.filter(pl.col("sample_id") == answer.sample_id)
        by_label = dict(mine.select("label", "probability").iter_rows())
        for compound in answer.compounds:
            assert compound.probability == pytest.approx(
                by_label[compound.label], abs=TOLERANCE
            )
        # a run is like itself; the models of its fold must not know that
        assert answer.sample_id not in {run.sample_id for run in answer.neighbours}


def test_contributions_add_up_to_the_answer(models, data):
    params = models.ensemble.params
    run = next(read_runs([Path(data["file"][0])], params.bin, params.formats, None))
    name = RunName(run.sample_id, "", "commercial")
    (answer,) = models.answers(run.grid, [name], "all", whole_map=True)
    parts = answer.contributions
    total = parts.cells.sum(axis=(1, 2)) + parts.ions.sum(axis=1)
    total += np.sum(list(parts.other.values()), axis=0)
    inputs = models.ensemble.inputs(run.grid, ["commercial"])
    blended = models.ensemble.predict(inputs).blended[:, 0]
    logits = np.log(blended / (1 - blended)).mean(axis=0)
    np.testing.assert_allclose(total, logits, atol=1e-6)
    # what is left over must be small beside what was found
    assert np.abs(parts.other["remainder"]).max() < 0.5
    assert any(compound.evidence for compound in answer.compounds)


def test_all_formats_tell_the_same(inside, data, tmp_path):
    file = data["file"][0]
    as_csv = rows(inside.ega("predict", "--format", "csv", file))
    as_json = json.loads(inside.ega("predict", "--format", "json", file).stdout)
    target = tmp_path / "answers.parquet"
    result = inside.ega("predict", "--format", "parquet", "--output", str(target), file)
    assert result.code == 0, result.stderr
    table = pl.read_parquet(target)
    assert table["compound"].to_list() == [row["compound"] for row in as_csv]
    assert table["probability"].to_list() == [
        compound["probability"] for compound in as_json[0]["compounds"]
    ]
    assert [float(row["high"]) for row in as_csv] == table["high"].to_list()
    assert as_json[0]["similar_training_runs"]
    text = inside.ega("predict", file).stdout
    for row in as_csv:
        assert row["compound"] in text


def test_mzml_and_andi_files_get_the_answer_of_the_csv(inside, data, tmp_path):
    file = data.filter(pl.col("instrument_type") == "commercial")["file"][0]
    scans = scans_of(pl.read_csv(file).to_numpy())
    write_mzml(tmp_path / "run.mzML", scans)
    write_andi(tmp_path / "run.cdf", scans)
    files = [file, str(tmp_path / "run.mzML"), str(tmp_path / "run.cdf")]
    result = inside.ega("predict", "--format", "json", *files)
    assert result.code == 0, result.stderr
    first, *others = (
        [compound["probability"] for compound in answer["compounds"]]
        for answer in json.loads(result.stdout)
    )
    for other in others:
        np.testing.assert_allclose(other, first, atol=1e-3)


def test_a_faulty_file_is_named_and_the_others_are_answered(inside, data, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("time,temp,m/z,abundance\n1,2,3,much\n")
    good = data["file"][0]
    result = inside.ega("predict", "--format", "json", str(bad), good)
    assert result.code == 1
    assert "bad.csv" in result.stderr
    assert "Cure" in result.stderr
    assert "1 of 2 files failed" in result.stderr
    assert [run["sample_id"] for run in json.loads(result.stdout)] == [Path(good).stem]


def test_folders_and_patterns_stand_for_their_files(inside, data):
    folder = Path(data["file"][0]).parent
    names = sorted(path.stem for path in folder.glob("*.csv"))
    for given in (str(folder), f"{folder}/*.csv"):
        result = inside.ega("predict", "--format", "csv", "--evidence", "none", given)
        assert result.code == 0, result.stderr
        found = list(dict.fromkeys(row["sample_id"] for row in rows(result)))
        assert found == names


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["no_such_file.csv"], 1, "no run there"),
        (["--format", "xml", "x.csv"], 2, "table, json, csv, parquet"),
        (["--format", "parquet", "x.csv"], 2, "needs a file"),
        (["--evidence", "some", "x.csv"], 2, "found, all, none"),
        (["--heating", "fast", "params.yaml"], 2, "heating"),
        (["--model", "nothing", "params.yaml"], 1, "no model there"),
    ],
)
def test_wrong_use_says_what_was_expected(inside, arguments, code, words):
    result = inside.ega("predict", *arguments)
    assert result.code == code
    assert words in " ".join(result.stderr.replace("│", " ").split())


def test_a_run_unlike_the_training_runs_gets_warnings(inside, data, tmp_path):
    table = pl.read_csv(data["file"][0])
    short = table.filter((pl.col("temp") < 300) & (pl.col("m/z") < 30))
    short.write_csv(tmp_path / "short.csv")
    result = inside.ega(
        "predict",
        "--format",
        "json",
        "--instrument",
        "<b>toaster</b>",
        str(tmp_path / "short.csv"),
    )
    (answer,) = json.loads(result.stdout)
    warnings = " | ".join(answer["warnings"])
    for words in ("ends at", "no observation of m/z", "'<b>toaster</b>' is not among"):
        assert words in warnings


def test_a_model_answers_far_from_data_params_and_artifacts(
    inside, data, tmp_path, monkeypatch
):
    file = data["file"][0]
    here = inside.ega("predict", "--format", "json", file)
    for name in ("model", "model.zip"):
        result = inside.ega("export", "--to", str(tmp_path / name))
        assert result.code == 0, result.stderr
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    monkeypatch.chdir(alone)
    for name in ("model", "model.zip"):
        there = inside.ega(
            "predict", "--format", "json", "--model", str(tmp_path / name), file
        )
        assert there.stdout == here.stdout
    assert list(alone.iterdir()) == []
    refused = inside.ega("export", "--to", str(tmp_path / "model"))
    assert refused.code == 2
    assert "nothing is overwritten" in refused.stderr.replace("│", "")


def test_a_bundle_of_wrong_arrays_is_an_error_and_no_traceback(inside, data, tmp_path):
    import hashlib

    from pipeline.prediction.bundle import manifest_checksum
    from pipeline.tensor_bytes import tensor_bytes

    shutil.copytree(paths.BUNDLE, tmp_path / "model")
    wrong = tensor_bytes({"0/fill": np.zeros(3)})
    (tmp_path / "model/models/kernel.safetensors").write_bytes(wrong)
    manifest = json.loads((tmp_path / "model/manifest.json").read_text())
    manifest["files"]["models/kernel.safetensors"] = {
        "bytes": len(wrong),
        "sha256": hashlib.sha256(wrong).hexdigest(),
    }
    manifest["sha256"] = manifest_checksum(manifest)
    (tmp_path / "model/manifest.json").write_text(json.dumps(manifest))
    result = inside.ega("predict", "--model", str(tmp_path / "model"), data["file"][0])
    assert result.code == 1
    assert "damaged or no model" in result.stderr


def test_a_bundle_names_no_place_of_the_machine_that_made_it(inside, simulated):
    for path in paths.BUNDLE.rglob("*"):
        if path.is_file():
            assert str(simulated).encode() not in path.read_bytes()


def test_inspect_shows_a_run_of_the_data_folder_or_a_file(inside, data, tmp_path):
    sample_id = blend("out_of_fold")["sample_id"][0]
    text = inside.ega("inspect", sample_id)
    assert text.code == 0, text.stderr
    assert sample_id in text.stdout
    page = tmp_path / "page.html"
    result = inside.ega("inspect", data["file"][0], "--html", "--output", str(page))
    assert result.code == 0, result.stderr
    assert str(page) in result.stdout
    html = page.read_text()
    assert Path(data["file"][0]).name in html
    # a page may be shared: it must not tell where the file lies
    assert data["file"][0] not in html
    assert inside.ega("inspect", "S-nobody").code == 1


def test_the_worst_runs_of_every_compound_have_a_page(inside):
    pages = {path.name for path in paths.RUN_PAGES.iterdir()}
    runs = pl.read_parquet(paths.RUNS).filter(pl.col("role") == "train")
    predicted = blend("out_of_fold").join(
        runs.unpivot(
            on=sorted(blend("out_of_fold")["label"].unique()), index="sample_id"
        ),
        left_on=["sample_id", "label"],
        right_on=["sample_id", "variable"],
    )
    chance = (
        pl.when(pl.col("value") == 1)
        .then("probability")
        .otherwise(1 - pl.col("probability"))
    )
    worst = predicted.sort(chance).group_by("label", maintain_order=True).first()
    assert pages == {page_name(sample_id) for sample_id in worst["sample_id"]}


def test_a_model_without_a_working_folder_says_how_to_get_one(tmp_path, simulated):
    space = new_workspace(tmp_path / "empty", simulated)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(space.folder)
        result = space.ega("predict", str(space.params_file))
    assert result.code == 1
    assert "dvc repro" in result.stderr
