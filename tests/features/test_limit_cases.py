"""Signals whose features are known from a closed formula."""

import numpy as np
import pytest

from features.area import area
from features.feature import feature_name
from features.jitter import jitter
from features.n_differences import SCALE, n_differences, signed_log
from features.peak_position import peak_position
from features.peak_temperature import peak_temperature
from features.peak_to_average import peak_to_average
from features.peak_value import peak_value
from features.peak_width import peak_width
from features.prevalence import prevalence
from features.prominent_peaks import prominent_peaks
from features.run_facts import run_facts
from features.table import FeatureSettings, compute_features
from features.window_area import window_area
from features.windows import window_edges, window_mean

NAN = np.nan
SEEDS = range(6)
LOW, WIDTH, N_CELLS = 100.0, 5.0, 180
CENTRES = LOW + WIDTH * (np.arange(N_CELLS) + 0.5)
FULL_WIDTH = 2 * np.sqrt(2 * np.log(2))


def gaussian(height, centre, sigma):
    return height * np.exp(-0.5 * ((CENTRES - centre) / sigma) ** 2)


def value(block, quantity, mz=14, run=0):
    """Return one number of a block by the name of its feature."""
    names = [feature.name for feature in block.features]
    return block.values[run, names.index(feature_name(quantity, mz))]


class OnePeak:
    """A Gaussian with random height, centre and width, far from both ends."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.height = rng.uniform(0.01, 1.0)
        self.centre = rng.uniform(400.0, 700.0)
        self.sigma = rng.uniform(20.0, 60.0)
        self.signal = gaussian(self.height, self.centre, self.sigma)
        # how far the nearest cell's middle lies from the true centre
        self.offset = np.abs(CENTRES - self.centre).min()
        self.sampled_height = self.height * np.exp(
            -0.5 * (self.offset / self.sigma) ** 2
        )
        self.area = self.height * self.sigma * np.sqrt(2 * np.pi)


@pytest.fixture(params=SEEDS)
def peak(request):
    return OnePeak(request.param)


@pytest.fixture
def peak_grid(peak, make_grid):
    return make_grid(peak.signal[None, None])


def test_area_of_a_gaussian(peak, peak_grid):
    # A sum over equal cells is exact for a Gaussian wider than a few cells.
    assert value(area(peak_grid), "area") == pytest.approx(peak.area, rel=1e-5)


def test_height_of_a_gaussian(peak, peak_grid):
    # The tallest cell is the Gaussian at the cell nearest to its centre.
    found = value(peak_value(peak_grid), "peak_value")
    assert found == pytest.approx(peak.sampled_height, rel=1e-5)
    assert found <= peak.height


def test_temperature_of_a_gaussian(peak, peak_grid):
    # The middle of a cell is at most half a cell from the truth.
    found = value(peak_temperature(peak_grid), "peak_temperature")
    assert found == pytest.approx(peak.centre, abs=WIDTH / 2 + 1e-3)


def test_width_of_a_gaussian(peak, peak_grid):
    # 2.3548 sigma; interpolation between cells leaves a tenth of a cell at most.
    found = value(peak_width(peak_grid), "peak_width")
    assert found == pytest.approx(FULL_WIDTH * peak.sigma, abs=0.1 * WIDTH)


def test_peak_to_average_of_a_gaussian(peak, peak_grid):
    # height / (area / span of the run)
    found = value(peak_to_average(peak_grid), "peak_to_average")
    expected = peak.sampled_height / (peak.area / (N_CELLS * WIDTH))
    assert found == pytest.approx(expected, rel=1e-5)


def test_position_of_a_gaussian(peak, peak_grid):
    # The grid spans the run, so the position follows from the temperature.
    block = peak_position(peak_grid)
    position = value(block, "peak_position")
    expected = (peak.centre - LOW) / (N_CELLS * WIDTH)
    assert position == pytest.approx(expected, abs=0.51 / N_CELLS)
    assert value(block, "log_peak_position") == pytest.approx(np.log(position + 0.01))


def test_prominent_peak_of_a_gaussian(peak, peak_grid):
    # One peak on a zero baseline: prominence = height, that of the five-cell mean.
    block = prominent_peaks(peak_grid)
    nearest = np.abs(CENTRES - peak.centre).argmin()
    smoothed = np.mean(peak.signal[nearest - 2 : nearest + 3])
    assert value(block, "peak1_height") == pytest.approx(smoothed, rel=1e-5)
    assert value(block, "peak1_prominence") == pytest.approx(smoothed, rel=1e-5)
    assert value(block, "peak1_temperature") == pytest.approx(CENTRES[nearest])
    for number in (2, 3):
        for quantity in ("temperature", "height", "prominence"):
            assert np.isnan(value(block, f"peak{number}_{quantity}"))


@pytest.mark.parametrize("seed", SEEDS)
def test_two_gaussians_are_ordered_by_prominence(make_grid, seed):
    # Number 1 is the more prominent peak, be it the earlier or the later one.
    rng = np.random.default_rng(seed)
    heights = rng.permutation([0.4, 0.9])
    signal = gaussian(heights[0], 330.0, 25.0) + gaussian(heights[1], 720.0, 25.0)
    block = prominent_peaks(make_grid(signal[None, None]))
    order = np.array([330.0, 720.0])[np.argsort(-heights)]
    for number, centre, height in zip((1, 2), order, (0.9, 0.4), strict=True):
        found = value(block, f"peak{number}_temperature")
        assert found == pytest.approx(centre, abs=WIDTH / 2)
        # smoothing over a width of one sigma takes 4 % off the top
        assert value(block, f"peak{number}_height") == pytest.approx(height, rel=0.06)
        prominence = value(block, f"peak{number}_prominence")
        assert prominence == pytest.approx(value(block, f"peak{number}_height"))
    assert np.isnan(value(block, "peak3_height"))


def test_prominence_is_counted_from_the_saddle(make_grid):
    # Of two overlapping peaks the lower one only rises above the valley between them.
    signal = gaussian(1.0, 402.5, 40.0) + gaussian(0.6, 527.5, 40.0)
    smoothed = np.convolve(signal, np.full(5, 0.2), mode="same")
    valley = smoothed[60:86].min()
    block = prominent_peaks(make_grid(signal[None, None]))
    lower = smoothed[80:95].max()
    assert valley > 0.2
    assert value(block, "peak2_height") == pytest.approx(lower, rel=1e-5)
    assert value(block, "peak2_prominence") == pytest.approx(lower - valley, rel=1e-4)
    assert value(block, "peak1_prominence") == pytest.approx(smoothed.max(), rel=1e-5)


@pytest.mark.parametrize(("share", "found"), [(0.03, False), (0.1, True)])
def test_small_bumps_do_not_count(make_grid, share, found):
    # Below a twentieth of the ion's maximum a bump is taken for noise.
    signal = gaussian(0.5, 330.0, 25.0) + gaussian(0.5 * share, 720.0, 25.0)
    block = prominent_peaks(make_grid(signal[None, None]))
    assert ~np.isnan(value(block, "peak2_height")) == found


def test_at_most_three_peaks(make_grid):
    # Of four peaks the least prominent one is left out.
    peaks = ((0.3, 200.0), (0.9, 400.0), (0.7, 600.0), (0.5, 800.0))
    signal = sum(gaussian(height, centre, 20.0) for height, centre in peaks)
    block = prominent_peaks(make_grid(signal[None, None]))
    found = [value(block, f"peak{number}_temperature") for number in (1, 2, 3)]
    assert found == pytest.approx([400.0, 600.0, 800.0], abs=WIDTH / 2)


@pytest.mark.parametrize("level", [1e-6, 0.25, 1.0])
def test_a_flat_signal(make_grid, level):
    # Nothing but the level and the length of the run can be told from it.
    grid = make_grid(np.full((1, 1, N_CELLS), level))
    level = np.float32(level)
    assert value(area(grid), "area") == pytest.approx(level * N_CELLS * WIDTH, rel=1e-5)
    assert value(peak_value(grid), "peak_value") == level
    ratio = value(peak_to_average(grid), "peak_to_average")
    assert ratio == pytest.approx(1.0, rel=1e-5)
    assert value(peak_width(grid), "peak_width") == pytest.approx(N_CELLS * WIDTH)
    assert value(jitter(grid), "jitter") == 0.0
    np.testing.assert_array_equal(n_differences(grid).values, 0.0)
    block = prominent_peaks(grid)
    assert value(block, "peak1_height") == pytest.approx(level)
    assert value(block, "peak1_prominence") == pytest.approx(level)


def test_a_flat_run_after_cleaning(make_grid):
    # Its background is all of it: an ion without signal has no peak and no share.
    grid = make_grid(np.full((1, 3, N_CELLS), 0.7))
    table, features = compute_features(grid, FeatureSettings())
    row = dict(zip(features, table.to_numpy()[0], strict=True))
    zero = {"area", "jitter", "n_differences"}
    undefined = {
        "peak_value",
        "peak_to_average",
        "peak_temperature",
        "peak_width",
        "prominent_peaks",
        "peak_position",
        "prevalence",
    }
    for feature, number in row.items():
        if feature.family in zero:
            assert number == 0.0, feature.name
        if feature.family in undefined:
            assert np.isnan(number), feature.name
    assert {feature.family for feature in features} > zero | undefined


def test_a_single_cell(make_grid):
    # The shortest run there can be: no differences, a peak as wide as the cell.
    grid = make_grid([[[0.3]]])
    assert value(area(grid), "area") == pytest.approx(0.3 * WIDTH)
    assert value(peak_value(grid), "peak_value") == np.float32(0.3)
    assert value(peak_to_average(grid), "peak_to_average") == pytest.approx(1.0)
    assert value(peak_temperature(grid), "peak_temperature") == LOW + WIDTH / 2
    assert value(peak_width(grid), "peak_width") == pytest.approx(WIDTH)
    assert value(peak_position(grid), "peak_position") == pytest.approx(0.5)
    assert value(prominent_peaks(grid), "peak1_height") == pytest.approx(0.3)
    assert np.isnan(value(jitter(grid), "jitter"))
    assert np.isnan(n_differences(grid).values).all()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("visible_sigmas", [-0.5, 0.0, 0.7])
def test_a_peak_cut_off_by_the_end(make_grid, visible_sigmas, mirrored):
    # It is as wide as its visible part, whether the grid ends there or the run does.
    sigma, n_visible = 50.0, 100
    centre = LOW + WIDTH * n_visible - visible_sigmas * sigma
    signal = gaussian(1.0, centre, sigma)[:n_visible]
    visible = visible_sigmas * sigma + FULL_WIDTH / 2 * sigma
    if visible_sigmas < 0:
        # the top is the last cell: the width at half of that
        top = centre - (CENTRES[n_visible - 1])
        visible = np.sqrt(top**2 + 2 * np.log(2) * sigma**2) - top + WIDTH / 2
    longer = np.append(signal, np.full(N_CELLS - n_visible, NAN))
    step = -1 if mirrored else 1
    ends_with_grid = peak_width(make_grid(signal[None, None, ::step]))
    ends_with_run = peak_width(make_grid(longer[None, None, ::step]))
    found = value(ends_with_run, "peak_width")
    assert found == pytest.approx(visible, abs=0.1 * WIDTH)
    assert found == pytest.approx(value(ends_with_grid, "peak_width"), rel=1e-6)


def test_a_peak_beyond_the_end_is_placed_at_the_end(make_grid):
    # The rising flank of a peak that the run never reached ends at position 1.
    grid = make_grid(gaussian(1.0, 1200.0, 60.0)[None, None])
    last = value(peak_temperature(grid), "peak_temperature")
    assert last == CENTRES[-1]
    position = value(peak_position(grid), "peak_position")
    assert position == pytest.approx(1.0, abs=0.51 / N_CELLS)
    assert value(prominent_peaks(grid), "peak1_temperature") == last


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


def test_run_facts_by_hand(make_grid):
    # Facts are passed on as they are; a run without signal has no logarithm.
    grid = make_grid([[[NAN, 1e-9, 1e-7]], [[0.0, 0.0, 0.0]]], low=50.0, width=100.0)
    block = run_facts(grid)
    names = [feature.name for feature in block.features]
    found = [dict(zip(names, row, strict=True)) for row in block.values.tolist()]
    common = {"temperature_low": 50.0, "temperature_high": 350.0, "ion_count": 1.0}
    assert found[0] == pytest.approx(
        common
        | {"heating_rate": 35.0, "scan_count": 2.0, "log10_maximum_abundance": -7.0}
    )
    assert found[1] == pytest.approx(
        common
        | {"heating_rate": 36.0, "scan_count": 3.0, "log10_maximum_abundance": NAN},
        nan_ok=True,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_signed_log(seed):
    # Odd, increasing, and the inverse of sign(x) (e^|x| - 1): signs and order survive.
    values = np.sort(np.random.default_rng(seed).normal(0.0, 100.0, 200))
    logs = signed_log(values)
    np.testing.assert_array_equal(signed_log(-values), -logs)
    assert (np.diff(logs) > 0).all()
    np.testing.assert_allclose(np.sign(logs) * np.expm1(np.abs(logs)), values)
    assert signed_log(np.zeros(1))[0] == 0.0
