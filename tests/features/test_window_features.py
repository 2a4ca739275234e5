"""Features of temperature windows, known from a closed formula."""

import numpy as np
import pytest
from known_signals import (
    N_CELLS,
    NAN,
    SEEDS,
    gaussian,
)

from features.prevalence import prevalence
from features.window_area import window_area
from features.windows import window_edges, window_mean


@pytest.mark.parametrize("seed", SEEDS)
def test_prevalence_sums_to_one(make_grid, seed):
    # Shares of a whole; a window that was not observed has no shares.
    rng = np.random.default_rng(seed)
    abundance = rng.lognormal(-5.0, 2.0, (3, 7, N_CELLS))
    abundance[:, 3] = NAN
    abundance[1, :, 60:] = NAN
    edges = window_edges(100.0, 1000.0, 150.0)
    share = prevalence(make_grid(abundance), edges).values.reshape(3, 7, 6)
    assert np.isnan(share[:, 3]).all()
    others = np.delete(share, 3, axis=1)
    assert np.isnan(others[1, :, 2:]).all()
    assert (others[[0, 2]] > 0).all()
    np.testing.assert_allclose(others[[0, 2]].sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(others[1, :, :2].sum(axis=0), 1.0, rtol=1e-5)


def test_prevalence_of_two_ions(make_grid):
    # One part to three parts, whatever the shape of the run; zero signal has no shares.
    shape = gaussian(1.0, 500.0, 80.0) + 0.1
    shape[:20] = 0.0
    grid = make_grid(np.stack([shape, 3 * shape])[None])
    share = prevalence(grid, window_edges(100.0, 1000.0, 100.0)).values.reshape(2, 9)
    assert np.isnan(share[:, 0]).all()
    np.testing.assert_allclose(share[0, 1:], 0.25, rtol=1e-6)
    np.testing.assert_allclose(share[1, 1:], 0.75, rtol=1e-6)


def test_window_area_of_a_constant(make_grid):
    # log10 of the level, and of the floor where there is no signal.
    grid = make_grid(
        np.stack([np.full(40, 0.01), np.zeros(40), np.full(40, NAN)])[None]
    )
    found = window_area(grid, window_edges(100.0, 300.0, 50.0)).values.reshape(3, 4)
    np.testing.assert_allclose(found[0], np.log10(0.01001), rtol=1e-6)
    np.testing.assert_allclose(found[1], -5.0, rtol=1e-6)
    assert np.isnan(found[2]).all()


def test_window_mean_by_hand(make_grid):
    # A cell counts where its middle lies, the lower edge included; NaN does not count.
    grid = make_grid([[[1.0, 2.0, NAN, 6.0, 7.0]]], low=0.0, width=10.0)
    mean = window_mean(grid, np.array([-20.0, 0.0, 15.0, 45.0, 60.0]))
    np.testing.assert_array_equal(mean, [[[NAN, 1.0, 4.0, 7.0]]])


def test_window_edges_reach_the_end():
    # The last window is as wide as the others and ends where it is told to.
    np.testing.assert_array_equal(
        window_edges(50.0, 200.0, 50.0), [50.0, 100.0, 150.0, 200.0]
    )
