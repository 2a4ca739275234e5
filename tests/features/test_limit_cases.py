"""Features of the shortest, the flattest and the cut run."""

import numpy as np
import pytest
from known_signals import (
    CENTRES,
    FULL_WIDTH,
    LOW,
    N_CELLS,
    NAN,
    WIDTH,
    gaussian,
    value,
)

from features.area import area
from features.jitter import jitter
from features.n_differences import n_differences
from features.peak_position import peak_position
from features.peak_temperature import peak_temperature
from features.peak_to_average import peak_to_average
from features.peak_value import peak_value
from features.peak_width import peak_width
from features.prominent_peaks import prominent_peaks
from features.run_facts import run_facts
from features.table import FeatureSettings, compute_features


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
