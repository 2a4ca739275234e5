"""The whole pipeline on simulated runs: outputs fit together and do not vary."""

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from documented_schemas import documented_quantities, documented_schemas, expanded
from support import run_pipeline

from features.feature import feature_name
from pipeline.stack import FAMILIES

pytestmark = pytest.mark.slow


def digests(space):
    return {
        name: hashlib.sha256((space.folder / name).read_bytes()).hexdigest()
        for name in space.written()
        # the only output that says how long training took
        if name != "reports/ensemble.html"
    }


def test_every_run_has_one_prediction_a_label_and_repeat(inside):
    runs = pl.read_parquet("artifacts/bin/runs.parquet")
    for family in (*FAMILIES, "stack"):
        table = pl.read_parquet(f"artifacts/{family}/predictions.parquet")
        scored = table.filter(pl.col("role") == "out_of_fold")
        n_train = (runs["role"] == "train").sum()
        # scored once: an out-of-fold table with a gap or a repeat would flatter
        assert len(scored) == n_train * 10
        assert scored.select("sample_id", "label").n_unique() == len(scored)
        assert table["probability"].is_between(0, 1).all()


def test_scored_runs_are_those_of_the_fold(inside):
    folds = pl.read_parquet("artifacts/fold/folds.parquet")
    expected = folds.filter(pl.col("inner_fold") == -1).select(
        "sample_id", pl.col("outer_fold").alias("fold")
    )
    got = (
        pl.read_parquet("artifacts/gbt/predictions.parquet")
        .filter((pl.col("role") == "out_of_fold") & (pl.col("label") == "basalt"))
        .select("sample_id", "fold")
    )
    assert got.sort("sample_id").equals(expected.sort("sample_id"))


def test_metrics_cover_every_family_label_and_instrument(inside):
    metrics = json.loads((inside.folder / "reports/metrics.json").read_text())
    for role in ("out_of_fold", "holdout"):
        assert set(metrics[role]) == {"prevalence", *FAMILIES, "stack"}
        for family, scores in metrics[role].items():
            assert scores["log_loss_low"] <= scores["log_loss"]
            assert scores["log_loss"] <= scores["log_loss_high"]
            labels = metrics["by_label"][role][family]
            mean = np.mean([label["log_loss"] for label in labels.values()])
            # two routes to one number
            assert mean == pytest.approx(scores["log_loss"], abs=1e-5)
    instruments = metrics["by_instrument"]["out_of_fold"]["stack"]
    runs = pl.read_parquet("artifacts/bin/runs.parquet").filter(role="train")
    assert {name: score["runs"] for name, score in instruments.items()} == dict(
        runs["instrument_type"].value_counts().iter_rows()
    )


def test_metrics_agree_with_scikit_learn(inside):
    from sklearn.metrics import log_loss

    metrics = json.loads((inside.folder / "reports/metrics.json").read_text())
    runs = pl.read_parquet("artifacts/bin/runs.parquet").filter(role="train")
    table = pl.read_parquet("artifacts/gbt/predictions.parquet").filter(
        role="out_of_fold", label="sulfate"
    )
    both = runs.select("sample_id", "sulfate").join(table, on="sample_id")
    expected = log_loss(both["sulfate"], both["probability"])
    got = metrics["by_label"]["out_of_fold"]["gbt"]["sulfate"]["log_loss"]
    assert got == pytest.approx(expected, abs=1e-6)


def test_ablation_ends_with_the_blend_and_starts_from_the_families(inside):
    metrics = json.loads((inside.folder / "reports/metrics.json").read_text())
    scores = metrics["out_of_fold"]
    table = pl.read_csv("reports/ablation.csv")
    assert set(table["family"]) == set(FAMILIES)
    # two routes to each number
    for row in table.iter_rows(named=True):
        for end in ("", "_low", "_high"):
            expected = scores[row["family"]][f"log_loss{end}"]
            assert row[f"alone{end}"] == pytest.approx(expected, abs=2e-6)
    for end in ("", "_low", "_high"):
        expected = scores["stack"][f"log_loss{end}"]
        assert table[f"blend{end}"][-1] == pytest.approx(expected, abs=2e-6)


def test_blend_of_all_families_is_that_of_the_stack_bit_by_bit(inside):
    from pipeline.ablate import subset_scores
    from pipeline.probabilities import run_probabilities

    params = inside.params()
    blend = run_probabilities("stack", "out_of_fold", params.data.labels)
    np.testing.assert_array_equal(
        # the order in which families are named must not matter
        subset_scores(params).blend(FAMILIES[::-1]),
        blend.select(params.data.labels).to_numpy(),
    )


def test_page_of_the_blend_says_how_long_training_took(inside):
    page = (inside.folder / "reports/ensemble.html").read_text(encoding="utf-8")
    assert "not measured" not in page
    assert "at least" not in page


def test_similar_runs_are_training_runs_of_the_fold(inside):
    near = pl.read_parquet("artifacts/kernel/neighbours.parquet")
    scored = pl.read_parquet("artifacts/fold/folds.parquet").filter(
        pl.col("inner_fold") == -1
    )
    # no run is compared with one that its fold scores, least of all with itself
    wrong = near.join(
        scored,
        left_on=["repeat", "fold", "training_sample_id"],
        right_on=["repeat", "outer_fold", "sample_id"],
        how="semi",
    )
    assert wrong.is_empty()
    ranked = near.sort("repeat", "fold", "sample_id", "rank")["similarity"]
    falling = ranked.to_numpy().reshape(-1, near["rank"].max())
    assert (np.diff(falling, axis=1) <= 0).all()
    assert ((falling >= 0) & (falling <= 1)).all()


def test_submission_follows_the_template(inside, simulated):
    template = pl.read_csv(simulated / "submission_format.csv")
    submission = pl.read_csv("reports/submission.csv")
    assert submission.columns == template.columns
    assert submission["sample_id"].to_list() == template["sample_id"].to_list()
    assert inside.ega("check").code == 0


def test_models_are_text_and_reproduce_the_predictions(inside):
    import lightgbm as lgb

    from pipeline.model_archive import read_archive

    texts = read_archive(Path("artifacts/gbt/models/repeat0_fold0.zip"))
    booster = lgb.Booster(model_str=texts["carbonate_0.txt"].decode())
    features = pl.read_parquet("artifacts/featurize/features.parquet")
    table = pl.read_parquet("artifacts/gbt/predictions.parquet").filter(
        role="test", label="carbonate", fold=0
    )
    rows = table.select("sample_id").join(
        features, on="sample_id", how="left", maintain_order="left"
    )
    # the names inside the model are all that is needed to use it
    X = rows.select(booster.feature_name()).to_numpy()
    np.testing.assert_allclose(booster.predict(X), table["probability"], atol=1e-12)


def test_nothing_is_pickled(inside):
    for name in inside.written():
        head = (inside.folder / name).read_bytes()[:2]
        # protocol 2 and later begin with 0x80 and the protocol
        assert not (head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05"), name


def test_two_processes_write_the_same_bytes(finished, tmp_path, simulated):
    # what comes after stack runs in one process anyway
    other = run_pipeline(
        tmp_path / "processes", simulated, workers=2, backend="loky", last="stack"
    )
    made = digests(other)
    assert len(made) > 50
    assert made.items() <= digests(finished).items()


def test_finished_units_are_not_computed_again(inside, monkeypatch):
    from pipeline import gbt

    before = digests(inside)

    def refuse(*_):
        raise AssertionError("a cached unit was computed again")

    monkeypatch.setattr(gbt, "fit_gbt", refuse)
    assert inside.ega("gbt").code == 0
    assert digests(inside) == before


def test_mixed_copies_name_both_runs(inside):
    copy = pl.read_parquet("artifacts/featurize/copy_01.parquet")
    runs = pl.read_parquet("artifacts/bin/runs.parquet")
    training = set(runs.filter(role="train")["sample_id"])
    partners = copy["partner_id"].drop_nulls()
    assert len(partners) > 0
    # a copy of a holdout or test run would let it into training
    assert set(copy["sample_id"]) <= training
    assert set(partners) <= training


@pytest.mark.parametrize("file", documented_schemas())
def test_tables_have_the_columns_and_types_of_the_data_dictionary(inside, file):
    labels = inside.params().data.labels
    features = pl.read_csv("artifacts/featurize/dictionary.csv")["name"]
    schema = documented_schemas()[file]
    expected = expanded(schema, "<label>", labels)
    expected = expanded(dict(expected), "<feature>", features)
    expected = expanded(dict(expected), "<family>", FAMILIES)
    # programs of others are written from that page
    for family in (*FAMILIES, "stack") if "<family>" in file else ("",):
        path = file.replace("<family>", family)
        read = pl.read_csv if path.endswith(".csv") else pl.read_parquet
        assert list(read(path).schema.items()) == expected, path


def test_the_data_dictionary_lists_all_quantities_of_a_family(inside):
    table = pl.read_csv("artifacts/featurize/dictionary.csv")
    found = {family: [] for family in table["family"].unique(maintain_order=True)}
    for row in table.iter_rows(named=True):
        low, high = row["temperature_low_celsius"], row["temperature_high_celsius"]
        window = None if low is None else (low, high)
        quantity = row["name"].removesuffix(feature_name("", row["mz"], window))
        if quantity not in found[row["family"]]:
            found[row["family"]].append(quantity)
    assert found == documented_quantities()
