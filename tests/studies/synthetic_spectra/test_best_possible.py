"""The best possible answers, where they can be worked out by hand."""

import pytest

from studies.synthetic_spectra.best_possible import best_accuracy, likelihood
from studies.synthetic_spectra.published_sets import Variation, draw_sets, varied
from studies.synthetic_spectra.spectrum_classes import from_peaks, read_classes

KEEP = Variation(keep_largest=True)


def test_classes_that_do_not_overlap_can_be_told_apart_without_mistake():
    classes = from_peaks(1000, [([200], [1.0]), ([400], [1.0]), ([400], [0.5])])
    assert best_accuracy(varied(classes, KEEP, 20, 0), classes, KEEP) == 1


def test_classes_that_are_the_same_are_guessed():
    classes = from_peaks(1000, [([200, 600], [1.0, 0.5])] * 4)
    spectra = varied(classes, KEEP, 5, 0)
    assert best_accuracy(spectra, classes, KEEP) == pytest.approx(0.25)


def test_half_overlapping_positions_leave_a_quarter_of_mistakes():
    # Of windows of 100 points 50 are shared, and there it is heads or tails.
    classes = from_peaks(1000, [([200], [1.0]), ([250], [1.0])])
    spectra = varied(classes, KEEP, 2000, 0)
    assert best_accuracy(spectra, classes, KEEP) == pytest.approx(0.75, abs=0.02)


def test_a_minor_peak_that_vanished_has_its_chance():
    variation = Variation(height=0.05)
    minor = [(200, 0.5), (600, 0.03)]
    density = 1 / 100 / 0.1
    # Below zero falls 0.03 - 0.05 to 0.03 + 0.05 in a fifth of all cases.
    assert likelihood([(210, 0.52)], minor, variation) == pytest.approx(density * 0.2)
    assert likelihood([(210, 0.56)], minor, variation) == 0
    assert likelihood([(150, 0.5), (649, 0.01)], minor, variation) == pytest.approx(
        density**2
    )
    # Either could be the other's, where both lie within reach.
    twins = [(200, 0.5), (220, 0.5)]
    assert likelihood([(210, 0.5), (215, 0.5)], twins, variation) == pytest.approx(
        2 * density**2
    )


def test_no_network_can_pass_85_percent_on_the_challenge_validation_set(published):
    classes = read_classes(published / "challenge.json")
    drawn = draw_sets(classes, KEEP)
    assert best_accuracy(drawn.validation, classes, KEEP) == pytest.approx(
        0.85, abs=1e-3
    )
