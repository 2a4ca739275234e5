"""The mean of members: of their logits, and never certain."""

import numpy as np
import pytest
from scipy.special import expit, logit

from models.member_mean import CLIP, mean_probability


def members(n: int, seed: int = 0) -> list[np.ndarray]:
    made = list(np.random.default_rng(seed).uniform(0.001, 0.999, (n, 20, 3)))
    for member in made:
        member.setflags(write=False)
    return made


def test_a_single_member_stays_bit_by_bit() -> None:
    # logit and expit would round, and 0 and 1 would be lost
    member = np.array([[0.1, 0.3, 1 / 3], [0.0, 1.0, 5e-324]])
    assert mean_probability([member]).tobytes() == member.tobytes()


@pytest.mark.parametrize("n", [2, 5])
def test_logits_are_averaged(n: int) -> None:
    each = members(n)
    expected = expit(sum(logit(member) for member in each) / n)
    np.testing.assert_allclose(mean_probability(each), expected, rtol=1e-12)


def test_the_odds_are_the_geometric_mean_of_the_odds() -> None:
    # odds 1/9 and 9, 1/3 and 3: even odds; 1 and 9: odds of 3
    found = mean_probability([np.array([0.1, 0.25, 0.5]), np.array([0.9, 0.75, 0.9])])
    np.testing.assert_allclose(found, [0.5, 0.5, 0.75], rtol=1e-12)


def test_the_mean_lies_between_the_members() -> None:
    each = members(4)
    mean = mean_probability(each)
    assert (mean >= np.min(each, axis=0)).all()
    assert (mean <= np.max(each, axis=0)).all()


def test_the_order_of_members_and_of_yes_and_no_does_not_matter() -> None:
    each = members(4)
    mean = mean_probability(each)
    np.testing.assert_allclose(mean_probability(each[::-1]), mean, rtol=1e-12)
    opposite = mean_probability([1 - member for member in each])
    np.testing.assert_allclose(opposite, 1 - mean, rtol=1e-9)


def test_equal_members_give_the_same_probability() -> None:
    (one,) = members(1)
    np.testing.assert_allclose(mean_probability([one] * 3), one, rtol=1e-12)


def test_certain_members_do_not_silence_the_others() -> None:
    no, yes, even = np.zeros(1), np.ones(1), np.full(1, 0.5)
    np.testing.assert_allclose(mean_probability([no, yes]), 0.5, rtol=1e-6)
    # one of two is certain: the root of its odds is left
    np.testing.assert_allclose(mean_probability([no, even]), CLIP**0.5, rtol=1e-4)
    for certain, limit in ((no, CLIP), (yes, 1 - CLIP)):
        np.testing.assert_allclose(mean_probability([certain] * 2), limit, rtol=1e-12)
