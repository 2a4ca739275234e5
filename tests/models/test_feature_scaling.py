"""Inputs of the perceptron: which columns, on what scale, and fitted on which rows."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from models.feature_scaling import (
    DROPPED_MZ,
    LARGEST_INPUT,
    FeatureColumns,
    chosen_columns,
    fit_feature_scaling,
)
from models.principal_inputs import PrincipalInputs, fit_principal_inputs

METHODS = pytest.mark.parametrize("method", ["quantile", "standard"])
N_MZ = 15
FAMILIES = ("n_differences", "peak_position", "area")
COLUMNS = FeatureColumns(np.repeat(FAMILIES, N_MZ), np.tile(np.arange(N_MZ) + 1.0, 3))


def table(seed: int, n: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    # m/z 15 varies most in its differences, m/z 1 least
    X = rng.normal(size=(n, 3 * N_MZ)) * np.r_[1.4 ** np.arange(N_MZ), [9] * 2 * N_MZ]
    X[rng.random(X.shape) < 0.1] = np.nan
    return X.astype(np.float32)


def test_differences_and_peaks_without_the_least_varying_ions() -> None:
    chosen = chosen_columns(table(0), COLUMNS, "n_difference_and_peaks")
    assert set(COLUMNS.family[chosen]) == {"n_differences", "peak_position"}
    assert sorted(set(COLUMNS.mz[chosen])) == list(range(DROPPED_MZ + 1, N_MZ + 1))
    assert len(chosen) == 2 * (N_MZ - DROPPED_MZ)


def test_all_means_all() -> None:
    assert len(chosen_columns(table(0), COLUMNS, "all")) == 3 * N_MZ


def test_a_table_without_differences_is_refused() -> None:
    columns = FeatureColumns(np.full(3, "area"), np.arange(3.0))
    with pytest.raises(ValueError, match=r"n_differences.*got area"):
        chosen_columns(np.ones((4, 3)), columns, "n_difference_and_peaks")


@METHODS
def test_inputs_lie_around_zero_without_gaps(method) -> None:
    X = table(0)
    inputs = fit_feature_scaling(X, COLUMNS, "all", method).transform(X)
    assert inputs.dtype == np.float32
    assert np.isfinite(inputs).all()
    assert (inputs[np.isnan(X)] == 0).all()
    present = np.where(np.isnan(X), np.nan, inputs)
    np.testing.assert_allclose(np.nanmean(present, axis=0), 0, atol=0.05)
    np.testing.assert_allclose(np.nanstd(present, axis=0), 1, atol=0.1)


@METHODS
def test_extreme_values_are_clipped(method) -> None:
    scaling = fit_feature_scaling(table(0), COLUMNS, "all", method)
    for extreme in (1e30, np.inf):
        high = scaling.transform(np.full((1, 3 * N_MZ), extreme))
        low = scaling.transform(np.full((1, 3 * N_MZ), -extreme))
        assert (high > 2).all()
        assert (high <= LARGEST_INPUT).all()
        assert (low < -2).all()
        assert (low >= -LARGEST_INPUT).all()


@METHODS
def test_columns_that_say_nothing_become_zero(method) -> None:
    X = table(0)
    X[:, 0], X[:, 1] = np.nan, 7.3
    scaling = fit_feature_scaling(X, COLUMNS, "all", method)
    # an input that never varied has weights that nothing has taught
    assert (scaling.transform(table(1))[:, :2] == 0).all()


@METHODS
def test_order_of_values_is_kept(method) -> None:
    scaling = fit_feature_scaling(table(0), COLUMNS, "all", method)
    line = np.linspace(-3, 3, 50)[:, None] * np.ones(3 * N_MZ)
    assert (np.diff(scaling.transform(line), axis=0) >= 0).all()


@METHODS
def test_each_row_is_transformed_on_its_own(method) -> None:
    scaling = fit_feature_scaling(table(0), COLUMNS, "n_difference_and_peaks", method)
    X = table(1)
    before = X.copy()
    np.testing.assert_array_equal(scaling.transform(X)[3:4], scaling.transform(X[3:4]))
    np.testing.assert_array_equal(X, before)


def test_quantile_inputs_do_not_depend_on_the_unit() -> None:
    X = np.exp(table(0) / 9)
    plain = fit_feature_scaling(X, COLUMNS, "all", "quantile").transform(X)
    logged = np.log(X)
    other = fit_feature_scaling(logged, COLUMNS, "all", "quantile").transform(logged)
    np.testing.assert_allclose(plain, other, atol=1e-6)


def test_equal_values_share_the_middle_of_their_ranks() -> None:
    X = np.r_[np.zeros(36), np.arange(1, 25)][:, None].astype(np.float32)
    columns = FeatureColumns(np.array(["area"]), np.array([1.0]))
    inputs = fit_feature_scaling(X, columns, "all", "quantile").transform(X)
    # 36 of 60 values are zero: their middle rank is 0.3, and its normal score -0.524
    assert inputs[0, 0] == pytest.approx(-0.5244, abs=1e-3)


@METHODS
def test_principal_inputs_keep_the_distances_of_training_runs(method) -> None:
    X = table(0, n=20)
    scaled = fit_feature_scaling(X, COLUMNS, "all", method).transform(X)
    inputs = fit_principal_inputs(X, COLUMNS, "all", method).transform(X)
    # 20 centred runs span 19 directions, fewer than there are features
    assert inputs.shape == (20, 19)
    ratio = pdist(inputs) / pdist(scaled)
    # one scale for all: no direction is blown up
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)
    assert np.mean(inputs.astype(float) ** 2) == pytest.approx(1, rel=1e-4)


@METHODS
def test_inputs_read_back_from_arrays_are_the_same(method: str) -> None:
    inputs = fit_principal_inputs(table(0), COLUMNS, "all", method)
    again = PrincipalInputs.from_arrays(inputs.to_arrays())
    new = table(1)
    np.testing.assert_allclose(again.transform(new), inputs.transform(new), atol=1e-4)
