"""Intervals: the factor against theory, coverage on folds not seen, few folds."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import t

from pipeline.prediction.intervals import (
    CLIP,
    MINIMUM_FOLDS,
    MINIMUM_RUNS,
    SMALLEST_SPREAD,
    IntervalFactor,
    fit_interval,
    interval,
)

FOLDS, RUNS = 10, 1500


def student(folds, coverage):
    """Return the factor for one more draw beside `folds` normal draws."""
    return t.ppf((1 + coverage) / 2, folds - 1) * np.sqrt(1 + 1 / folds)


def normal_noise(rng, shape):
    return rng.normal(size=shape)


def outlying_noise(rng, shape):
    """One draw in eight is a hundred times as far from the others."""
    return rng.normal(size=shape) * np.where(rng.random(shape) < 1 / 8, 100, 1)


def simulated(folds=FOLDS, runs=RUNS, labels=2, seed=0, noise=normal_noise):
    """Return folds that scatter more for some runs and labels than for others."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(-1, 2, (runs, labels))
    spread = rng.uniform(0.02, 0.08, (runs, labels)) * np.arange(1, labels + 1)
    return expit(centre + spread * noise(rng, (folds, runs, labels)))


def measured(coverage=0.95, factor=3.0, distances=(0.5, 2.0)):
    return IntervalFactor(coverage, factor, RUNS, coverage, distances)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_the_factor_of_normal_log_odds_is_that_of_student(coverage):
    found = fit_interval(simulated(), coverage)
    # measured with one fold left out
    assert found.factor == pytest.approx(student(FOLDS - 1, coverage), rel=0.03)
    assert found.coverage == coverage
    assert found.runs == RUNS


@pytest.mark.parametrize("coverage", [0.8, 0.95])
@pytest.mark.parametrize("noise", [normal_noise, outlying_noise])
def test_one_more_fold_lies_within_as_often_as_wanted(noise, coverage):
    factor = fit_interval(simulated(seed=1, noise=noise), coverage)
    folds = simulated(FOLDS + 1, seed=2, noise=noise)
    low, high = interval(folds[:-1], factor)
    inside = (low <= folds[-1]) & (folds[-1] <= high)
    # three binomial errors; the factor is measured with a fold less, so it is wider
    error = 3 * np.sqrt(coverage * (1 - coverage) / inside.size)
    assert abs(inside.mean() - coverage) < error + 0.01
    # what is said to have been found is what is found
    assert abs(factor.found - coverage) < 0.02


def test_the_factor_is_measured_rather_than_assumed():
    coverage = 0.5
    found = fit_interval(simulated(noise=outlying_noise), coverage)
    # outliers widen the spread, so that half of the folds need far less of it
    assert found.factor < 0.8 * student(FOLDS - 1, coverage)


def test_more_coverage_is_a_wider_interval():
    folds = simulated(runs=100)
    widths = []
    for coverage in (0.5, 0.8, 0.95, 0.99):
        low, high = interval(folds, fit_interval(folds, coverage))
        widths.append(high - low)
    assert (np.diff(widths, axis=0) > 0).all()


@pytest.mark.parametrize("folds", [1, 2, 3, 4, 10])
def test_the_mean_always_lies_within(folds):
    rng = np.random.default_rng(0)
    # with one fold far from the others, the mean of the probabilities is not near the
    # mean of the log-odds
    probability = expit(rng.normal(-8, 1, (folds, 50, 2)))
    probability[0] = rng.choice([0.0, 1e-9, 0.5, 0.99, 1.0], (50, 2))
    mean = probability.mean(axis=0)
    for factor in (measured(), measured(factor=0.0, distances=())):
        low, high = interval(probability, factor)
        assert (low <= mean).all()
        assert (mean <= high).all()
        assert (low >= 0).all()
        assert (high <= 1).all()


def test_the_interval_is_the_factor_times_the_spread_of_log_odds():
    folds = expit(np.array([-1.0, 0.0, 0.5, 2.5]))[:, None, None]
    low, high = interval(folds, measured(factor=2.0))
    half = 2 * np.std([-1.0, 0.0, 0.5, 2.5], ddof=1)
    np.testing.assert_allclose(logit([low, high]).ravel(), [0.5 - half, 0.5 + half])


@pytest.mark.parametrize("folds", range(1, MINIMUM_FOLDS))
def test_few_folds_take_the_distances_of_the_labels(folds):
    probability = simulated(folds, runs=5)
    low, high = interval(probability, measured(distances=(0.5, 2.0)))
    half = (logit(high) - logit(low)) / 2
    # the spread of two or three folds says nearly nothing
    np.testing.assert_allclose(half, np.tile([0.5, 2.0], (5, 1)), rtol=1e-6)


def test_the_wanted_share_lies_within_the_distances():
    coverage = 0.8
    found = fit_interval(simulated(seed=1), coverage).distances
    folds = simulated(FOLDS + 1, seed=2)
    for n, distance in enumerate(found):
        gap = np.abs(logit(folds[-1, :, n]) - logit(folds[:-1, :, n]).mean(axis=0))
        error = 3 * np.sqrt(coverage * (1 - coverage) / RUNS)
        assert abs(np.mean(gap <= distance) - coverage) < error + 0.01


def test_two_folds_without_distances_take_students_factor():
    probability = simulated(2, runs=5)
    factor = fit_interval(probability, 0.95)
    assert factor.distances == ()
    low, high = interval(probability, factor)
    spread = logit(probability).std(axis=0, ddof=1)
    half = (logit(high) - logit(low)) / 2
    np.testing.assert_allclose(half, student(2, 0.95) * spread, rtol=1e-6)


def test_one_fold_without_distances_has_an_interval_of_some_kind():
    probability = np.array([[[0.0, 0.3, 1.0]]])
    low, high = interval(probability, fit_interval(probability, 0.95))
    assert np.isfinite([low, high]).all()
    assert (low <= probability[0]).all()
    assert (probability[0] <= high).all()
    assert low[0, 1] < 0.3 < high[0, 1]


@pytest.mark.parametrize(
    "shape", [(MINIMUM_FOLDS - 1, RUNS, 2), (FOLDS, MINIMUM_RUNS - 1, 2), (FOLDS, 0, 2)]
)
def test_too_little_to_measure_on_is_said(shape):
    found = fit_interval(simulated(*shape), 0.95)
    assert found.runs == 0
    assert np.isnan(found.found)
    assert found.distances == ()
    assert found.factor == pytest.approx(student(shape[0], 0.95))


@pytest.mark.parametrize("value", [0.0, 1e-12, 0.4, 1.0])
def test_folds_of_one_mind_have_a_narrow_interval(value):
    folds = np.full((FOLDS, MINIMUM_RUNS, 2), value)
    found = fit_interval(folds, 0.95)
    assert np.isfinite([found.factor, *found.distances]).all()
    low, high = interval(folds, found)
    assert (low <= value).all()
    assert (value <= high).all()
    # the spread of a constant is taken for rounding, and 0 for a millionth
    assert (high - low < 3 * SMALLEST_SPREAD + CLIP).all()


def test_runs_and_labels_are_judged_alone():
    folds = simulated(runs=40)
    low, high = interval(folds, measured())
    some = np.array([7, 3])
    for whole, part in zip(
        (low, high), interval(folds[:, some], measured()), strict=True
    ):
        np.testing.assert_array_equal(whole[some], part)
