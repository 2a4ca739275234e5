import numpy as np
import pytest

from models.sam_degradation import (
    Degradation,
    blur_temperature,
    count,
    degrade,
    draw_background,
    drop_ions,
    leak_neighbours,
)

NOTHING = Degradation(0.0, 0.0, (-np.inf, 0.0), (np.inf, np.inf), (0, 0))
SAM_LIKE = Degradation(1.0, 0.03, (-3.1, 1.2), (3.9, 5.2), (5, 12))


def some_runs(n_runs=4, n_mz=30, n_cells=50, seed=0):
    """Return smooth peaks; m/z 4 and the outer cells are not observed."""
    rng = np.random.default_rng(seed)
    cells = np.arange(n_cells)
    centre = rng.uniform(10, 40, (n_runs, n_mz, 1))
    height = rng.uniform(0, 1, (n_runs, n_mz, 1))
    shares = (height * np.exp(-(((cells - centre) / 4) ** 2))).astype(np.float32)
    shares[:, 4] = np.nan
    shares[..., :3] = shares[..., -2:] = np.nan
    shares.flags.writeable = False
    return shares


def test_no_strength_is_no_change():
    shares = some_runs()
    changed = degrade(shares, NOTHING, np.random.default_rng(1))
    np.testing.assert_array_equal(changed, shares)


@pytest.mark.parametrize("seed", range(3))
def test_a_seed_decides_the_degraded_runs(seed):
    shares = some_runs()
    one, same, other = (
        degrade(shares, SAM_LIKE, np.random.default_rng(s)) for s in (seed, seed, 99)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other, equal_nan=True)
    # Unobserved cells can't be made up, and counts are not negative.
    assert np.isnan(one[np.isnan(shares)]).all()
    assert np.nanmin(one) >= 0


@pytest.mark.parametrize("asked", [0, 1, 5, 12, 29])
def test_as_many_ions_are_missing_as_asked(asked):
    shares = some_runs()
    dropped = drop_ions(shares, np.full(4, asked), np.random.default_rng(asked))
    missing = np.isnan(dropped).all(axis=2).sum(axis=1)
    # m/z 4 is missing from the beginning, so none can't be reached.
    np.testing.assert_array_equal(missing, max(asked, 1))


def test_low_masses_water_and_carbon_dioxide_go_first():
    shares = np.ones((200, 100, 3), dtype=np.float32)
    dropped = drop_ions(shares, np.full(200, 8), np.random.default_rng(0))
    often = np.isnan(dropped[..., 0]).mean(axis=0)
    # Otherwise the runs would lack ions that SAM always has.
    assert often[:12].min() > 0.3
    assert 0.02 < often[18] < 0.5
    assert np.delete(often, [*range(12), 18, 44]).mean() < 0.01


@pytest.mark.parametrize("counts", [1e3, 1e4, 1e5])
@pytest.mark.parametrize("level", [0.01, 0.5])
def test_counting_noise_has_the_spread_of_counting(counts, level):
    shares = np.full((2, 20, 500), level, dtype=np.float32)
    counted = count(shares, np.array([counts, np.inf]), np.random.default_rng(0))
    expected = np.sqrt(level / counts)
    assert counted[0].std() == pytest.approx(expected, rel=0.05)
    # The mean is that of the run: noise is no background.
    assert counted[0].mean() == pytest.approx(level, abs=5 * expected / 100)
    np.testing.assert_array_equal(counted[1], shares[1])


@pytest.mark.parametrize("leak", [0.0, 0.03, 0.5, 1.0])
def test_a_leak_preserves_the_sum_over_ions(leak):
    shares = some_runs()
    leaked = leak_neighbours(shares, np.full(4, leak))
    # Ions go elsewhere, they do not vanish, at gaps and at the ends neither.
    np.testing.assert_allclose(
        np.nansum(leaked, axis=1), np.nansum(shares, axis=1), rtol=1e-5
    )
    assert np.nanmin(leaked) >= -1e-7


def test_a_leak_goes_to_both_neighbours_in_halves():
    shares = np.zeros((1, 5, 1), dtype=np.float32)
    shares[0, 2] = 1
    leaked = leak_neighbours(shares, np.array([0.2]))[0, :, 0]
    np.testing.assert_allclose(leaked, [0, 0.1, 0.8, 0.1, 0], atol=1e-7)


def test_a_blur_widens_a_peak_as_variances_add():
    cells = np.arange(200)
    peak = np.exp(-(((cells - 100) / 4) ** 2) / 2)[None, None].astype(np.float32)
    blurred = blur_temperature(peak, np.array([3.0]))[0, 0]
    mean = (blurred * cells).sum() / blurred.sum()
    width = np.sqrt((blurred * (cells - mean) ** 2).sum() / blurred.sum())
    # Gaussians: 4^2 + 3^2 = 5^2; and what is released stays the same.
    assert width == pytest.approx(5, rel=0.01)
    assert blurred.sum() == pytest.approx(peak.sum(), rel=1e-4)


def test_a_blur_does_not_see_unobserved_cells():
    shares = np.full((1, 1, 30), 0.4, dtype=np.float32)
    shares[..., :10] = np.nan
    blurred = blur_temperature(shares, np.array([4.0]))
    # Counted as zeros they would bend a flat signal down at its ends.
    np.testing.assert_allclose(blurred, shares, rtol=1e-5)


def test_a_background_has_the_asked_level():
    background = draw_background((20, 100, 11), -3.0, 0.5, np.random.default_rng(0))
    start = np.log10(background[..., 0])
    assert start.mean() == pytest.approx(-3.0, abs=0.05)
    assert start.std() == pytest.approx(0.5, rel=0.05)
    # It drifts: a flat one would be subtracted and gone.
    slope = np.log(background[..., -1] / background[..., 0])
    assert slope.std() == pytest.approx(0.25, rel=0.1)
