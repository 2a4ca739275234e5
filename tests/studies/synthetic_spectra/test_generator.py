"""The generator: every bit of the published data, and of the straightforward script."""

import hashlib

import numpy as np
import pytest

from benchmarks.plain_spectra import plain_sets, plain_test_curve
from studies.synthetic_spectra.designed_spectra import (
    CHANGES,
    challenge_changes,
    designed,
    general_changes,
)
from studies.synthetic_spectra.published_sets import Variation, draw_sets
from studies.synthetic_spectra.random_stream import draw_spectra
from studies.synthetic_spectra.spectrum_classes import (
    from_peaks,
    read_classes,
    simulate_classes,
)


def peak_lists(classes, chosen):
    lists = [classes.peaks(number) for number in chosen]
    return [(p.tolist(), h.tolist()) for p, h in lists]


def test_the_challenge_set_is_the_published_one_bit_for_bit(
    published, challenge_digests
):
    classes = read_classes(published / "challenge.json")
    drawn = draw_sets(classes, Variation(keep_largest=True))
    parts = (drawn.train, drawn.validation, designed(classes, "challenge"))
    digests = [hashlib.sha256(p.curves().tobytes()).hexdigest()[:16] for p in parts]
    assert tuple(digests) == challenge_digests


def test_the_general_set_is_that_of_the_straightforward_script(published):
    everything = read_classes(published / "benchmark.json")
    # The stream runs on from class to class: the first classes need no others. Class 0
    # has peaks 22 points apart, which meet and swap places.
    lists = peak_lists(everything, range(12))
    expected = plain_sets(lists, keep_largest=False)
    drawn = draw_sets(from_peaks(5000, lists), Variation())
    np.testing.assert_array_equal(drawn.train.curves(), expected[0])
    np.testing.assert_array_equal(drawn.validation.curves(), expected[1])
    whole = draw_sets(everything, Variation())
    assert (len(whole.train), len(whole.validation)) == (25000, 5000)
    np.testing.assert_array_equal(whole.train.rows(0, 600).curves(), expected[0])


@pytest.mark.parametrize("keep_largest", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_any_classes_are_those_of_the_straightforward_script(seed, keep_largest):
    classes = simulate_classes(6, seed, points=700, most_peaks=9)
    lists = peak_lists(classes, range(6))
    expected = plain_sets(
        lists,
        keep_largest=keep_largest,
        n_train=20,
        n_validation=3,
        points=700,
        seed=seed,
    )
    # Crowded on purpose: peaks fall on each other and off both ends of the axis.
    drawn = draw_sets(
        classes,
        Variation(keep_largest=keep_largest),
        n_train=20,
        n_validation=3,
        seed=seed,
    )
    np.testing.assert_array_equal(drawn.train.curves(), expected[0])
    np.testing.assert_array_equal(drawn.validation.curves(), expected[1])
    np.testing.assert_array_equal(drawn.train.labels, np.repeat(np.arange(6), 20))


def test_peaks_on_one_point_and_at_equal_distances_are_summed_as_scipy_does():
    lists = [
        ([300, 300, 310, 320, 304, 0, 699, 3], [0.5, 0.9, 0.3, 0.7, 0.0, 0.4, 0.6, 0.2])
    ]
    classes = from_peaks(700, lists)
    curves = designed(classes, "wide").curves()
    expected = [
        plain_test_curve(*lists[0], shift, change, 700)
        for shift, change in CHANGES["wide"](0)
    ]
    np.testing.assert_array_equal(curves, expected)


def test_test_spectra_are_those_of_the_straightforward_script(published):
    classes = read_classes(published / "benchmark.json")
    curves = designed(classes, "general")
    for number in (0, 8, 164, 499):
        rows = curves.rows(9 * number, 9 * number + 9)
        (lists,) = peak_lists(classes, [number])
        expected = [plain_test_curve(*lists, *c) for c in general_changes(number)]
        np.testing.assert_array_equal(rows.curves(), expected)


def test_numbers_are_those_of_scalar_calls():
    counts = np.array([3, 1, 0, 2, 5, 1, 4])
    floats = np.array([2, 0, 1, 3, 1, 1, 2])
    # 3 * 2^30 rejects a quarter of all numbers: the rule for them is exercised.
    for bound in (2, 100, 3 * 2**30, 2**32 - 1):
        rng = np.random.default_rng(5)
        integers, uniforms = [], []
        for n, m in zip(counts, floats, strict=True):
            integers += [rng.integers(0, bound) for _ in range(n)]
            uniforms += [rng.random() for _ in range(m)]
        drawn = draw_spectra(5, counts, floats, bound)
        assert drawn[0].tolist() == integers
        assert drawn[1].tolist() == uniforms


def test_a_long_stream_with_many_rejections_does_not_run_dry():
    counts = np.full(2000, 3)
    rng = np.random.default_rng(1)
    expected = rng.integers(0, 3 * 2**30, 6000)
    drawn, none = draw_spectra(1, counts, np.zeros(2000, dtype=int), 3 * 2**30)
    np.testing.assert_array_equal(drawn, expected)
    assert len(none) == 0


@pytest.mark.parametrize("bound", [0, 1, 2**32])
def test_a_bound_out_of_range_is_refused(bound):
    with pytest.raises(ValueError, match="bound: got"):
        draw_spectra(1, np.array([1]), np.array([1]), bound)


def test_the_challenge_is_laid_down_as_published():
    assert all(len(challenge_changes(number)) == 6 for number in range(27))
    assert challenge_changes(0) == [(s, h) for h in (0, -0.03) for s in (0, -30, 30)]
    assert challenge_changes(13) == [
        (s, h) for h in (0, 0.03, -0.03) for s in (-30, 30)
    ]
    assert challenge_changes(22) == [
        (s, h) for h in (-0.03, 0.03) for s in (0, -30, 30)
    ]
    assert general_changes(318)[:3] == [(0, 0.0), (-17, 0.0), (17, 0.0)]
    assert general_changes(219)[3] == (0, 0.025)
