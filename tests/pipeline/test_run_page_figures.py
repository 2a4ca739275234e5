"""The page about one run: peaks, and what the script of the figures is given."""

import base64

import numpy as np
import pytest
from page_text import run_data_of
from run_page_inputs import (
    EDGES,
    LABELS,
    MZ,
    OBSERVED,
    PROBABILITIES,
    abundance,
    answer,
    contributions,
)

from features.cleaning import fill_gaps, subtract_background
from pipeline.run_page import render_run_page
from pipeline.run_page_figures import packed, run_figures, steps
from pipeline.run_page_peaks import find_run_peaks, strongest_ions
from pipeline.run_page_signals import BACKGROUND_QUANTILE, observed_part

# 2 sqrt(2 ln 2): full width at half maximum of a Gaussian of standard deviation 1
WIDTH = 2.3548


@pytest.fixture(scope="module")
def peaks():
    return find_run_peaks(observed_part(answer()))


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), "<f2").astype(float)


def gaussian(top, deviation, height=1.0, noise=0.0):
    """Return the grid of a run in which only m/z 44 has a peak."""
    rng = np.random.default_rng(1)
    centres = (EDGES[:-1] + EDGES[1:]) / 2
    grid = noise * rng.random((len(MZ), len(centres)))
    grid[43] += height * np.exp(-0.5 * ((centres - top) / deviation) ** 2)
    return grid.astype(np.float32)


def test_run_is_cropped_to_what_was_observed():
    signals = observed_part(answer())
    assert signals.edges_celsius[[0, -1]].tolist() == list(OBSERVED)
    assert signals.mz_values.tolist() == list(range(1, 96))
    # the one gap inside
    assert signals.interpolated == 1
    assert not np.isnan(signals.abundance).any()


def test_background_is_the_one_that_the_features_subtract():
    signals = observed_part(answer())
    filled = fill_gaps(signals.abundance)
    clean = subtract_background(filled[None], BACKGROUND_QUANTILE)[0]
    np.testing.assert_array_equal(
        np.maximum(filled - signals.background[:, None], 0), clean
    )


def test_script_gets_three_digits_of_every_abundance():
    signals = observed_part(answer())
    data = run_figures(answer(), signals, (), [])
    given = unpacked(data["abundance"]).reshape(signals.abundance.shape) * data["unit"]
    # down to nine decades below the largest
    smallest = 1e-9 * np.abs(signals.abundance).max()
    np.testing.assert_allclose(given, signals.abundance, rtol=1e-3, atol=smallest)


def test_half_precision_keeps_what_is_missing():
    values = np.array([1.0, -2.5, np.nan, 0.0])
    np.testing.assert_array_equal(unpacked(packed(values)), values)


def test_peaks_are_where_the_gases_come_off(peaks):
    first = {}
    for peak in peaks:
        first.setdefault(peak.mz, peak)
    assert [peak.mz for peak in peaks[:4]] == [44, 18, 64, 18]
    assert first[44].temperature_celsius == pytest.approx(700, abs=5)
    assert first[44].height == 1
    assert first[18].temperature_celsius == pytest.approx(450, abs=5)
    assert first[18].height == pytest.approx(0.8, abs=0.02)
    # noise and the carrier gas have none
    assert set(first) == {12, 16, 17, 18, 22, 28, 32, 44, 45, 48, 64, 66}


def test_a_peak_at_the_end_is_said_to_be_cut(peaks):
    cut = {peak.mz for peak in peaks if peak.cut}
    assert cut == {32, 48, 64, 66}


@pytest.mark.parametrize("deviation", [20.0, 40.0, 80.0])
def test_width_of_a_gaussian(deviation):
    (peak,) = find_run_peaks(
        observed_part(answer(abundance=gaussian(600, deviation, noise=1e-6)))
    )
    # smoothing over three cells of 5 celsius makes it a little broader
    assert peak.width_celsius == pytest.approx(WIDTH * deviation, rel=0.04)
    assert peak.temperature_celsius == pytest.approx(600, abs=2.5)
    assert peak.area == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_areas_of_a_run_are_shares_of_it(seed):
    peaks = find_run_peaks(observed_part(answer(abundance=abundance(seed))))
    assert 0.8 < sum(peak.area for peak in peaks) <= 1
    water = sorted(
        (peak.temperature_celsius, peak.area) for peak in peaks if peak.mz == 18
    )
    # height times standard deviation: 0.30 x 25 to 0.80 x 40
    assert water[0][1] / water[1][1] == pytest.approx(7.5 / 32, rel=0.05)


def test_ions_drawn_at_first_are_not_the_companions_of_others(peaks):
    assert strongest_ions(peaks) == [18, 28, 32, 44, 64]


@pytest.mark.parametrize("label", range(len(LABELS)))
def test_steps_add_up_to_the_log_odds(label):
    p = PROBABILITIES[label]
    way = steps(contributions(), label)
    assert sum(value for _, value in way) == pytest.approx(np.log(p / (1 - p)))
    assert way[0][0] == "average run"
    assert [name for name, _ in way[-3:]] == list(contributions().other)[1:]


def test_strongest_ion_comes_first():
    way = steps(contributions(), LABELS.index("carbonate"))
    assert [name for name, _ in way[1:3]] == ["m/z 44 (CO₂)", "m/z 12 (C⁺)"]
    assert way[9][0] == "the other 91 ions"


def test_script_gets_the_contributions_of_each_compound():
    why = run_data_of(render_run_page(answer()))["why"]
    shape = (len(MZ), len(why["edges"]) - 1)
    for number, compound in why["compounds"].items():
        cells = unpacked(compound["cells"]).reshape(shape)
        np.testing.assert_allclose(cells, contributions().cells[int(number)], atol=1e-3)
        assert compound["name"] == LABELS[int(number)].replace("_", " ")
