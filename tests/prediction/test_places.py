"""Places of features: windows are shared out, nothing is lost."""

import numpy as np
import polars as pl
import pytest

from pipeline.prediction.places import WINDOW_CELSIUS, feature_places, overlaps

LOW, HIGH = 0.0, 1000.0


def dictionary(*rows):
    """Return the columns that are read; a row is (m/z, low, high)."""
    return pl.DataFrame(
        [("feature", "family", *row) for row in rows],
        schema={
            "name": pl.String,
            "family": pl.String,
            "mz": pl.Int64,
            "temperature_low_celsius": pl.Float64,
            "temperature_high_celsius": pl.Float64,
        },
        orient="row",
    )


def shares(*row, low=LOW, high=HIGH):
    """Return {window: share} of one feature with a window."""
    places = feature_places(dictionary(row), low, high)
    assert (places.mz == row[0]).all()
    return dict(zip(places.window.tolist(), places.share.tolist(), strict=True))


def test_shares_of_every_feature_add_up_to_one():
    rng = np.random.default_rng(0)
    lows = rng.uniform(-500, 1400, 40)
    windows = [
        (44, low, low + width)
        for low, width in zip(lows, rng.uniform(1, 700, 40), strict=True)
    ]
    rows = [*windows, (18, None, None), (None, None, None)]
    places = feature_places(dictionary(*rows), LOW, HIGH)
    np.testing.assert_allclose(np.bincount(places.feature, places.share), 1)
    # zeros would only make the map slower
    assert (places.share > 0).all()
    assert set(places.feature.tolist()) == set(range(len(rows)))
    assert places.window.max() < len(places.edges_celsius) - 1


def test_a_window_of_the_map_is_one_place():
    assert shares(44, 100.0, 150.0) == {2: 1.0}
    assert shares(44, 110.0, 111.0) == {2: 1.0}


def test_a_wider_window_is_shared_by_overlap():
    assert shares(44, 100.0, 200.0) == {2: 0.5, 3: 0.5}
    assert shares(44, 125.0, 225.0) == {2: 0.25, 3: 0.5, 4: 0.25}


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((-300.0, -100.0), {0: 1.0}),
        ((1200.0, 1300.0), {19: 1.0}),
        ((-150.0, 50.0), {0: 1.0}),
        ((-50.0, 150.0), {0: 0.5, 1: 0.25, 2: 0.25}),
        ((950.0, 1150.0), {19: 1.0}),
        ((900.0, 1100.0), {18: 0.25, 19: 0.75}),
    ],
)
def test_what_lies_beyond_the_edges_goes_to_the_first_or_the_last(window, expected):
    assert shares(44, *window) == pytest.approx(expected)


def test_an_ion_without_a_window_and_a_run_without_an_ion_are_whole():
    places = feature_places(
        dictionary((44, None, None), (None, None, None), (18, 0.0, 50.0)), LOW, HIGH
    )
    found = zip(places.feature, places.mz, places.window, places.share, strict=True)
    assert list(found) == [(0, 44, -1, 1), (1, -1, -1, 1), (2, 18, 0, 1)]


@pytest.mark.parametrize("low", [-100.0, -99.0, 0.0, 30.0, 49.9])
@pytest.mark.parametrize("high", [50.0, 51.0, 1000.0, 1100.1])
def test_the_windows_cover_the_range_and_little_more(low, high):
    edges = feature_places(dictionary((1, None, None)), low, high).edges_celsius
    np.testing.assert_array_equal(np.diff(edges), WINDOW_CELSIUS)
    assert low - WINDOW_CELSIUS < edges[0] <= low
    assert high <= edges[-1] < high + WINDOW_CELSIUS
    # round numbers are read more easily
    np.testing.assert_array_equal(edges % WINDOW_CELSIUS, 0)


def test_a_range_without_width_still_has_a_window():
    assert shares(44, 0.0, 500.0, low=100.0, high=100.0) == {0: 1.0}


def test_overlaps_are_shares_of_the_window_asked_for():
    edges = np.array([0.0, 10.0, 40.0, 50.0])
    np.testing.assert_allclose(overlaps(edges, 5, 45), [0.125, 0.75, 0.125])
    np.testing.assert_allclose(overlaps(edges, -1e9, 1e9), [0.5, 0, 0.5], atol=1e-6)
    np.testing.assert_array_equal(overlaps(edges[:2], -5, 3), [1])
