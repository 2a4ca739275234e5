"""The LightGBM family: it learns, it is deterministic, it sees only its rows."""

import numpy as np
import pytest

from models.gbt import fit_gbt
from models.gbt_dataset import GbtSettings, screen
from models.training_rows import TrainingRows

SETTINGS = GbtSettings(
    max_features=30,
    rounds=60,
    learning_rate=0.1,
    max_bin=31,
    noise=0.02,
    feature_dropout=0.05,
    row_dropout=0.1,
    trials=3,
    seeds=2,
    copy_weight=0.5,
)
NAMES = tuple(f"feature_{k}" for k in range(60))


def problem(seed: int = 0, n: int = 160) -> tuple[TrainingRows, np.ndarray]:
    """Two copies of each run; the label is the sign of feature 7."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, len(NAMES))).astype(np.float32)
    y = (X[:, 7] > 0.3).astype(int)[:, None]
    copy = X + rng.normal(0, 0.1, X.shape).astype(np.float32)
    here = np.tile(np.arange(n), 2)
    rows = TrainingRows(
        np.vstack([X, copy]), np.vstack([y, y]), here, here, np.arange(2 * n) >= n
    )
    inner = np.arange(n) % 4 - 1  # every fourth run is scored by the outer fold
    return rows, inner


def fit(rows: TrainingRows, inner: np.ndarray, seed: int = 0):  # type: ignore[no-untyped-def]
    training = rows.from_runs(np.flatnonzero(inner >= 0))
    return fit_gbt(training, inner, 0, SETTINGS, np.random.SeedSequence(seed), NAMES)


def test_it_learns_what_is_there() -> None:
    rows, inner = problem()
    models, _ = fit(rows, inner)
    held_out = np.flatnonzero(inner < 0)
    p = np.mean([model.predict(rows.X[held_out]) for model in models], axis=0)
    correct = (p > 0.5) == (rows.y[held_out, 0] == 1)
    assert correct.mean() > 0.9
    # and says why: the informative feature leads by gain and by contribution
    model = models[0]
    assert NAMES[model.columns[model.gain().argmax()]] == "feature_7"
    contribution = np.abs(model.contributions(rows.X[held_out])).mean(axis=0)
    assert NAMES[model.columns[contribution.argmax()]] == "feature_7"


def test_same_seed_same_models_other_seed_other_models() -> None:
    rows, inner = problem()
    texts = [
        [m.booster.model_to_string() for m in fit(rows, inner, seed)[0]]
        for seed in (0, 0, 1)
    ]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_labels_of_the_scored_runs_do_not_matter() -> None:
    rows, inner = problem()
    models, candidates = fit(rows, inner)
    y = rows.y.copy()
    scored = inner[rows.first] < 0
    y[scored] = 1 - y[scored]
    X = rows.X.copy()
    X[scored] = 0
    changed = TrainingRows(X, y, rows.first, rows.second, rows.is_copy)
    again, again_candidates = fit(changed, inner)
    # neither search nor screening nor training may look at the scored fold
    assert candidates == again_candidates
    for a, b in zip(models, again, strict=True):
        assert a.booster.model_to_string() == b.booster.model_to_string()


def test_candidates_come_best_first_and_within_the_limits() -> None:
    rows, inner = problem()
    _, candidates = fit(rows, inner)
    losses = [candidate.inner_log_loss for candidate in candidates]
    assert losses == sorted(losses)
    assert 1 <= len(candidates) <= SETTINGS.trials
    assert all(1 <= c.rounds <= SETTINGS.rounds for c in candidates)


def test_screening_finds_the_informative_feature() -> None:
    rows, _ = problem()
    columns = screen(rows, 0, SETTINGS)
    assert 7 in columns
    assert len(columns) <= SETTINGS.max_features


def test_label_without_positives_gives_small_finite_probabilities() -> None:
    rows, inner = problem()
    empty = TrainingRows(
        rows.X, np.zeros_like(rows.y), rows.first, rows.second, rows.is_copy
    )
    models, _ = fit(empty, inner)
    p = models[0].predict(rows.X)
    assert np.isfinite(p).all()
    assert (p < 0.05).all()


def test_saved_models_name_their_features() -> None:
    rows, inner = problem()
    model = fit(rows, inner)[0][0]
    names = [NAMES[column] for column in model.columns]
    assert model.booster.feature_name() == names


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_contributions_add_up_to_the_log_odds(share: float) -> None:
    rows, inner = problem()
    model = fit(rows, inner)[0][0]
    X = rows.X[: 10 + int(10 * share)]
    log_odds = model.booster.predict(X[:, model.columns], raw_score=True)
    total = model.booster.predict(X[:, model.columns], pred_contrib=True).sum(axis=1)
    np.testing.assert_allclose(total, log_odds, atol=1e-6)
