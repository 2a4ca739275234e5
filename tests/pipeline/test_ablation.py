"""Subsets of families on tables whose best blend is known beforehand."""

import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss
from support import REPOSITORY

from pipeline.ablation import ablation_table, greedy_order
from pipeline.calibration_tables import calibration_table, curve_table
from pipeline.label_calibration import label_calibration, label_curves
from pipeline.params import load_params
from pipeline.stack import cross_fitted_predictions
from pipeline.subset_scores import SubsetScores

LABELS = ("salt", "rock")
N_RUNS, N_FOLDS, N_REPEATS = 150, 3, 2
# log-odds of the labels' true probabilities
SPREAD = 2.0


def small_params():
    params = load_params(REPOSITORY / "params.yaml")
    return params.model_copy(
        update={
            "data": params.data.model_copy(update={"labels": LABELS}),
            "evaluate": params.evaluate.model_copy(update={"bootstrap_samples": 100}),
        }
    )


def made(families, *, n_runs=N_RUNS, seed=0):
    """Return the scores of families made from the truth.

    `families` maps a name to a function of (true log-odds, labels, random generator).
    """
    rng = np.random.default_rng(seed)
    z = rng.normal(0, SPREAD, (n_runs, len(LABELS)))
    y = (rng.random(z.shape) < expit(z)).astype(float)
    ids = [f"S{number:04d}" for number in range(n_runs)]
    truth = pl.DataFrame(
        {"sample_id": ids, "instrument_type": "commercial"}
        | {label: y[:, k] for k, label in enumerate(LABELS)}
    )
    fold = rng.permutation(n_runs) % N_FOLDS
    parts = []
    for repeat in range(N_REPEATS):
        said = {name: expit(make(z, y, rng)) for name, make in families.items()}
        for k, label in enumerate(LABELS):
            parts.append(
                pl.DataFrame(
                    {"sample_id": ids, "label": label, "role": "out_of_fold"}
                    | {"repeat": repeat, "fold": (fold + repeat) % N_FOLDS}
                    | {name: p[:, k] for name, p in said.items()}
                    | {"y": y[:, k], "by_average": False}
                )
            )
    rows = pl.concat(parts)
    return SubsetScores(tuple(families), rows, truth, small_params()), rows


def noisy(spread):
    return lambda z, y, rng: z + rng.normal(0, spread, z.shape)


def useless(z, y, rng):
    return rng.normal(0, 1, z.shape)


def perfect(z, y, rng):
    return np.where(y > 0.5, 5.0, -5.0) + rng.normal(0, 0.1, z.shape)


@pytest.fixture(scope="module")
def three():
    families = {"useless": useless, "good": noisy(1.0), "fair": noisy(2.0)}
    scores, rows = made(families)
    return scores, rows, ablation_table(scores)


def test_useless_family_comes_last_and_changes_next_to_nothing(three):
    _, _, table = three
    assert table["family"].to_list() == ["good", "fair", "useless"]
    last = table.row(2, named=True)
    assert abs(last["gain"]) < 0.01
    assert abs(last["missed"]) < 0.01
    # a coin with opinions; recalibration learns not to listen to it
    assert last["alone"] > np.log(2) > last["recalibrated"] - 0.03


def test_perfect_family_comes_first(three):
    scores, _ = made({"good": noisy(1.0), "useless": useless, "perfect": perfect})
    table = ablation_table(scores)
    assert table["family"][0] == "perfect"
    assert table["blend"][0] < 0.02
    # and nothing else is missed as much
    assert table["missed"].arg_max() == 0


def test_last_step_is_the_stack_s_own_score(three):
    _, rows, table = three
    families = ("useless", "good", "fair")
    params = small_params()
    blend = pl.concat(cross_fitted_predictions(rows, families, params))
    mean = (
        blend.group_by("sample_id", "label", maintain_order=True)
        .agg(pl.col("probability").mean())
        .join(
            rows.select("sample_id", "label", "y").unique(), on=["sample_id", "label"]
        )
    )
    expected = np.mean(
        [
            log_loss(part["y"].to_numpy(), part["probability"].to_numpy())
            for part in mean.partition_by("label")
        ]
    )
    assert table["blend"][-1] == pytest.approx(expected, abs=1e-6)


def test_gains_add_up_and_leaving_out_the_last_undoes_its_step(three):
    _, _, table = three
    total = table["blend"][0] - table["gain"].sum()
    assert total == pytest.approx(table["blend"][-1], abs=1e-5)
    last = table.row(-1, named=True)
    assert last["missed"] == last["gain"]
    assert last["blend_without"] == table["blend"][-2]
    assert table["gain"][0] is None


def test_intervals_hold_their_score_and_pairs_are_surer(three):
    _, _, table = three
    for name in ("alone", "recalibrated", "blend", "blend_without"):
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()
    # the same resampled runs on both sides: what is common to them cancels
    widths = {
        name: (table[f"{name}_high"] - table[f"{name}_low"])[1:].to_numpy()
        for name in ("gain", "blend")
    }
    assert (widths["gain"] < widths["blend"]).all()


def test_one_family_has_nothing_to_be_left_out_of():
    table = ablation_table(made({"good": noisy(1.0)}, n_runs=60)[0])
    row = table.row(0, named=True)
    assert row["blend"] == row["recalibrated"]
    assert row["blend_without"] is row["missed"] is row["gain"] is None


def test_greedy_looks_one_step_ahead_and_no_further():
    losses = {"a": 3, "b": 2, "c": 2.5, "ab": 1.9, "bc": 1.8, "ac": 0, "abc": 1}
    order = greedy_order("abc", lambda names: losses["".join(sorted(names))])
    # a and c together would be best, but b is best alone
    assert order == ["b", "c", "a"]
    # of equals the first named
    assert greedy_order("cab", lambda names: 0) == ["c", "a", "b"]


def test_too_sharp_family_is_seen_and_mended():
    sharp = {"sharp": lambda z, y, rng: 2 * z, "good": noisy(1.0)}
    scores, _ = made(sharp, n_runs=600)
    table = calibration_table(scores, small_params())
    rows = {(row["system"], row["when"]): row for row in table.iter_rows(named=True)}
    before, after = rows["sharp", "before"], rows["sharp", "after"]
    assert before["slope"] == pytest.approx(0.5, abs=0.08)
    assert before["slope_low"] < 0.5 < before["slope_high"]
    assert after["slope"] == pytest.approx(1, abs=0.15)
    assert after["log_loss"] < before["log_loss"] - 0.02
    assert after["calibration_error"] < before["calibration_error"]
    assert set(rows) == {
        (system, when)
        for system in ("sharp", "good", "stack")
        for when in ("before", "after")
    }


def test_curves_hold_every_decision_of_every_system(three):
    scores, _, _ = three
    curves = curve_table(scores, small_params())
    counts = curves.group_by("system", "when").agg(pl.col("decisions").sum())
    assert len(counts) == 8
    assert set(counts["decisions"]) == {N_RUNS * len(LABELS)}


def test_calibration_of_a_label_is_its_own():
    def bold(z, y, rng):
        # the second label's log-odds are twice what they should be
        return z * [1.0, 2.0]

    scores, _ = made({"bold": bold}, n_runs=600)
    # the blend would mend what is looked for
    scores._blends[("bold",)] = scores.alone("bold")
    table = label_calibration(scores, small_params())
    assert table["label"].to_list() == list(LABELS)
    assert table["positives"].to_list() == scores.scorer.y.sum(axis=0).tolist()
    slopes = table["slope"].to_list()
    assert slopes == pytest.approx([1.0, 0.5], abs=0.15)
    assert table["slope_high"][1] < 1 < table["slope_high"][0]
    curves = label_curves(scores, small_params())
    for label in LABELS:
        part = curves.filter(pl.col("label") == label)
        assert part["decisions"].sum() == 600
        assert part["predicted"].is_sorted()


def test_label_that_is_separated_has_no_line():
    scores, _ = made({"sure": lambda z, y, rng: 20 * (y - 0.5)})
    table = label_calibration(scores, small_params())
    assert table["slope"].to_list() == [None, None]
    assert table["calibration_error"].max() < 0.05
