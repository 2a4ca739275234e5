import numpy as np
import pytest

from features.cleaning import clean, fill_gaps, subtract_background
from features.grid import HELIUM_MZ

NAN = np.nan
SEEDS = range(4)


def ion(*values):
    return np.array([[values]], dtype=np.float32)


def random_runs(seed):
    """Return (3, 6, 29) positive runs with unobserved ends, gaps and one lost ion."""
    rng = np.random.default_rng(seed)
    runs = rng.lognormal(-18.0, 2.0, (3, 6, 29)).astype(np.float32)
    runs[rng.random(runs.shape) < 0.1] = NAN
    runs[:, :, :2] = NAN
    runs[1, :, -4:] = NAN
    runs[2, 3] = NAN
    return runs


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((1, NAN, 3), (1, 2, 3)),
        ((0, NAN, NAN, NAN, 8), (0, 2, 4, 6, 8)),
        ((NAN, 5, NAN, 1, NAN), (NAN, 5, 3, 1, NAN)),
        ((4, NAN, 0, NAN, 4), (4, 2, 0, 2, 4)),
        ((NAN, NAN, 7, NAN), (NAN, NAN, 7, NAN)),
        ((NAN, NAN, NAN), (NAN, NAN, NAN)),
        ((1, 2, 3), (1, 2, 3)),
    ],
)
def test_gaps_are_filled_on_a_straight_line(given, expected):
    # Between two observations a line is the least claim; beyond them none is made.
    np.testing.assert_array_equal(fill_gaps(ion(*given)), ion(*expected))


@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_equal_numpy_interp(seed):
    # An independent implementation, ion by ion.
    runs = random_runs(seed)
    cells = np.arange(runs.shape[-1])
    expected = runs.astype(float)
    for row in expected.reshape(-1, cells.size):
        seen = np.flatnonzero(~np.isnan(row))
        if seen.size:
            row[:] = np.interp(cells, seen, row[seen], left=NAN, right=NAN)
    np.testing.assert_allclose(fill_gaps(runs), expected, rtol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_filling_twice_is_filling_once(seed):
    # What is left unobserved after the first pass has no two neighbours to use.
    once = fill_gaps(random_runs(seed))
    np.testing.assert_array_equal(fill_gaps(once), once)


@pytest.mark.parametrize(
    ("quantile", "expected"),
    [
        (0.0, (0, NAN, 1, 2, 3, 4)),
        (0.24, (0, NAN, 1, 2, 3, 4)),
        (0.25, (0, NAN, 0, 1, 2, 3)),
        (0.5, (0, NAN, 0, 0, 1, 2)),
        (0.99, (0, NAN, 0, 0, 0, 1)),
    ],
)
def test_background_is_the_stated_order_statistic(quantile, expected):
    # Five observed cells: rank floor(quantile * 4), and nothing falls below zero.
    given = ion(10, NAN, 11, 12, 13, 14)
    np.testing.assert_array_equal(subtract_background(given, quantile), ion(*expected))


def test_background_belongs_to_each_ion():
    # A large constant ion must not lower or raise another one.
    runs = np.array([[[5, 6, 7], [500, 500, 500]], [[1, 1, 3], [0, 2, 2]]], np.float32)
    expected = [[[0, 1, 2], [0, 0, 0]], [[0, 0, 2], [0, 2, 2]]]
    np.testing.assert_array_equal(subtract_background(runs, 0.0), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_clean_scale(make_grid, seed):
    # Runs of different instruments become comparable: each has a maximum of exactly 1.
    grid = make_grid(random_runs(seed), first_mz=2)
    cleaned = clean(grid, 0.05).abundance
    np.testing.assert_array_equal(np.nanmax(cleaned, axis=(1, 2)), 1.0)
    assert np.nanmin(cleaned) == 0.0
    assert cleaned.dtype == np.float32


@pytest.mark.parametrize("carrier_mz", [HELIUM_MZ, 7])
def test_carrier_is_left_out_even_if_it_is_largest(make_grid, carrier_mz):
    # Helium is a thousand times everything else; it must not set the scale.
    runs = random_runs(0)
    runs[:, carrier_mz - 2] *= 1e3
    cleaned = clean(make_grid(runs, first_mz=2), 0.01, carrier_mz).abundance
    assert np.isnan(cleaned[:, carrier_mz - 2]).all()
    others = np.delete(cleaned, carrier_mz - 2, axis=1)
    np.testing.assert_array_equal(np.nanmax(others, axis=(1, 2)), 1.0)


def test_a_grid_without_the_carrier(make_grid):
    # A grid that starts above m/z 4 has nothing to leave out.
    cleaned = clean(make_grid(random_runs(0), first_mz=40), 0.01).abundance
    np.testing.assert_array_equal(
        np.isnan(cleaned).all(axis=-1), np.isnan(random_runs(0)).all(axis=-1)
    )


@pytest.mark.parametrize("gain", [2.0**-30, 8.0, 3e-9, 1e6])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_constant_gain_changes_nothing(make_grid, seed, gain):
    # The unit of an instrument is arbitrary (counts, amperes).
    grid = make_grid(random_runs(seed), first_mz=2)
    louder = grid.with_abundance(grid.abundance * np.float32(gain))
    np.testing.assert_allclose(
        clean(louder, 0.05).abundance, clean(grid, 0.05).abundance, atol=1e-6
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_cleaning_twice_is_cleaning_once(make_grid, seed):
    # Mixed copies are cleaned before and after mixing; a minimum is taken off only once
    grid = make_grid(random_runs(seed), first_mz=2)
    once = clean(grid, 0.0)
    np.testing.assert_array_equal(clean(once, 0.0).abundance, once.abundance)


@pytest.mark.parametrize("level", [0.0, 1e-9, 5.0])
def test_a_flat_run_stays_zero(make_grid, level):
    # There is no signal above background, hence nothing to divide by: 0, not NaN.
    grid = make_grid(np.full((2, 5, 9), level), first_mz=10)
    np.testing.assert_array_equal(clean(grid, 0.01).abundance, 0.0)


def test_a_run_without_observations_stays_unobserved(make_grid):
    # A lost run in a block must neither warn nor turn into zeros.
    runs = random_runs(0)
    runs[1] = NAN
    cleaned = clean(make_grid(runs, first_mz=2), 0.01).abundance
    assert np.isnan(cleaned[1]).all()
    assert np.nanmax(cleaned[0]) == np.nanmax(cleaned[2]) == 1.0


@pytest.mark.parametrize(
    "function",
    [fill_gaps, lambda runs: subtract_background(runs, 0.1)],
    ids=["fill_gaps", "subtract_background"],
)
@pytest.mark.parametrize("gaps", [True, False])
def test_arrays_given_are_not_modified(function, gaps):
    # Grids are memory-mapped read-only; a result must also not be a view of them.
    runs = random_runs(1) if gaps else np.nan_to_num(random_runs(1), nan=1.0)
    runs.flags.writeable = False
    before = runs.tobytes()
    result = function(runs)
    assert runs.tobytes() == before
    assert not np.shares_memory(result, runs)


@pytest.mark.parametrize("gaps", [True, False])
def test_clean_does_not_modify_its_grid(make_grid, gaps):
    # The same, through the whole of cleaning.
    runs = random_runs(1) if gaps else np.nan_to_num(random_runs(1), nan=1.0)
    grid = make_grid(runs, first_mz=2)
    grid.abundance.flags.writeable = False
    before = grid.abundance.tobytes()
    cleaned = clean(grid, 0.01)
    assert grid.abundance.tobytes() == before
    assert not np.shares_memory(cleaned.abundance, grid.abundance)
    assert cleaned.facts is grid.facts
