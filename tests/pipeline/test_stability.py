"""Scores of single folds, their spread, and what a like run is worth."""

import numpy as np
import polars as pl
import pytest
from support import seal_all

from pipeline import paths
from pipeline.atomic import write_parquet
from pipeline.fold_scores import fold_scores
from pipeline.similarity_table import (
    BANDS,
    moved_runs,
    similarity_bands,
    similarity_table,
)
from pipeline.stability import folds_won, mean_weights, stabilities, stability

LABELS = ("salt", "rock")


def folds(losses, error=0.02, family="stack"):
    """Return rows of one system from {repeat: losses of its folds}."""
    return pl.DataFrame(
        [
            (family, None, repeat, fold, 10, loss, error)
            for repeat, values in losses.items()
            for fold, loss in enumerate(values)
        ],
        schema={
            "family": pl.String,
            "label": pl.String,
            "repeat": pl.Int64,
            "fold": pl.Int64,
            "runs": pl.Int64,
            "log_loss": pl.Float64,
            "standard_error": pl.Float64,
        },
        orient="row",
    )


def test_spread_is_that_inside_repeats():
    found = stability(folds({0: (0.1, 0.2), 1: (0.3, 0.4)}))
    # the repeats differ by 0.2, which is no spread over folds
    assert found.spread == pytest.approx(np.sqrt(0.005))
    assert found.expected == pytest.approx(0.02)
    assert found.ratio == pytest.approx(np.sqrt(0.005) / 0.02)
    assert found.repeats == pytest.approx((0.15, 0.35))
    assert found.values == {0: (0.1, 0.2), 1: (0.3, 0.4)}


def test_repeat_alone_weighs_folds_by_their_runs():
    table = folds({0: (0.1, 0.4)}).with_columns(runs=pl.Series([30, 10]))
    assert stability(table).repeats == pytest.approx((0.175,))


@pytest.mark.parametrize("seed", range(3))
def test_folds_of_independent_runs_spread_as_expected(seed):
    rng = np.random.default_rng(seed)
    losses = rng.exponential(0.1, (200, 5, 30))
    table = folds({r: part.mean(axis=1) for r, part in enumerate(losses)}).with_columns(
        standard_error=pl.Series(losses.std(axis=2, ddof=1).ravel() / np.sqrt(30))
    )
    # what the page calls "if independent" must be true of independent runs
    assert stability(table).ratio == pytest.approx(1, abs=0.1)


def test_one_fold_has_no_spread():
    assert np.isnan(stability(folds({0: (0.1,)})).spread)


def test_folds_are_won_by_the_lower_loss():
    table = pl.concat(
        [
            folds({0: (0.1, 0.2, 0.3)}),
            folds({0: (0.2, 0.2, 0.2)}, family="gbt"),
        ]
    )
    # equal is not won
    assert folds_won(table, "gbt") == (1, 3)
    assert set(stabilities(table)) == {("stack", None), ("gbt", None)}


def test_weights_are_averaged_over_labels():
    table = pl.DataFrame(
        {
            "label": [*LABELS, *LABELS, "salt"],
            "family": ["gbt"] * 4 + ["constant"],
            "weight": [0.2, 0.4, 0.6, 0.8, 9.0],
            "repeat": [0, 0, 0, 0, 0],
            "fold": [0, 0, 1, 1, 0],
        }
    )
    assert mean_weights(table)["gbt"] == pytest.approx([0.3, 0.7])
    assert list(mean_weights(table)) == ["gbt"]


def predictions(truth):
    """Return out-of-fold predictions of two repeats of two folds."""
    rows = [
        (run, label, "out_of_fold", repeat, (number + repeat) % 2, p)
        for repeat in range(2)
        for number, run in enumerate(truth["sample_id"])
        for label, p in zip(LABELS, (0.8, 0.1), strict=True)
    ]
    columns = ["sample_id", "label", "role", "repeat", "fold", "probability"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def test_loss_of_a_fold_is_that_of_its_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    truth = pl.DataFrame(
        {"sample_id": list("abcd"), "salt": [1, 0, 1, 0], "rock": [0, 0, 0, 0]}
    )
    write_parquet(paths.predictions("gbt"), predictions(truth))
    seal_all()
    table = fold_scores(["gbt"], truth, LABELS)
    assert table["runs"].to_list() == [2] * 12
    # fold 0 of repeat 0 has the runs a and c, which have salt
    salt = table.filter(label="salt", repeat=0)["log_loss"].to_list()
    assert salt == pytest.approx([-np.log(0.8), -np.log(0.2)])
    # other folds in the other repeat
    salt = table.filter(label="salt", repeat=1)["log_loss"].to_list()
    assert salt == pytest.approx([-np.log(0.2), -np.log(0.8)])
    mean = table.filter(pl.col("label").is_null(), repeat=0)["log_loss"].to_list()
    assert mean[0] == pytest.approx(-(np.log(0.8) + np.log(0.9)) / 2)
    assert table["standard_error"].max() == pytest.approx(0, abs=1e-12)


def summary(values, inside):
    return {"log_loss": float(values[inside].mean()) if inside.any() else None}


def test_every_run_is_in_one_band():
    similarity = np.array([0.0, 0.05, 0.1, 0.3, 0.69, 0.7, 1.0])
    table = pl.DataFrame(
        {
            "similarity": similarity,
            "log_loss": np.arange(7.0),
            "same_compounds": [False] * 6 + [True],
        }
    )
    bands = similarity_bands(table, similarity[:3], summary)
    assert bands["runs"].to_list() == [2, 1, 1, 1, 2]
    assert bands["runs_to_predict"].to_list() == [2, 1, 0, 0, 0]
    assert bands["similarity_low"].to_list() == list(BANDS[:-1])
    assert bands["loss_share"].sum() == pytest.approx(1)
    assert bands["log_loss"].to_list() == [0.5, 2, 3, 4, 5.5]
    assert bands["same_compounds"][-1] == 0.5


def test_moved_runs_compare_a_run_with_itself():
    similar = {"near_first": (0.9, 0.3), "near_last": (0.1, 0.8), "same": (0.5, 0.6)}
    losses = {"near_first": (0.05, 0.2), "near_last": (0.4, 0.1), "same": (0.3, 0.3)}
    rows = [
        (run, repeat, 0, 1, "x", similar[run][repeat], losses[run][repeat])
        for run in similar
        for repeat in range(2)
    ]
    columns = ["sample_id", "repeat", "fold", "rank", "training_sample_id"]
    both = pl.DataFrame(rows, schema=[*columns, "similarity", "log_loss"], orient="row")
    found = moved_runs(
        both.select("sample_id", "repeat", "fold", "log_loss"), both.drop("log_loss")
    )
    assert found.rows() == [("near_first", 0.05, 0.2), ("near_last", 0.1, 0.4)]


def test_no_run_moves_in_a_single_repeat():
    by_run = pl.DataFrame(
        {"similarity": [0.5], "log_loss": [0.2], "same_compounds": [True]}
    )
    bands = similarity_bands(by_run, np.array([]), summary)
    nobody = pl.DataFrame(schema={"near": pl.Float64, "far": pl.Float64})
    table = similarity_table(bands, nobody, summary)
    assert table["group"].to_list() == ["all"] * 5 + ["near", "far"]
    assert table["runs"].to_list()[-2:] == [0, 0]
