"""Logarithms of shares and areas: known values, floors, gaps, the order of columns."""

import numpy as np
import pytest

from models.log_inputs import (
    AREA_FLOOR,
    PREVALENCE_FLOOR,
    log_input_columns,
    log_inputs,
)

FAMILIES = np.array(
    ["window_area", "run_facts", "prevalence", "window_area", "prevalence"]
)
SHARES, AREAS = (2, 4), (0, 3)


def table(n: int = 9, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.normal(-1, 1, (n, len(FAMILIES)))
    X[:, SHARES] = rng.random((n, 2))
    X.setflags(write=False)
    return X


def of_share(share: float) -> float:
    return float(log_inputs(np.array([[share]]), np.array(["prevalence"]))[0, 0])


def of_area(log_area: float) -> float:
    return float(log_inputs(np.array([[log_area]]), np.array(["window_area"]))[0, 0])


def test_large_values_are_plain_decades() -> None:
    assert of_share(1.0) == pytest.approx(0, abs=1e-3)
    assert of_share(0.1) == pytest.approx(-1, abs=1e-3)
    # areas come as logarithms and stay so
    assert of_area(2.0) == pytest.approx(2, abs=1e-4)
    assert of_area(0.0) == pytest.approx(0, abs=1e-3)


def test_nothing_falls_below_the_floor() -> None:
    assert of_share(0.0) == np.log10(PREVALENCE_FLOOR)
    for log_area in (-12.0, -300.0, -np.inf):
        assert of_area(log_area) == pytest.approx(np.log10(AREA_FLOOR), abs=1e-8)
    # a baseline taken away may leave less than nothing
    assert of_share(-0.3) == of_share(0.0)


def test_more_is_more() -> None:
    shares = [of_share(share) for share in (0.0, 1e-5, 1e-3, 0.2, 1.0)]
    areas = [of_area(area) for area in (-6.0, -3.0, -1.0, 0.0, 2.0)]
    assert (np.diff(shares) > 0).all()
    assert (np.diff(areas) > 0).all()


def test_columns_say_which_feature_each_input_comes_from() -> None:
    X = table()
    inputs, columns = log_inputs(X, FAMILIES), log_input_columns(FAMILIES)
    assert sorted(columns) == sorted(SHARES + AREAS)
    assert inputs.shape == (len(X), len(columns))
    for column, feature in enumerate(columns):
        one = log_inputs(X[:, [feature]], FAMILIES[[feature]])[:, 0]
        np.testing.assert_array_equal(inputs[:, column], one)


def test_a_missing_feature_is_missing_there_and_only_there() -> None:
    X = table().copy()
    X[2, SHARES[1]] = X[5, AREAS[0]] = np.nan
    found = np.isnan(log_inputs(X, FAMILIES))
    np.testing.assert_array_equal(found, np.isnan(X[:, log_input_columns(FAMILIES)]))
    assert found.sum() == 2


def test_other_families_do_not_matter() -> None:
    X = table().copy()
    before = log_inputs(X, FAMILIES)
    X[:, 1] = np.nan
    np.testing.assert_array_equal(log_inputs(X, FAMILIES), before)
    none = log_inputs(X, np.full(len(FAMILIES), "run_facts"))
    assert none.shape == (len(X), 0)


def test_every_run_is_read_alone() -> None:
    X = table()
    alone = np.vstack([log_inputs(X[[row]], FAMILIES) for row in range(len(X))])
    np.testing.assert_array_equal(log_inputs(X, FAMILIES), alone)
