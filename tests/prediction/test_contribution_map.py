"""The map of contributions: nothing is lost, nothing is laid elsewhere."""

import numpy as np
import polars as pl
import pytest

from pipeline.prediction.answer import (
    NOT_MEASURED,
    REST,
    SIMILAR,
    START,
    WHOLE_RUN,
)
from pipeline.prediction.contribution_map import ContributionSum
from pipeline.prediction.members import Map, Shares
from pipeline.prediction.places import feature_places

MZ = np.arange(10, 16)
N_LABELS, LABELS = 4, (3, 1)
FEATURES = pl.DataFrame(
    [(12, 100.0, 200.0), (12, None, None), (None, None, None), (15, -300.0, 25.0)],
    schema=["mz", "temperature_low_celsius", "temperature_high_celsius"],
    orient="row",
)
PLACES = feature_places(FEATURES, 0.0, 500.0)
# finer than the map's windows, across their edges and beyond both ends
FINE = np.linspace(-130.0, 620.0, 41)
EVERYTHING = (-np.inf, np.inf)


def empty():
    return ContributionSum(PLACES, MZ, N_LABELS)


def shares(seed=0):
    """Return shares of every kind, for the labels in `LABELS`."""
    rng = np.random.default_rng(seed)
    n = len(LABELS)
    maps = [
        Map(edges, rng.normal(size=(n, len(MZ), len(edges) - 1)))
        for edges in (FINE, np.array([0.0, 333.0, 500.0]))
    ]
    return Shares(
        start=rng.normal(size=n),
        features=rng.normal(size=(n, len(FEATURES))),
        maps=maps,
        similar_runs=rng.normal(size=n),
    )


def total_of(shares):
    total = shares.start + shares.features.sum(axis=1) + shares.similar_runs
    return total + sum(part.log_odds.sum(axis=(1, 2)) for part in shares.maps)


def everything(found):
    """Return all of a label added up, (n_labels,)."""
    other = np.sum(list(found.other.values()), axis=0)
    return found.cells.sum(axis=(1, 2)) + found.ions.sum(axis=1) + other


@pytest.mark.parametrize("measured", [EVERYTHING, (120.0, 310.0), (np.nan, np.nan)])
def test_all_adds_up_to_the_log_odds_of_the_blend(measured):
    total = empty()
    total.add(shares(0), np.array([0.7, 0.2]), LABELS)
    total.add(shares(1), np.array([-0.1, 0.0]), LABELS)
    total.add_start(np.array([0.25, -3.0]), LABELS)
    wanted = np.array([9.0, -1.5, 9.0, 2.0])
    found = total.finished(wanted, LABELS, *measured)
    chosen = list(LABELS)
    np.testing.assert_allclose(everything(found)[chosen], wanted[chosen])


def test_the_remainder_is_only_what_the_families_do_not_say():
    weight = np.array([0.7, 0.2])
    total = empty()
    total.add(shares(), weight, LABELS)
    wanted = np.zeros(N_LABELS)
    wanted[list(LABELS)] = weight * total_of(shares()) + [0.5, -0.25]
    found = total.finished(wanted, LABELS, 120.0, 310.0)
    # features, maps and all else have been added without loss
    np.testing.assert_allclose(found.other[REST], [0, -0.25, 0, 0.5], atol=1e-12)


def test_labels_that_nobody_asked_for_stay_zero():
    total = empty()
    total.add(shares(), np.ones(2), LABELS)
    found = total.finished(np.full(N_LABELS, 5.0), LABELS, 120.0, 310.0)
    others = [n for n in range(N_LABELS) if n not in LABELS]
    assert not found.cells[others].any()
    assert not found.ions[others].any()
    assert not everything(found)[others].any()
    assert set(found.other) == {START, SIMILAR, WHOLE_RUN, NOT_MEASURED, REST}


def test_every_feature_lands_at_its_place():
    total = empty()
    features = np.array([[8.0, 2.0, 0.5, 4.0], [0.0, 0.0, 0.0, 0.0]])
    total.add(Shares(np.zeros(2), features), np.array([0.5, 1.0]), LABELS)
    found = total.finished(np.zeros(N_LABELS), LABELS, *EVERYTHING)
    label = LABELS[0]
    cells = np.zeros((len(MZ), 10))
    cells[2, 2:4] = 2.0  # m/z 12, two windows
    cells[5, 0] = 2.0  # m/z 15, before the first window
    np.testing.assert_allclose(found.cells[label], cells)
    np.testing.assert_allclose(found.ions[label], [0, 0, 1, 0, 0, 0])
    assert found.other[WHOLE_RUN][label] == 0.25
    assert not found.cells[LABELS[1]].any()


def test_features_that_share_a_place_are_added():
    places = feature_places(pl.concat([FEATURES[:2]] * 3), 0.0, 500.0)
    total = ContributionSum(places, MZ, 1)
    total.add(Shares(np.zeros(1), np.ones((1, 6))), np.ones(1), [0])
    found = total.finished(np.zeros(1), [0], *EVERYTHING)
    np.testing.assert_allclose(found.cells[0, 2, 2:4], [1.5, 1.5])
    assert found.ions[0, 2] == 3


def test_maps_with_other_bins_are_rebinned_without_loss():
    values = np.zeros((1, len(MZ), 40))
    values[0, 1] = np.arange(40)
    total = empty()
    total.add(Shares(np.zeros(1), maps=[Map(FINE, values)]), np.ones(1), [2])
    found = total.finished(np.zeros(N_LABELS), [2], *EVERYTHING)
    assert found.cells[2].sum() == pytest.approx(np.arange(40).sum())
    # a bin stays with its ion and near its temperature
    assert not np.delete(found.cells[2], 1, axis=0).any()
    centres = (FINE[:-1] + FINE[1:]) / 2
    inside = (centres > 50) & (centres < 450)
    mean = np.average(centres[inside], weights=values[0, 1, inside])
    windows = (found.edges_celsius[:-1] + found.edges_celsius[1:]) / 2
    theirs = np.average(windows[1:-1], weights=found.cells[2, 1, 1:-1])
    assert theirs == pytest.approx(mean, abs=FINE[1] - FINE[0])


def test_a_map_with_the_windows_of_the_map_stays_as_it_is():
    values = np.random.default_rng(0).normal(size=(2, len(MZ), 10))
    total = empty()
    weight = np.array([2.0, -1.0])
    part = Map(PLACES.edges_celsius, values)
    total.add(Shares(np.zeros(2), maps=[part]), weight, LABELS)
    found = total.finished(np.zeros(N_LABELS), LABELS, *EVERYTHING)
    np.testing.assert_allclose(
        found.cells[list(LABELS)], weight[:, None, None] * values
    )


def test_what_was_not_measured_says_nothing_of_an_ion():
    values = np.ones((1, len(MZ), 10))
    total = empty()
    part = Map(PLACES.edges_celsius, values)
    total.add(Shares(np.zeros(1), maps=[part]), np.ones(1), [0])
    # windows that were measured in part still belong to their ions
    found = total.finished(np.zeros(N_LABELS), [0], 100.0, 310.0)
    measured = np.isin(np.arange(10), [2, 3, 4, 5, 6])
    np.testing.assert_array_equal(found.cells[0], np.tile(measured, (len(MZ), 1)))
    assert found.other[NOT_MEASURED][0] == 5 * len(MZ)
    # what an ion is as a whole was measured
    assert found.other[REST][0] == -10 * len(MZ)


def test_start_and_similar_runs_have_names_of_their_own():
    total = empty()
    part = Shares(np.array([1.0, 2.0]), similar_runs=np.array([0.5, -0.5]))
    total.add(part, np.array([2.0, 3.0]), LABELS)
    total.add_start(np.array([0.25, 0.5]), LABELS)
    found = total.finished(np.zeros(N_LABELS), LABELS, *EVERYTHING)
    np.testing.assert_array_equal(found.other[START], [0, 6.5, 0, 2.25])
    np.testing.assert_array_equal(found.other[SIMILAR], [0, -1.5, 0, 1])
