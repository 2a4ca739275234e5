"""The SAM study: what training may read, scores with a known answer, a small run."""

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML
from support import REPOSITORY, SMALL_NETWORK, seal_all

from models.metrics import log_losses
from pipeline import paths
from pipeline.atomic import write_parquet
from pipeline.params import load_params
from pipeline.sam_transfer_data import DATA_SETS, StudyRuns, splits
from pipeline.sam_transfer_scores import Predictions, compare
from pipeline.sam_transfer_variants import (
    VARIANTS,
    composed_test,
    learn_translation,
    training_set,
)


@pytest.fixture(scope="module")
def params():
    return load_params(REPOSITORY / "params.yaml")


def some_runs(n_commercial=40, n_sam=9, seed=0):
    """Return runs whose abundances name them: run k holds values of k to k + 0.5."""
    rng = np.random.default_rng(seed)
    n = n_commercial + n_sam
    shares = np.arange(n)[:, None, None] + 0.5 * rng.random((n, 20, 6))
    y = (rng.random((n, 3)) < 0.4).astype(np.int8)
    is_sam = np.arange(n) >= n_commercial
    y[is_sam] = 0
    ids = np.array([f"S{k:04d}" for k in range(n)])
    edges = np.arange(0.0, 35.0, 5.0)
    return StudyRuns(ids, shares.astype(np.float32), y, is_sam, edges)


def without(runs, rows):
    """Return the runs with what is in `rows` made unusable."""
    shares, y = runs.shares.copy(), runs.y.copy()
    shares[rows], y[rows] = -1e9, 99
    return StudyRuns(
        runs.sample_ids, shares, y, runs.is_sam, runs.temperature_edges_celsius
    )


@pytest.mark.parametrize("data_set", DATA_SETS)
def test_no_run_is_both_trained_on_and_scored(data_set, params):
    runs = some_runs()
    for split in splits(data_set, runs, params):
        read = {*split.commercial, *split.sam}
        scored = {*split.held_out, *split.scored_sam}
        assert not read & scored
        assert read | scored == set(range(len(runs.y)))
        assert runs.is_sam[split.sam].all()
        assert runs.is_sam[split.scored_sam].all()
        assert not runs.is_sam[split.commercial].any()


def test_every_measured_sam_run_is_scored_once(params):
    runs = some_runs()
    scored = [split.scored_sam for split in splits("measured", runs, params)]
    np.testing.assert_array_equal(
        np.sort(np.concatenate(scored)), np.flatnonzero(runs.is_sam)
    )
    held_out = [split.held_out for split in splits("measured", runs, params)]
    # Pooled over the groups, a run that is scored twice would count twice.
    assert len(np.unique(np.concatenate(held_out))) == sum(map(len, held_out))


def test_simulated_sam_runs_of_training_are_blanks_first(params):
    runs = some_runs(n_sam=30)
    runs.y[-10:] = 1
    (split,) = splits("simulated", runs, params)
    assert len(split.sam) == params.sam_transfer.simulated_sam_training
    # As in reality: otherwise the shortcut could not show.
    assert runs.y[split.sam].sum() == 0


@pytest.mark.parametrize("data_set", DATA_SETS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_scored_runs_do_not_reach_training(variant, data_set, params):
    runs = some_runs()
    for split in splits(data_set, runs, params):
        poisoned = without(runs, [*split.held_out, *split.scored_sam])
        clean, other = (
            training_set(
                which, split, variant, params.sam_transfer, np.random.default_rng(3)
            )
            for which in (runs, poisoned)
        )
        # Bit by bit the same: nothing of a scored run is anywhere in what is learnt.
        np.testing.assert_array_equal(clean[0], other[0])
        np.testing.assert_array_equal(clean[1], other[1])


@pytest.mark.parametrize("data_set", DATA_SETS)
def test_scored_runs_do_not_reach_the_translation(data_set, params):
    runs = some_runs()
    for split in splits(data_set, runs, params):
        poisoned = without(runs, [*split.held_out, *split.scored_sam])
        clean, other = (
            learn_translation(which, split, params.sam_transfer)
            for which in (runs, poisoned)
        )
        np.testing.assert_array_equal(clean.source.mean, other.source.mean)
        np.testing.assert_array_equal(clean.target.mean, other.target.mean)


def test_composed_runs_hold_nothing_that_training_read(params):
    runs = some_runs()
    for split in splits("measured", runs, params):
        poisoned = without(runs, [*split.commercial, *split.sam])
        clean, other = (
            composed_test(which, split, params.sam_transfer, np.random.default_rng(3))
            for which in (runs, poisoned)
        )
        np.testing.assert_array_equal(clean[0], other[0])
        assert len(clean[0]) == len(split.held_out)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_adds_what_its_name_says(variant, params):
    runs = some_runs()
    split = splits("measured", runs, params)[0]
    shares, y = training_set(
        runs, split, variant, params.sam_transfer, np.random.default_rng(0)
    )
    n = len(split.commercial)
    np.testing.assert_array_equal(shares[:n], runs.shares[split.commercial])
    added = VARIANTS[variant]
    n_labelled = len(split.sam) if "labelled" in added else 0
    n_changed = n if {"degraded", "mixed"} & {*added} else 0
    assert len(shares) == len(y) == n + n_labelled + n_changed
    if n_changed:
        # Blank SAM runs take no label away: every commercial label is there twice.
        np.testing.assert_array_equal(y.sum(axis=0), 2 * y[:n].sum(axis=0))


def test_scores_are_those_of_members_and_of_their_mean(params):
    y = np.array([[1, 0], [0, 1], [0, 0]])
    logits = np.array([[[2.0, -1], [0, 1], [-1, -1]], [[0.0, -3], [-2, 3], [1, -3]]])
    rows = compare(
        y,
        [
            Predictions("none", translated=False, logits=logits),
            Predictions("better", translated=False, logits=np.where(y, 9.0, -9)[None]),
        ],
        params,
    )
    p = 1 / (1 + np.exp(-logits))
    single, average, better = rows
    assert single["log_loss"] == pytest.approx(
        np.mean([log_losses(y, one).mean() for one in p]), abs=1e-4
    )
    mean = 1 / (1 + np.exp(-logits.mean(axis=0)))
    assert average["log_loss"] == pytest.approx(log_losses(y, mean).mean(), abs=1e-4)
    assert average["low"] <= average["log_loss"] <= average["high"]
    assert average["change"] == 0
    # Compared with the average, since both are one prediction.
    assert better["change"] == pytest.approx(
        better["log_loss"] - average["log_loss"], abs=2e-4
    )
    assert better["change_high"] < 0


def small(workspace):
    workspace.set(
        sequence=SMALL_NETWORK
        | {
            "members": [
                {
                    "network": "convolution",
                    "channels": ["log_maximum"],
                    "width": 8,
                    "layers": 1,
                    "dropout": 0.1,
                    "last_dropout": 0.5,
                }
            ]
        },
        sam_transfer={
            "epochs": 1,
            "simulated_epochs": 1,
            "seeds": 2,
            "simulated_runs": 30,
            "simulated_sam_share": 0.4,
            "simulated_sam_training": 3,
        },
        evaluate={"bootstrap_samples": 100},
    )


def write_family(name, labels, probability):
    """Write predictions of a family that says the same of every training run."""
    runs = pl.read_parquet("artifacts/bin/runs.parquet")
    ids = runs.filter(pl.col("role") == "train").select("sample_id")
    table = ids.join(pl.DataFrame({"label": labels}), how="cross").with_columns(
        role=pl.lit("out_of_fold"),
        repeat=pl.lit(0),
        fold=pl.lit(0),
        probability=pl.lit(probability),
    )
    write_parquet(paths.predictions(name), table)


def test_the_study_writes_table_and_page_and_resumes(workspace, monkeypatch):
    small(workspace)
    assert workspace.ega("bin").code == 0
    labels = workspace.params().data.labels
    write_family("gbt", labels, 0.2)
    write_family("linear", labels, 0.6)
    seal_all()
    result = workspace.ega("sam_transfer")
    assert result.code == 0, result.stderr
    everything = pl.read_csv("reports/sam_transfer.csv")
    of_families = everything.filter(pl.col("scored") == "families")
    assert of_families["variant"].to_list() == ["gbt", "linear", "plain average"]
    # The mean of logits: 0.2 and 0.6 are -1.386 and 0.405, their mean is 0.380.
    assert of_families["mean_probability"][2] == pytest.approx(0.380, abs=1e-3)
    table = everything.filter(pl.col("scored") != "families")
    assert set(table["variant"]) == {*VARIANTS, "prevalence"}
    assert set(table["data_set"]) == set(DATA_SETS)
    assert table.select("log_loss", "low", "high").null_count().sum_horizontal()[0] == 0
    page = (workspace.folder / "reports/sam_transfer.md").read_text()
    for variant in VARIANTS:
        assert f"| {variant} |" in page
    # Everything is kept: the second time no network is trained.
    monkeypatch.setattr("pipeline.sam_transfer_units.fit_network", None)
    assert workspace.ega("sam_transfer").code == 0
    assert (workspace.folder / "reports/sam_transfer.md").read_text() == page


def test_without_sam_runs_the_study_says_what_is_missing(workspace):
    small(workspace)
    workspace.set(sam_transfer={"sam_groups": 30})
    workspace.ega("bin")
    result = workspace.ega("sam_transfer")
    assert result.code == 1
    assert "expected at least 30, one a group" in result.stderr


@pytest.mark.parametrize("name", ["counts_log10", "missing_ions", "mixing_gain_log2"])
def test_a_reversed_range_is_refused(name):
    from pydantic import ValidationError

    from pipeline.sam_transfer_params import SamTransferParams

    settings = YAML(typ="safe").load(REPOSITORY / "params.yaml")["sam_transfer"]
    low, high = settings[name]
    with pytest.raises(ValidationError, match=rf"{name} must be \[low, high\]"):
        SamTransferParams(**{**settings, name: [high, low]})
