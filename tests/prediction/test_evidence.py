"""Evidence: neighbouring windows are one piece, strongest first."""

import numpy as np
import pytest

from pipeline.prediction.answer import Contributions, Evidence
from pipeline.prediction.evidence import strongest_evidence

MZ = np.array([18, 44, 64])
EDGES = np.arange(0.0, 401.0, 50.0)
EVERYTHING = 10**6


def evidence(cells=(), ions=(0, 0, 0), most=EVERYTHING):
    """Return the evidence of cells {m/z: values of the windows}."""
    values = np.zeros((len(MZ), len(EDGES) - 1))
    for mz, windows in dict(cells).items():
        values[np.flatnonzero(mz == MZ)[0], : len(windows)] = windows
    contributions = Contributions(
        MZ, EDGES, np.stack([np.ones_like(values), values]), np.array([MZ, ions]), {}
    )
    return strongest_evidence(contributions, 1, most)


def test_neighbouring_windows_of_one_sign_are_one_piece():
    assert evidence({44: [0, 0.5, 0.25, 0.5, 0, 0.5]}) == (
        Evidence(44, 50, 200, 1.25),
        Evidence(44, 250, 300, 0.5),
    )


def test_for_and_against_are_different_pieces():
    assert evidence({44: [1.0, 0.5, -0.25, -0.5, 0.125]}) == (
        Evidence(44, 0, 100, 1.5),
        Evidence(44, 100, 200, -0.75),
        Evidence(44, 200, 250, 0.125),
    )


def test_ions_do_not_mix():
    found = evidence({18: [0.5], 44: [0.5], 64: [-0.5]})
    assert found == (
        Evidence(18, 0, 50, 0.5),
        Evidence(44, 0, 50, 0.5),
        Evidence(64, 0, 50, -0.5),
    )


def test_a_stretch_reaches_both_ends():
    assert evidence({44: [0.5] * 8}) == (Evidence(44, 0, 400, 4.0),)
    assert evidence({44: [0] * 7 + [-0.5]}) == (Evidence(44, 350, 400, -0.5),)


@pytest.mark.parametrize("sign", [1, -1])
def test_tails_are_cut_and_quiet_windows_within_stay(sign):
    windows = np.array([0.03, 0.05, 1.0, 0.03, 0.5, 0.0999, 0.03])
    (found,) = evidence({44: sign * windows})
    assert (found.low_celsius, found.high_celsius) == (100, 250)
    assert found.log_odds == pytest.approx(sign * 1.53)


def test_the_strongest_comes_first_whatever_it_says():
    found = evidence({18: [0.1, -3.0], 44: [2.0]}, ions=(0, 0, -2.5))
    assert [piece.log_odds for piece in found] == [-3.0, -2.5, 2.0, 0.1]


def test_ions_as_a_whole_have_no_temperatures():
    assert evidence(ions=(0, 0, -0.5)) == (Evidence(64, None, None, -0.5),)
    # beside the windows of the same ion, not within them
    assert evidence({44: [0.5]}, ions=(0, 1.0, 0)) == (
        Evidence(44, None, None, 1.0),
        Evidence(44, 0, 50, 0.5),
    )


def test_what_hardly_moves_the_answer_is_no_evidence():
    assert evidence({18: [0.049], 44: [0, -0.0499]}, ions=(0.049, 0, 0)) == ()
    assert evidence({18: [0.051], 44: [0, -0.051]}, ions=(0.051, 0, 0)) != ()
    # small windows side by side may be one large piece
    assert evidence({44: [0.01] * 8})[0].log_odds == pytest.approx(0.08)


def test_no_more_than_asked_for():
    cells = {18: [0.1, -0.2, 0.3], 44: [0.4, -0.5]}
    whole = evidence(cells)
    assert len(whole) == 5
    for most in range(6):
        assert evidence(cells, most=most) == whole[:most]


def test_an_empty_map_has_no_evidence():
    assert evidence() == ()


@pytest.mark.parametrize("seed", range(3))
def test_pieces_of_an_ion_do_not_overlap_and_add_up(seed):
    values = np.random.default_rng(seed).normal(size=8)
    pieces = sorted(evidence({44: values}), key=lambda piece: piece.low_celsius)
    for before, after in zip(pieces[:-1], pieces[1:], strict=True):
        assert before.high_celsius <= after.low_celsius
    # but for the tails, which are a tenth of the largest at most
    total = sum(piece.log_odds for piece in pieces)
    assert total == pytest.approx(values.sum(), abs=0.1 * np.abs(values).max() * 4)
