"""Flat trees give what LightGBM gives."""

import lightgbm as lgb
import numpy as np
import pytest
import safetensors.numpy
from lightgbm_models import MODELS, TABLE, new_runs, table

from models.flat_trees import FlatTrees
from models.lightgbm_text import parse_boosters

ALL = np.arange(len(MODELS))


@pytest.fixture(scope="module")
def trees() -> FlatTrees:
    return parse_boosters(list(MODELS.values()), TABLE)


def given_by_lightgbm(text: str, X: np.ndarray, **how: bool) -> np.ndarray:
    model = lgb.Booster(model_str=text)
    columns = [TABLE.index(name) for name in model.feature_name()]
    return np.asarray(model.predict(X[:, columns], num_threads=1, **how))


@pytest.mark.parametrize("kind", MODELS)
def test_scores_are_those_of_lightgbm(trees: FlatTrees, kind: str) -> None:
    number = list(MODELS).index(kind)
    for X in (table()[0], new_runs()):
        expected = given_by_lightgbm(MODELS[kind], X, raw_score=True)
        np.testing.assert_array_equal(trees.raw_scores(X)[number], expected)


def test_values_on_a_threshold_go_where_lightgbm_sends_them() -> None:
    # thresholds of float64 lie between two float32 values: take these two
    text = MODELS["deep"]
    flat = parse_boosters([text], TABLE)
    rows = []
    for feature, threshold in zip(flat.feature, flat.threshold, strict=True):
        for value in (threshold, np.nextafter(threshold, np.float32(np.inf))):
            rows.append(table()[0][0].copy())
            rows[-1][feature] = value
    expected = given_by_lightgbm(text, np.stack(rows), raw_score=True)
    np.testing.assert_array_equal(flat.raw_scores(np.stack(rows))[0], expected)


@pytest.mark.parametrize("kind", MODELS)
def test_contributions_are_those_of_lightgbm(trees: FlatTrees, kind: str) -> None:
    number = list(MODELS).index(kind)
    X = np.vstack([table()[0][:40], new_runs()])
    got, expected_value = trees.contributions(X, np.array([number]))
    shares = given_by_lightgbm(MODELS[kind], X, pred_contrib=True)
    expected = np.zeros(X.shape)
    names = lgb.Booster(model_str=MODELS[kind]).feature_name()
    expected[:, [TABLE.index(name) for name in names]] = shares[:, :-1]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-11)
    np.testing.assert_allclose(expected_value, shares[:, -1], rtol=0, atol=1e-12)


def test_contributions_and_expected_value_add_up_to_the_mean_score(
    trees: FlatTrees,
) -> None:
    X = new_runs()
    # a booster may be named twice, and then counts twice
    for boosters in (ALL, np.array([3, 0, 3])):
        shares, expected = trees.contributions(X, boosters)
        mean = trees.raw_scores(X)[boosters].mean(axis=0)
        np.testing.assert_allclose(shares.sum(axis=1) + expected, mean, atol=1e-12)


def test_additivity_holds_in_the_deepest_tree_that_is_let_in() -> None:
    def chain(n: int) -> FlatTrees:
        splits = np.arange(n, dtype=np.int32)
        below = np.where(splits < n - 1, splits + 1, ~splits - 1)
        return FlatTrees(
            n_features=n,
            feature=splits,
            threshold=np.zeros(n, dtype=np.float32),
            nan_left=np.zeros(n, dtype=np.uint8),
            children=np.stack([~splits, below], axis=1).astype(np.int32),
            leaf_value=np.linspace(-1, 1, n + 1),
            leaf_cover=np.ones(n + 1, dtype=np.int32),
            tree_start=np.array([0, n], dtype=np.int32),
            booster_start=np.array([0, 1], dtype=np.int32),
        )

    trees = chain(64)
    X = np.random.default_rng(0).normal(1, 1, (20, 64)).astype(np.float32)
    shares, expected = trees.contributions(X, np.array([0]))
    total = shares.sum(axis=1) + expected
    np.testing.assert_allclose(total, trees.raw_scores(X)[0], rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="no tree of at most 64 levels"):
        chain(65)


def test_runs_do_not_depend_on_each_other_or_on_layout(trees: FlatTrees) -> None:
    X = new_runs()
    scores, (shares, _) = trees.raw_scores(X), trees.contributions(X, ALL)
    X.flags.writeable = False
    turned = np.asfortranarray(X[::-1])
    np.testing.assert_array_equal(trees.raw_scores(turned)[:, ::-1], scores)
    np.testing.assert_array_equal(trees.contributions(turned, ALL)[0][::-1], shares)
    assert trees.raw_scores(X[:0]).shape == (len(trees), 0)
    assert trees.contributions(X[:0], ALL)[0].shape == (0, len(TABLE))


def test_storage_keeps_everything(trees: FlatTrees) -> None:
    stored = safetensors.numpy.save(trees.to_arrays())
    again = FlatTrees.from_arrays(safetensors.numpy.load(stored))
    assert again.n_features == trees.n_features
    for name, array in trees.to_arrays().items():
        np.testing.assert_array_equal(again.to_arrays()[name], array)
    X = new_runs()
    np.testing.assert_array_equal(again.raw_scores(X), trees.raw_scores(X))


def test_no_boosters_at_all() -> None:
    trees = parse_boosters([], TABLE)
    assert trees.raw_scores(new_runs()).shape == (0, 40)
    with pytest.raises(ValueError, match="boosters"):
        trees.contributions(new_runs(), np.array([0]))
