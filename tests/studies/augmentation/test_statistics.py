import numpy as np
import polars as pl
import pytest
from scipy import stats

from studies.augmentation.search import choose
from studies.augmentation.statistics import (
    corrected_interval,
    effects,
    holm,
    log_ratios,
)


def scores(factors, folds=6, spread=0.0, seed=0):
    """Return scores in which each augmentation multiplies the error by a factor."""
    rng = np.random.default_rng(seed)
    rows = []
    for fold in range(folds):
        for analyte in ("a", "b"):
            base = rng.uniform(0.5, 2)
            for name, factor in {"none": 1.0, **factors}.items():
                error = base * factor * np.exp(spread * rng.standard_normal())
                rows.append(
                    {
                        "phase": "compare",
                        "data_set": "corn",
                        "percent": 5,
                        "repeat": 0,
                        "augmentation": name,
                        "regressor": "networks",
                        "fold": fold,
                        "analyte": analyte,
                        "mae": error / 2,
                        "rmse": error,
                    }
                )
    return pl.DataFrame(rows)


def test_a_factor_is_found_in_percent():
    table = scores({"vae": 1.1, "noise": 0.8}, spread=0.001)
    found = effects(log_ratios(table, "rmse"), ("augmentation",), 1 / 5)
    assert found["augmentation"].to_list() == ["vae", "noise"]
    np.testing.assert_allclose(found["change"], [10, -20], atol=0.2)
    assert found["verdict"].to_list() == ["harms", "helps"]


def test_an_interval_that_holds_zero_says_nothing():
    table = scores({"vae": 1.0}, spread=0.3)
    found = effects(log_ratios(table, "mae"), ("augmentation",), 1 / 5)
    assert found["low"].item() < 0 < found["high"].item()
    assert found["verdict"].item() == "unclear"


def test_rows_without_error_or_baseline_are_left_out():
    table = scores({"vae": 1.1})
    gaps = table.with_columns(
        pl.when(pl.col("fold") == 2).then(float("nan")).otherwise("rmse").alias("rmse")
    )
    assert len(log_ratios(gaps, "rmse")) == 10
    missing = table.filter((pl.col("augmentation") != "none") | (pl.col("fold") > 0))
    assert set(log_ratios(missing, "rmse")["fold"]) == {1, 2, 3, 4, 5}


def test_without_correction_it_is_the_paired_t_test():
    values = np.random.default_rng(3).normal(0.1, 0.2, 8)
    effect = corrected_interval(values, 0.0)
    expected = stats.ttest_1samp(values, 0)
    assert effect.p == pytest.approx(expected.pvalue)
    low, high = 100 * np.expm1(expected.confidence_interval(0.95))
    assert (effect.low, effect.high) == pytest.approx((low, high))


def test_overlap_widens_the_interval_by_the_root_of_its_factor():
    values = np.random.default_rng(3).normal(0.0, 0.01, 8)
    plain, corrected = (corrected_interval(values, r) for r in (0.0, 1 / 7))
    ratio = (corrected.high - corrected.low) / (plain.high - plain.low)
    assert ratio == pytest.approx(np.sqrt((1 / 8 + 1 / 7) * 8), rel=1e-2)


def test_coverage_of_the_corrected_interval():
    # Folds that share a component, as overlapping training sets make them: correlation
    # 1/8 is what the correction is made for.
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        shared = rng.normal(0, np.sqrt(1 / 8))
        values = shared + rng.normal(0, np.sqrt(7 / 8), 8)
        effect = corrected_interval(0.01 * values, 1 / 7)
        held += effect.low < 0 < effect.high
    assert 0.93 < held / 2000 < 0.97


def test_one_fold_says_nothing():
    assert corrected_interval(np.array([-1.0]), 0.1).verdict == "unclear"


def test_holm_is_that_of_the_definition():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03])), [0.06, 0.03, 0.06])
    assert holm(np.array([0.6, 0.9])).max() == 1.0


def test_the_best_candidate_is_chosen_and_only_candidates_are():
    table = scores({"vae": 0.9, "noise": 0.7, "longer": 0.5}, spread=0.01)
    chosen = choose(table, ("vae", "noise"))
    assert chosen["augmentation"].to_list() == ["noise"]
    assert chosen["log_ratio"].item() == pytest.approx(np.log(0.7), abs=0.02)
