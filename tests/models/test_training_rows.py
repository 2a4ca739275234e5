"""Augmented rows never bring a held-out run into training."""

import numpy as np

from models.training_rows import TrainingRows


def rows(n_runs: int = 20, n_copies: int = 3, n_features: int = 5) -> TrainingRows:
    rng = np.random.default_rng(0)
    first = np.tile(np.arange(n_runs), n_copies + 1)
    second = np.where(
        np.arange(len(first)) < n_runs, first, rng.integers(0, n_runs, len(first))
    )
    y = rng.integers(0, 2, (n_runs, 2))
    return TrainingRows(
        rng.normal(size=(len(first), n_features)).astype(np.float32),
        np.maximum(y[first], y[second]),
        first,
        second,
        np.arange(len(first)) >= n_runs,
    )


def test_rows_of_held_out_runs_and_mixes_with_them_are_left_out() -> None:
    training = np.arange(0, 20, 2)
    part = rows().from_runs(training)
    # a mix of a training run with a held-out one would leak the latter
    assert set(part.first) <= set(training)
    assert set(part.second) <= set(training)
    # and nothing else is lost
    everything = rows()
    both = np.isin(everything.first, training) & np.isin(everything.second, training)
    assert len(part.y) == both.sum()


def test_only_copies_are_perturbed() -> None:
    table = rows()
    noisy = table.perturbed(0.1, 0.2, np.random.default_rng(0))
    plain = ~table.is_copy
    np.testing.assert_array_equal(noisy.X[plain], table.X[plain])
    missing = np.isnan(noisy.X[table.is_copy]).mean()
    assert 0.1 < missing < 0.3
    change = (noisy.X - table.X)[table.is_copy]
    assert 0.05 < np.nanstd(change) < 0.2


def test_no_perturbation_changes_nothing() -> None:
    table = rows()
    assert table.perturbed(0, 0, np.random.default_rng(0)) is table


def test_dropping_leaves_about_the_share_out() -> None:
    table = rows(n_runs=500)
    kept = table.dropping(0.25, np.random.default_rng(0))
    assert abs(len(kept.y) / len(table.y) - 0.75) < 0.05
    # rows stay whole: features, labels and runs belong together
    source = {
        tuple(x): (f, s)
        for x, f, s in zip(table.X, table.first, table.second, strict=True)
    }
    for x, f, s in zip(kept.X, kept.first, kept.second, strict=True):
        assert source[tuple(x)] == (f, s)
