"""The permutation test: right for no skill, sure for skill, fair to constants."""

import numpy as np
import pytest

from models.metrics import log_losses
from models.permutation import permutation_p_value


def truth(seed: int, n: int = 80) -> np.ndarray:
    return (np.random.default_rng(seed).random((n, 3)) < [0.5, 0.3, 0.1]).astype(int)


def test_without_skill_every_p_value_is_as_likely() -> None:
    values = [
        permutation_p_value(
            truth(seed),
            np.random.default_rng(1000 + seed).random((80, 3)),
            np.zeros(80),
            39,
            seed,
        )
        for seed in range(200)
    ]
    # a tenth below 0.1: more would call luck skill
    assert 0.05 < np.mean(np.array(values) <= 0.1) < 0.16
    assert np.mean(values) == pytest.approx(0.5, abs=0.07)


def test_skill_gets_the_smallest_value_there_is() -> None:
    y = truth(0)
    p = 0.3 + 0.4 * y
    assert permutation_p_value(y, p, np.zeros(80), 199, 0) == 1 / 200


def test_a_constant_is_never_better_than_its_permutations() -> None:
    y = truth(1)
    p = np.tile(y.mean(axis=0), (80, 1))
    # all permutations tie; rounding must not make them differ
    assert permutation_p_value(y, p, np.zeros(80), 199, 0) == 1


def test_what_the_stratum_alone_tells_is_no_skill() -> None:
    rng = np.random.default_rng(2)
    strata = np.repeat(["a", "b"], 100)
    y = (rng.random((200, 1)) < np.where(strata == "a", 0.9, 0.1)[:, None]).astype(int)
    p = np.where(strata == "a", 0.9, 0.1)[:, None]
    assert permutation_p_value(y, p, strata, 199, 0) == 1
    # without strata the same answers look like skill
    assert permutation_p_value(y, p, np.zeros(200), 199, 0) == 1 / 200


def test_the_value_is_that_of_the_log_loss_itself() -> None:
    rng = np.random.default_rng(5)
    y = truth(5)
    p = np.clip(0.5 + 0.02 * (y - 0.5) + 0.3 * rng.standard_normal(y.shape), 0, 1)
    found = permutation_p_value(y, p, np.zeros(80), 300, 7)
    draws = np.random.default_rng(7)
    losses = [log_losses(y[np.argsort(draws.random(80))], p).mean() for _ in range(300)]
    least = log_losses(y, p).mean()
    assert found == (1 + np.sum(np.array(losses) <= least)) / 301
    assert 0.01 < found < 0.99


def test_the_seed_decides() -> None:
    y = truth(3)
    p = np.random.default_rng(4).random(y.shape)
    values = {permutation_p_value(y, p, np.zeros(80), 99, seed) for seed in (1, 1, 2)}
    assert len(values) == 2
