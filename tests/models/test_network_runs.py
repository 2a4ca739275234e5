"""Backgrounds, maxima and observed ranges of runs."""

from dataclasses import fields

import numpy as np
import pytest

from models.network_runs import BACKGROUND_QUANTILES, prepare_runs

NAN = np.nan


def random_runs(seed: int, n_runs: int = 4) -> np.ndarray:
    """Return positive runs (4, 3, 40) whose ions are observed over different ranges."""
    rng = np.random.default_rng(seed)
    runs = rng.lognormal(size=(n_runs, 3, 40)).astype(np.float32)
    for run in runs:
        for ion in run:
            first, last = rng.integers(0, 15), rng.integers(25, 40)
            ion[:first] = NAN
            ion[last:] = NAN
    return runs


def test_background_is_an_order_statistic() -> None:
    values = np.random.default_rng(0).permutation(1001).astype(np.float32)
    runs = prepare_runs(values[None, None])
    # 0, 1, ..., 1000 in any order: a quantile q is the value 1000 q
    expected = [1000 * quantile for quantile in BACKGROUND_QUANTILES]
    np.testing.assert_array_equal(runs.background[0, 0], expected)
    np.testing.assert_array_equal(runs.maximum[0], 1000 - runs.background[0, 0])


@pytest.mark.parametrize("seed", range(3))
def test_only_observed_cells_count(seed: int) -> None:
    abundance = random_runs(seed)
    runs = prepare_runs(abundance)
    for row, run in enumerate(abundance):
        largest = np.zeros(len(BACKGROUND_QUANTILES), dtype=np.float32)
        for mz, ion in enumerate(run):
            seen = np.sort(ion[~np.isnan(ion)])
            ranks = [int(q * (len(seen) - 1)) for q in BACKGROUND_QUANTILES]
            # cells outside the measurement would pull the background to zero
            np.testing.assert_array_equal(runs.background[row, mz], seen[ranks])
            largest = np.maximum(largest, seen[-1] - seen[ranks])
        np.testing.assert_array_equal(runs.maximum[row], largest)
        where = np.flatnonzero(~np.isnan(run).all(axis=0))
        # the range of the run is that of its ions together
        assert runs.observed[row].tolist() == [where[0], where[-1] + 1]


@pytest.mark.parametrize("offset", [0.0, -5.0])
def test_nothing_is_above_a_background_where_nothing_was_observed(
    offset: float,
) -> None:
    abundance = random_runs(0) + np.float32(offset)
    runs = prepare_runs(abundance)
    unseen = np.isnan(abundance)
    above = runs.abundance[..., None] - runs.background[:, :, None]
    # also where a drifting zero line makes the background negative
    assert (above[unseen] <= 0).all()
    np.testing.assert_array_equal(runs.abundance[~unseen], abundance[~unseen])
    if offset == 0:
        assert (runs.abundance[unseen] == 0).all()


def test_an_ion_that_is_left_out_changes_nothing_else() -> None:
    abundance = random_runs(0)
    without = abundance.copy()
    without[:, 1] = NAN
    left_out, two = prepare_runs(without), prepare_runs(np.delete(abundance, 1, axis=1))
    # the carrier gas is larger than everything else and must not set the scale
    np.testing.assert_array_equal(left_out.maximum, two.maximum)
    np.testing.assert_array_equal(left_out.observed, two.observed)
    assert (left_out.abundance[:, 1] == 0).all()
    assert (left_out.background[:, 1] == 0).all()


@pytest.mark.parametrize("value", [NAN, 0.0, 3.0])
def test_runs_without_signal_are_harmless(value: float) -> None:
    runs = prepare_runs(np.full((2, 3, 10), value, dtype=np.float32))
    # batches divide by the maximum
    assert (runs.maximum > 0).all()
    for field in fields(runs):
        assert np.isfinite(getattr(runs, field.name)).all()
    expected = [0, 0] if np.isnan(value) else [0, 10]
    np.testing.assert_array_equal(runs.observed, [expected, expected])


@pytest.mark.parametrize("factor", [0.25, 1024.0])
def test_everything_scales_with_the_instrument(factor: float) -> None:
    runs, scaled = (prepare_runs(random_runs(1) * np.float32(f)) for f in (1, factor))
    # powers of two are exact
    for name in ("abundance", "background", "maximum"):
        np.testing.assert_array_equal(
            getattr(scaled, name), getattr(runs, name) * np.float32(factor)
        )


def test_runs_do_not_depend_on_each_other() -> None:
    abundance = random_runs(2)
    rows = np.array([2, 0, 2])
    taken, alone = prepare_runs(abundance).take(rows), prepare_runs(abundance[rows])
    assert len(taken) == 3
    # a fold takes its runs from arrays that were prepared once for all folds
    for field in fields(taken):
        np.testing.assert_array_equal(
            getattr(taken, field.name), getattr(alone, field.name)
        )
    assert len(prepare_runs(abundance[:0])) == 0


def test_shapes_types_and_untouched_input() -> None:
    abundance = random_runs(3)
    abundance.flags.writeable = False
    runs = prepare_runs(abundance)
    n_quantiles = len(BACKGROUND_QUANTILES)
    assert runs.abundance.shape == abundance.shape
    assert runs.background.shape == (4, 3, n_quantiles)
    assert runs.maximum.shape == (4, n_quantiles)
    # float64 would double the memory of every worker
    for name in ("abundance", "background", "maximum"):
        assert getattr(runs, name).dtype == np.float32
    assert not np.shares_memory(runs.abundance, abundance)
