"""Features of differences between neighbouring cells, from a closed formula."""

import numpy as np
import pytest
from known_signals import (
    N_CELLS,
    NAN,
    SEEDS,
    value,
)

from features.jitter import jitter
from features.n_differences import SCALE, n_differences, signed_log


@pytest.mark.parametrize("seed", SEEDS)
def test_jitter_of_white_noise(make_grid, seed):
    # The difference of two independent values has sqrt(2) times their spread.
    sigma = 0.02
    noise = np.random.default_rng(seed).normal(0.5, sigma, (1, 1, 20_000))
    found = value(jitter(make_grid(noise)), "jitter")
    assert found == pytest.approx(np.sqrt(2) * sigma, rel=0.03)


@pytest.mark.parametrize("seed", SEEDS)
def test_jitter_of_noise_on_a_slope(make_grid, seed):
    # A steep steady slope must not swallow a small jitter (numpy in float64 knows).
    noise = np.random.default_rng(seed).normal(0.0, 1e-5, 50)
    grid = make_grid((np.linspace(0.0, 1.0, 50) + noise)[None, None])
    expected = np.diff(grid.abundance.astype(float)).std()
    assert value(jitter(grid), "jitter") == pytest.approx(expected, rel=0.01)


def test_jitter_uses_observed_neighbours_only(make_grid):
    # Differences 1 and 3 across no gap: their standard deviation is 1.
    grid = make_grid([[[NAN, 0.0, 1.0, NAN, 5.0, 8.0, NAN]]])
    assert value(jitter(grid), "jitter") == pytest.approx(1.0)


def test_jitter_needs_two_differences(make_grid):
    # The spread of one number would be a zero that means nothing.
    assert np.isnan(value(jitter(make_grid([[[0.0, 1.0, NAN]]])), "jitter"))
    assert value(jitter(make_grid([[[0.0, 1.0, 0.0]]])), "jitter") == 1.0


@pytest.mark.parametrize("slope", [-2e-4, 1e-5, 3e-3])
def test_n_differences_of_a_ramp(make_grid, slope):
    # Slope at lag 1, twice the slope at lag 2, no curvature.
    grid = make_grid((0.5 + slope * np.arange(N_CELLS))[None, None])
    block = n_differences(grid)
    sign = np.sign(slope)
    expected = [
        sign * np.log1p(SCALE * abs(slope)),
        sign * np.log1p(2 * SCALE * abs(slope)),
        0.0,
    ]
    quantities = ("difference_lag1", "difference_lag2", "difference_second")
    found = [value(block, quantity) for quantity in quantities]
    assert found == pytest.approx(expected, abs=2e-3)


def test_n_differences_of_a_parabola(make_grid):
    # y = a k^2 has the second difference 2 a everywhere.
    grid = make_grid((1e-5 * np.arange(N_CELLS) ** 2)[None, None])
    found = value(n_differences(grid), "difference_second")
    assert found == pytest.approx(np.log1p(2e-5 * SCALE), abs=2e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_signed_log(seed):
    # Odd, increasing, and the inverse of sign(x) (e^|x| - 1): signs and order survive.
    values = np.sort(np.random.default_rng(seed).normal(0.0, 100.0, 200))
    logs = signed_log(values)
    np.testing.assert_array_equal(signed_log(-values), -logs)
    assert (np.diff(logs) > 0).all()
    np.testing.assert_allclose(np.sign(logs) * np.expm1(np.abs(logs)), values)
    assert signed_log(np.zeros(1))[0] == 0.0
