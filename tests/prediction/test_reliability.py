"""Reliability: which bin a probability falls into, and Wilson's interval."""

import math

import polars as pl
import pytest
from scipy.stats import binomtest

from pipeline.prediction.reliability import COVERAGE, reliability_of

# label, low, high, runs, positive
TABLE = pl.DataFrame(
    [
        ("sulfate", 0.0, 0.02, 10, 0),
        ("sulfate", 0.02, 0.7, 0, 0),
        ("sulfate", 0.7, 1.0, 40, 36),
        ("carbonate", 0.0, 0.5, 100, 50),
        ("carbonate", 0.5, 1.0, 7, 7),
    ],
    schema=["label", "low", "high", "runs", "positive"],
    orient="row",
)


def one_bin(runs, positive):
    row = ("sulfate", 0.0, 1.0, runs, positive)
    return pl.DataFrame([row], schema=TABLE.columns, orient="row")


def bin_of(probability, label="sulfate"):
    found = reliability_of(TABLE, label, probability)
    return found.low, found.high


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.0, (0.0, 0.02)),
        (0.0199999, (0.0, 0.02)),
        (0.02, (0.02, 0.7)),
        (0.7, (0.7, 1.0)),
        (1 - 1e-16, (0.7, 1.0)),
        (1.0, (0.7, 1.0)),
    ],
)
def test_borders_belong_to_the_bin_above_and_one_to_the_last(probability, expected):
    assert bin_of(probability) == expected


def test_every_label_has_bins_of_its_own():
    assert bin_of(0.3, "carbonate") == (0.0, 0.5)
    assert bin_of(0.3, "sulfate") == (0.02, 0.7)


def test_a_label_without_bins_has_no_reliability():
    assert reliability_of(TABLE, "oxalate", 0.3) is None
    assert reliability_of(TABLE.clear(), "sulfate", 0.3) is None


@pytest.mark.parametrize("positive", [0, 1, 20, 36, 39, 40])
def test_the_interval_is_wilsons(positive):
    found = reliability_of(one_bin(40, positive), "sulfate", 0.5)
    other = binomtest(positive, 40).proportion_ci(COVERAGE, method="wilson")
    assert found.observed == positive / 40
    shown = (found.observed_low, found.observed_high)
    assert shown == pytest.approx((other.low, other.high), abs=1e-9)


@pytest.mark.parametrize("positive", [0, 5])
def test_few_runs_that_all_agree_prove_little(positive):
    found = reliability_of(one_bin(5, positive), "sulfate", 0.5)
    # shares end at 0 and 1; by hand, z^2 / (n + z^2) with z = 1.96
    assert 0 <= found.observed_low <= found.observed <= found.observed_high <= 1
    width = found.observed_high - found.observed_low
    assert width == pytest.approx(1.96**2 / (5 + 1.96**2), abs=1e-4)


def test_an_empty_bin_says_nothing():
    found = reliability_of(TABLE, "sulfate", 0.3)
    assert found.runs == 0
    shown = (found.observed, found.observed_low, found.observed_high)
    assert all(math.isnan(value) for value in shown)


def test_more_runs_are_more_certain():
    found = [
        reliability_of(one_bin(runs, runs // 5), "sulfate", 0.5)
        for runs in (10, 100, 1000)
    ]
    widths = [each.observed_high - each.observed_low for each in found]
    assert widths[0] > widths[1] > widths[2]
