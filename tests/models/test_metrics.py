"""Metrics against scikit-learn, by hand, and as proper scores."""

import numpy as np
import pytest
from sklearn import metrics as sk

from models.metrics import (
    auc,
    average_precision,
    bootstrap_weights,
    brier,
    calibration_error,
    log_loss,
    reliability,
)


def sample(seed: int, n: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.random(n).round(2)  # rounded, so that there are ties
    y = (rng.random(n) < p).astype(float)
    return y, p, bootstrap_weights(n, 3, seed)


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_scikit_learn_with_the_same_weights(seed: int) -> None:
    y, p, weights = sample(seed)
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    for row, w in enumerate(weights):
        for ours, theirs in (
            (log_loss(y, p, weights), sk.log_loss(y, clipped, sample_weight=w)),
            (auc(y, p, weights), sk.roc_auc_score(y, p, sample_weight=w)),
            (
                average_precision(y, p, weights),
                sk.average_precision_score(y, p, sample_weight=w),
            ),
            (brier(y, p, weights), sk.brier_score_loss(y, p, sample_weight=w)),
        ):
            assert ours[row] == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("score", [log_loss, brier])
def test_the_truth_scores_best(score) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    truth = rng.random(20_000)
    y = (rng.random(20_000) < truth).astype(float)
    ones = np.ones((1, len(y)))
    best = score(y, truth, ones)[0]
    # a proper score punishes both over- and underconfidence
    assert score(y, truth**2, ones)[0] > best
    assert score(y, 0.5 + 0.5 * (truth - 0.5), ones)[0] > best


def test_calibrated_probabilities_have_a_small_calibration_error() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(50_000)
    y = (rng.random(50_000) < p).astype(float)
    ones = np.ones((1, len(y)))
    assert calibration_error(y, p, ones)[0] < 0.01
    # shifted by 0.1 everywhere, the error is that shift
    shifted = calibration_error(y, np.clip(p + 0.1, 0, 2), ones)[0]
    assert shifted == pytest.approx(0.1, abs=0.01)


def test_one_class_has_no_ranking_score() -> None:
    y, p = np.zeros(10), np.linspace(0, 1, 10)
    ones = np.ones((1, 10))
    assert np.isnan(auc(y, p, ones)[0])
    assert np.isnan(average_precision(y, p, ones)[0])
    assert np.isfinite(log_loss(y, p, ones)[0])


def test_hard_zero_on_a_positive_is_a_finite_loss() -> None:
    loss = log_loss(np.ones(1), np.zeros(1), np.ones((1, 1)))[0]
    assert loss == pytest.approx(-np.log(1e-6))


def test_reliability_bins_partition_the_runs() -> None:
    y, p, _ = sample(0, n=203)
    rows = reliability(y, p, 10)
    assert sum(row["runs"] for row in rows) == 203
    predicted = [row["predicted"] for row in rows]
    assert predicted == sorted(predicted)
    mean = sum(row["observed"] * row["runs"] for row in rows) / 203
    assert mean == pytest.approx(y.mean())


def test_bootstrap_weights_draw_as_many_runs_as_there_are() -> None:
    weights = bootstrap_weights(50, 20, seed=0)
    assert (weights.sum(axis=1) == 50).all()
    assert not np.array_equal(weights[0], weights[1])
