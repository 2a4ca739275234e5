"""Features of Gaussian peaks, known from a closed formula."""

import numpy as np
import pytest
from known_signals import (
    CENTRES,
    FULL_WIDTH,
    LOW,
    N_CELLS,
    SEEDS,
    WIDTH,
    OnePeak,
    gaussian,
    value,
)

from features.area import area
from features.peak_position import peak_position
from features.peak_temperature import peak_temperature
from features.peak_to_average import peak_to_average
from features.peak_value import peak_value
from features.peak_width import peak_width
from features.prominent_peaks import prominent_peaks


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
