"""Kinds of mistakes on the pairs that were published, and the ledger."""

import pytest

from pipeline.errors import EgaError
from studies.synthetic_spectra.ledger import (
    Scoring,
    append,
    read_ledger,
    times_scored,
)
from studies.synthetic_spectra.mistakes import (
    INTENSITY,
    MINOR,
    OTHER,
    POSITION,
    kind_of_mistake,
)
from studies.synthetic_spectra.spectrum_classes import from_peaks

# the pairs of classes by which the three kinds were introduced, and an unlike pair
PAIRS = {
    MINOR: (
        ([1684, 4311, 4637], [0.042, 0.716, 1.0]),
        ([4290, 4700], [0.744, 1.0]),
    ),
    POSITION: (([177, 3358], [1.0, 0.857]), ([139, 3313], [1.0, 0.864])),
    INTENSITY: (([2774, 3876], [0.24, 1.0]), ([2780, 3924], [0.273, 1.0])),
    OTHER: (([500, 900], [1.0, 0.5]), ([500, 2000], [1.0, 0.5])),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_the_published_pairs_are_of_their_kind(kind):
    classes = from_peaks(5000, PAIRS[kind])
    for pair in ((0, 1), (1, 0)):
        found = kind_of_mistake(
            classes, pair, reach_points=100, minor_height=0.1, close_height=0.02
        )
        assert found == kind


def test_peaks_are_paired_with_the_nearest():
    # 1000 with 1010, not with 1060: what is left are two peaks that overlap.
    classes = from_peaks(5000, [([1000, 1090], [1.0, 0.5]), ([1060, 1010], [0.5, 1.0])])
    found = kind_of_mistake(
        classes, (0, 1), reach_points=100, minor_height=0.1, close_height=0.02
    )
    assert found == POSITION


def test_the_ledger_keeps_every_scoring(tmp_path):
    path = tmp_path / "reports" / "ledger.jsonl"
    assert read_ledger(path) == []
    first = Scoring("challenge", "cnn2", 0, 1, 30, 162, "a" * 64, "b" * 64)
    second = Scoring("challenge", "cnn2", 0, 2, 29, 162, "c" * 64, "b" * 64)
    append(path, first)
    append(path, second)
    assert read_ledger(path) == [first, second]
    assert times_scored(read_ledger(path), "challenge", "cnn2", 0) == 2
    assert times_scored(read_ledger(path), "challenge", "cnn2", 1) == 0


def test_a_damaged_ledger_is_not_overlooked(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"data_set": "challenge"}\n')
    with pytest.raises(EgaError, match="line 1: got"):
        read_ledger(path)
