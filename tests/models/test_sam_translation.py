import numpy as np
import pytest

from models.sam_translation import FLOOR, fit_translation, translate


def some_runs(offset=0.0, scale=1.0, n_runs=6, seed=0):
    """Return log-normal abundances; m/z 2 is observed in a single run only."""
    rng = np.random.default_rng(seed)
    level = -2 + offset + scale * 0.4 * rng.standard_normal((n_runs, 5, 300))
    shares = 10**level
    shares[1:, 2] = np.nan
    shares.flags.writeable = False
    return shares


def log10(shares):
    return np.log10(shares + FLOOR)


def test_equal_populations_are_translated_to_themselves():
    shares = some_runs()
    translation = fit_translation(shares, shares, largest_stretch=3.0)
    np.testing.assert_allclose(translate(shares, translation), shares, rtol=1e-9)


def test_levels_and_spreads_become_those_of_commercial_runs():
    sam, commercial = some_runs(offset=0.8, scale=0.7), some_runs(seed=1)
    translation = fit_translation(sam, commercial, largest_stretch=3.0)
    new = some_runs(offset=0.8, scale=0.7, seed=2)
    moved = translate(new, translation)
    for ion in (0, 1, 3, 4):
        got, wanted = log10(moved[:, ion]), log10(commercial[:, ion])
        assert got.mean() == pytest.approx(wanted.mean(), abs=0.05)
        assert got.std() == pytest.approx(wanted.std(), rel=0.1)
    # An ion that too few runs show is left alone.
    np.testing.assert_array_equal(moved[:, 2], new[:, 2])


def test_the_stretch_is_limited():
    sam, commercial = some_runs(scale=0.1), some_runs(seed=1)
    translation = fit_translation(sam, commercial, largest_stretch=1.0)
    moved = translate(sam, translation)
    # Nine blanks say little about spreads: noise must not become signal.
    assert log10(moved[:, 0]).std() == pytest.approx(log10(sam[:, 0]).std(), rel=1e-6)


def test_nothing_becomes_negative_and_gaps_stay():
    sam = some_runs()
    translation = fit_translation(sam, some_runs(offset=-2, seed=1), 2.0)
    moved = translate(sam, translation)
    assert np.nanmin(moved) >= 0
    np.testing.assert_array_equal(np.isnan(moved), np.isnan(sam))
