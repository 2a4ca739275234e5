import numpy as np
import pytest

from features.augmentation import Augmentation, augment, mix, shift_temperature
from features.cleaning import clean
from features.table import FeatureSettings, compute_features

NAN = np.nan
SEEDS = range(4)
QUANTILE = 0.05
N_RUNS, N_MZ, N_TEMPERATURES = 4, 5, 37


def random_runs(seed):
    """Return positive runs (4, 5, 37) without helium and without unobserved cells."""
    rng = np.random.default_rng(seed)
    return rng.lognormal(-3.0, 1.0, (N_RUNS, N_MZ, N_TEMPERATURES)).astype(np.float32)


def generators(seed, n=N_RUNS):
    return [np.random.default_rng([seed, run]) for run in range(n)]


class Fixed:
    """A generator that mixes in one way only, with a weight of its own."""

    def __init__(self, *, by_maximum, weight=0.5):
        self._by_maximum, self._weight = by_maximum, weight

    def uniform(self, low, high):
        assert low <= self._weight <= high
        return self._weight

    def random(self):
        return 0.0 if self._by_maximum else 1.0


@pytest.fixture
def pair(make_grid, seed):
    """Two grids of different runs with different facts."""
    first, second = make_grid(random_runs(seed)), make_grid(random_runs(seed + 100))
    second.facts.scan_count[:] += 7
    return first, second


every_seed = pytest.mark.parametrize("seed", SEEDS)


def test_shift_by_hand():
    # Positive is towards higher temperature; what moves in was never observed.
    runs = np.array([[[1, 2, 3, 4]]] * 5, dtype=np.float32)
    shifted = shift_temperature(runs, np.array([0, 1, -2, 4, -9]))
    expected = [
        [1, 2, 3, 4],
        [NAN, 1, 2, 3],
        [3, 4, NAN, NAN],
        [NAN, NAN, NAN, NAN],
        [NAN, NAN, NAN, NAN],
    ]
    np.testing.assert_array_equal(shifted[:, 0], expected)
    assert shifted.dtype == np.float32


@every_seed
def test_shift_is_exact_for_every_ion(seed):
    # All ions of a run move together, each run by its own number of cells.
    runs = random_runs(seed)
    cells = np.array([-5, 0, 1, 11])
    shifted = shift_temperature(runs, cells)
    for before, after, n in zip(runs, shifted, cells, strict=True):
        new = np.roll(before, n, axis=-1)
        outside = slice(0, n) if n > 0 else slice(N_TEMPERATURES + n, None)
        new[:, outside] = NAN
        np.testing.assert_array_equal(after, new)


@every_seed
def test_shift_there_and_back(seed):
    # Only what left the grid is lost.
    runs = random_runs(seed)
    cells = np.array([-3, 0, 2, 5])
    back = shift_temperature(shift_temperature(runs, cells), -cells)
    lost = np.isnan(back)
    np.testing.assert_array_equal(lost.sum(axis=-1), np.abs(cells)[:, None] + [0] * 5)
    np.testing.assert_array_equal(back[~lost], runs[~lost])


def test_shift_does_not_modify_its_input():
    # The runs themselves are still needed, and grids may be read-only.
    runs = random_runs(0)
    runs.flags.writeable = False
    before = runs.tobytes()
    shifted = shift_temperature(runs, np.zeros(N_RUNS, dtype=int))
    np.testing.assert_array_equal(shifted, runs)
    assert runs.tobytes() == before
    assert not np.shares_memory(shifted, runs)


@every_seed
def test_no_strength_is_no_change(make_grid, seed):
    # An ablation sets both strengths to 0 and must get its runs back.
    grid = make_grid(random_runs(seed))
    copy = augment(grid, Augmentation(0.0, 0.0), generators(seed))
    np.testing.assert_array_equal(copy.abundance, grid.abundance)
    assert copy.facts is grid.facts


@every_seed
def test_gain_is_one_factor_per_ion(make_grid, seed):
    # Sensitivity to an ion differs between instruments, but not within a run.
    grid = make_grid(random_runs(seed))
    copy = augment(grid, Augmentation(0.0, 0.5), generators(seed))
    ratio = copy.abundance / grid.abundance
    np.testing.assert_allclose(ratio, ratio[..., :1] * np.ones_like(ratio), rtol=1e-6)
    assert np.unique(ratio[..., 0].round(6)).size == N_RUNS * N_MZ


def test_gain_has_the_stated_spread(make_grid):
    # log2 of the gain is Normal(0, gain_log2); 4,000 ions pin it to a few percent.
    grid = make_grid(np.ones((40, 100, 1)))
    copy = augment(grid, Augmentation(0.0, 0.4), generators(0, 40))
    octaves = np.log2(copy.abundance)
    assert octaves.mean() == pytest.approx(0.0, abs=0.03)
    assert octaves.std() == pytest.approx(0.4, rel=0.05)


def test_shifts_stay_within_the_limit_and_use_it(make_grid):
    # 17 celsius are three whole cells of 5; every shift from -3 to 3 must occur.
    signal = np.zeros((200, 1, 21))
    signal[:, :, 10] = 1.0
    copy = augment(make_grid(signal), Augmentation(17.0, 0.0), generators(0, 200))
    cells = np.nanargmax(copy.abundance, axis=-1) - 10
    assert set(cells.ravel().tolist()) == {-3, -2, -1, 0, 1, 2, 3}


@every_seed
def test_augmented_runs_are_reproducible_and_independent(make_grid, seed):
    # Same generator, same bytes; and a run's copy does not depend on its block.
    grid, settings = make_grid(random_runs(seed)), Augmentation(15.0, 0.5)
    copy = augment(grid, settings, generators(seed))
    again = augment(grid, settings, generators(seed))
    assert copy.abundance.tobytes() == again.abundance.tobytes()
    assert copy.abundance.dtype == np.float32
    for run in range(N_RUNS):
        alone = augment(
            grid.take(np.array([run])), settings, [generators(seed)[run]]
        ).abundance
        np.testing.assert_array_equal(alone[0], copy.abundance[run])
    other = augment(grid, settings, generators(seed + 1)).abundance
    assert not np.array_equal(other, copy.abundance, equal_nan=True)


@every_seed
def test_unobserved_stays_unobserved(make_grid, seed):
    # Augmentation may lose cells at the ends but never invents one.
    runs = random_runs(seed)
    runs[:, 2] = NAN
    runs[1, :, :9] = NAN
    copy = augment(make_grid(runs), Augmentation(15.0, 0.5), generators(seed)).abundance
    assert np.isnan(copy[:, 2]).all()
    observed = (~np.isnan(copy)).sum(axis=-1)
    assert (observed <= (~np.isnan(runs)).sum(axis=-1)).all()
    assert (np.delete(observed, 2, axis=1) > 0).all()


@every_seed
def test_mix_by_maximum(pair, seed):
    # The larger value of each cell, and it does not matter which run is the first.
    first, second = pair
    draws = [Fixed(by_maximum=True)] * N_RUNS
    a, b = (clean(grid, QUANTILE).abundance for grid in pair)
    mixed = mix(first, second, QUANTILE, draws).abundance
    np.testing.assert_array_equal(mixed, np.maximum(a, b))
    np.testing.assert_array_equal(mix(second, first, QUANTILE, draws).abundance, mixed)


@pytest.mark.parametrize("weight", [0.3, 0.5, 0.7])
@every_seed
def test_mix_by_mean(pair, seed, weight):
    # Twice the weighted mean, within twice the smaller and twice the larger value.
    first, second = pair
    a, b = (clean(grid, QUANTILE).abundance for grid in pair)
    draws = [Fixed(by_maximum=False, weight=weight)] * N_RUNS
    mixed = mix(first, second, QUANTILE, draws).abundance
    np.testing.assert_allclose(
        mixed, 2 * weight * a + 2 * (1 - weight) * b, rtol=1e-5, atol=1e-7
    )
    assert (mixed >= 2 * np.minimum(a, b) * (1 - 1e-6)).all()
    assert (mixed <= 2 * np.maximum(a, b) * (1 + 1e-6)).all()
    # exchanging the runs and their weights is the same mixture
    draws = [Fixed(by_maximum=False, weight=1 - weight)] * N_RUNS
    swapped = mix(second, first, QUANTILE, draws).abundance
    np.testing.assert_allclose(swapped, mixed, rtol=1e-5, atol=1e-7)


@every_seed
def test_mix_uses_both_ways_and_all_weights(make_grid, seed):
    # Drawn, not fixed: about half by maximum, weights spread over 0.3 to 0.7.
    n = 400
    ones = np.zeros((n, 2, 4))
    ones[:, 0, 1] = ones[:, 1, 2] = 1.0
    halves = ones / 2
    halves[:, 0, 1] = 1.0
    # cleaned: first is (1, 1), second is (1, 0.5) at the two cells
    mixed = mix(make_grid(ones), make_grid(halves), 0.0, generators(seed, n)).abundance
    top, other = mixed[:, 0, 1], mixed[:, 1, 2]
    by_maximum = top == 1.0
    assert by_maximum.mean() == pytest.approx(0.5, abs=0.12)
    np.testing.assert_array_equal(other[by_maximum], 1.0)
    np.testing.assert_allclose(top[~by_maximum], 2.0, rtol=1e-6)
    # 2 (w + (1 - w) / 2) = 1 + w
    weight = other[~by_maximum] - 1
    assert 0.3 - 1e-6 <= weight.min() < 0.33
    assert 0.67 < weight.max() <= 0.7 + 1e-6


@every_seed
def test_mix_keeps_the_facts_and_the_inputs(pair, seed):
    # Facts are those of the first run, both ways round; neither grid is written to.
    first, second = pair
    for grid in pair:
        grid.abundance.flags.writeable = False
    before = [grid.abundance.tobytes() for grid in pair]
    assert mix(first, second, QUANTILE, generators(seed)).facts is first.facts
    assert mix(second, first, QUANTILE, generators(seed)).facts is second.facts
    assert [grid.abundance.tobytes() for grid in pair] == before


@every_seed
def test_mix_is_reproducible_and_rows_are_independent(pair, seed):
    # Same generator, same bytes; a mix does not depend on the rest of its block.
    mixed = mix(*pair, QUANTILE, generators(seed)).abundance
    again = mix(*pair, QUANTILE, generators(seed)).abundance
    assert mixed.tobytes() == again.tobytes()
    assert mixed.dtype == np.float32
    for run in range(N_RUNS):
        one = [grid.take(np.array([run])) for grid in pair]
        alone = mix(*one, QUANTILE, [generators(seed)[run]]).abundance
        np.testing.assert_array_equal(alone[0], mixed[run])


@every_seed
def test_mix_does_not_depend_on_the_units(pair, seed):
    # A run in counts must not drown a run in amperes.
    first, second = pair
    louder = second.with_abundance(second.abundance * np.float32(3e8))
    np.testing.assert_allclose(
        mix(first, louder, QUANTILE, generators(seed)).abundance,
        mix(first, second, QUANTILE, generators(seed)).abundance,
        atol=1e-6,
    )


@pytest.mark.parametrize("by_maximum", [True, False])
def test_mix_where_only_one_run_was_observed(make_grid, by_maximum):
    # Such a cell takes the value of that run; seen by none, it stays unobserved.
    a = [[[NAN, 0.0, 1.0, NAN], [NAN, 0.0, 0.5, NAN]]]
    b = [[[0.0, NAN, 1.0, NAN], [NAN, NAN, NAN, NAN]]]
    draws = [Fixed(by_maximum=by_maximum)]
    # the second run is its own background (0) and a peak, with the gap filled to 0.5
    both = 1.0 if by_maximum else 2.0
    filled = 0.5
    mixed = mix(make_grid(a), make_grid(b), 0.0, draws).abundance
    expected = [[0.0, filled, both, NAN], [NAN, 0.0, 0.5, NAN]]
    np.testing.assert_array_equal(mixed[0], expected)


def test_mix_leaves_the_carrier_out(make_grid):
    # A carrier other than helium would otherwise set the scale of both runs.
    runs = random_runs(0)
    runs[:, 1] *= 1000.0
    grid = make_grid(runs, first_mz=27)
    draws = [Fixed(by_maximum=True)] * N_RUNS
    mixed = mix(grid, grid, QUANTILE, draws, carrier_mz=28).abundance
    assert np.isnan(mixed[:, 1]).all()
    np.testing.assert_array_equal(np.nanmax(mixed, axis=(1, 2)), 1.0)


@every_seed
def test_mix_with_itself(make_grid, seed):
    # A sample heated together with itself is the same sample: once or twice its
    # clean self, and after cleaning the same features.
    grid = make_grid(random_runs(seed))
    itself = clean(grid, QUANTILE).abundance
    mixed = mix(grid, grid, QUANTILE, generators(seed))
    factor = np.nanmax(mixed.abundance, axis=(1, 2), keepdims=True)
    assert np.isin(factor.round(5), [1.0, 2.0]).all()
    np.testing.assert_allclose(mixed.abundance, factor * itself, rtol=1e-5)
    settings = FeatureSettings(background_quantile=QUANTILE)
    expected, _ = compute_features(grid, settings)
    found, _ = compute_features(mixed, settings)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=5e-3)
