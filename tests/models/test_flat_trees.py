"""Flat trees give what LightGBM gives, and refuse what they cannot hold."""

from collections.abc import Callable

import lightgbm as lgb
import numpy as np
import pytest
import safetensors.numpy

from models.flat_trees import FlatTrees
from models.lightgbm_text import parse_boosters

TABLE = tuple(f"feature_{k}" for k in range(12))
PARAMETERS = {
    "objective": "binary",
    "verbose": -1,
    "num_threads": 1,
    "min_data_in_leaf": 2,
    "num_leaves": 12,
}
Arrays = dict[str, np.ndarray]


def table(n: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """Features with some NaN and zeros, and a label that needs several of them."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(n, len(TABLE))).astype(np.float32)
    X[:, 5] = np.round(X[:, 5])
    y = (X[:, 2] + X[:, 5] * X[:, 9] + rng.normal(0, 0.3, n) > 0).astype(int)
    X[:, 8:][rng.random((n, 4)) < 0.2] = np.nan
    return X, y


def booster(columns: list[int], rounds: int, label: int = -1, **more: object) -> str:
    """Return the text of a model on some columns of the table."""
    X, y = table()
    y = y if label < 0 else np.full(len(y), label)
    names = [TABLE[column] for column in columns]
    data = lgb.Dataset(X[:, columns], y, feature_name=names)
    parameters = {**PARAMETERS, **more}
    # `train` wants at least one round
    model = (
        lgb.train(parameters, data, rounds) if rounds else lgb.Booster(PARAMETERS, data)
    )
    return model.model_to_string()


MODELS = {
    "missing values": booster([9, 2, 5, 11, 8], 20),
    "missing is zero": booster([5, 9, 2], 5, use_missing=False),
    "no value missing": booster([5, 2, 0], 10),
    "another order": booster([3, 2, 1, 0], 10, extra_trees=True, seed=3),
    # one feature: all splits of a path share a factor
    "one feature": booster([9], 10),
    # pure leaves of a chain: as deep as this table lets a tree be
    "deep": booster(list(range(12)), 3, num_leaves=140, min_data_in_leaf=1),
    "no rounds": booster([2, 5], 0),
    "constant": booster([2, 5], 3, label=0),
}
ALL = np.arange(len(MODELS))


@pytest.fixture(scope="module")
def trees() -> FlatTrees:
    return parse_boosters(list(MODELS.values()), TABLE)


def new_runs() -> np.ndarray:
    """Runs unlike those trained on, with what LightGBM treats in ways of its own."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(40, len(TABLE))).astype(np.float32)
    X[rng.random(X.shape) < 0.3] = np.nan
    X[rng.random(X.shape) < 0.1] = 0
    for row, value in enumerate([np.inf, -np.inf, 1e-35, -1e-35, 1e-40, -0.0]):
        X[row] = value
    return X


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


def put(name: str, place: object, value: float) -> Callable[[Arrays], None]:
    def damage(arrays: Arrays) -> None:
        arrays[name][place] = value  # type: ignore[call-overload]

    return damage


def cut(name: str) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.update({name: arrays[name][:-1]})


def convert(name: str, dtype: type) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.update({name: arrays[name].astype(dtype)})


DAMAGE = [
    put("feature", 3, len(TABLE)),
    put("feature", 3, -1),
    put("n_features", 0, 5),
    put("children", (0, 0), 0),  # a walk that would never end
    put("children", (4, 1), 1),  # back up
    put("children", (0, 1), 2**31 - 1),
    put("children", (0, 1), -(2**31)),
    put("children", (0, slice(None)), -1),  # one leaf twice
    put("children", (0, slice(None)), 1),  # one split twice
    put("tree_start", 0, 1),
    put("tree_start", 2, -(2**31)),
    put("tree_start", 2, 2**31 - 1),
    put("tree_start", -1, 2**31 - 1),
    put("booster_start", 1, 2**31 - 1),
    put("booster_start", -1, 0),
    put("leaf_cover", 0, 0),
    put("leaf_value", 0, np.nan),
    put("leaf_value", 0, np.inf),
    put("threshold", 0, np.nan),
    put("nan_left", 0, 2),
    *(cut(name) for name in ("n_features", "feature", "threshold", "nan_left")),
    *(cut(name) for name in ("children", "leaf_value", "leaf_cover")),
    *(cut(name) for name in ("tree_start", "booster_start")),
    convert("children", np.int64),
    convert("threshold", np.float64),
    lambda arrays: arrays.pop("nan_left"),
    lambda arrays: arrays.update(more=np.zeros(1)),
    lambda arrays: arrays.update(feature=np.zeros((), np.int32)),
    lambda arrays: arrays.update(tree_start=np.zeros((), np.int32)),
    lambda arrays: arrays.update(tree_start=np.zeros(0, np.int32)),
    lambda arrays: arrays.update(children=arrays["children"].T.copy()),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_arrays_are_refused(
    trees: FlatTrees, damage: Callable[[Arrays], None]
) -> None:
    arrays = {name: array.copy() for name, array in trees.to_arrays().items()}
    damage(arrays)
    with pytest.raises(ValueError, match="expected|outside|no tree"):
        FlatTrees.from_arrays(arrays)


def test_random_damage_is_refused_or_harmless(trees: FlatTrees) -> None:
    rng = np.random.default_rng(0)
    X = new_runs()[:2]
    for _ in range(300):
        arrays = {name: array.copy() for name, array in trees.to_arrays().items()}
        name = rng.choice(sorted(arrays))
        raw = arrays[name].view(np.uint8).reshape(-1)
        raw[rng.integers(len(raw))] = rng.integers(256)
        arrays["n_features"][0] %= 1 << 12  # X of any width must fit here
        try:
            damaged = FlatTrees.from_arrays(arrays)
        except ValueError:
            continue
        wide = np.resize(X, (2, damaged.n_features))
        assert damaged.raw_scores(wide).shape == (len(damaged), 2)
        assert len(damaged.contributions(wide, np.arange(len(damaged)))[0]) == 2


def test_checked_arrays_cannot_be_changed(trees: FlatTrees) -> None:
    with pytest.raises(ValueError, match="read-only"):
        trees.children[0] = 5


def linear() -> str:
    return booster([2, 5], 2, linear_tree=True)


def categorical() -> str:
    X, y = table()
    data = lgb.Dataset(np.abs(X[:, [5]]), y, categorical_feature=[0])
    sizes = {"min_data_per_group": 1, "max_cat_to_onehot": 1, "cat_smooth": 0}
    model = lgb.train({**PARAMETERS, **sizes}, data, 2)
    return model.model_to_string().replace("Column_0", TABLE[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (lambda: booster([2], 2, objective="regression"), "objective=regression"),
        (lambda: booster([2], 2, sigmoid=0.5), "sigmoid:0.5"),
        (lambda: booster([2], 2, objective="multiclass", num_class=2), "num_class=2"),
        (
            lambda: booster(
                [2], 2, boosting="rf", bagging_freq=1, bagging_fraction=0.5
            ),
            "random forest",
        ),
        (lambda: booster([5, 8], 2, zero_as_missing=True), "splits of types"),
        (linear, "linear leaves"),
        (categorical, "categorical splits"),
        (lambda: MODELS["deep"].replace(TABLE[11], "unknown"), "lacks: .'unknown'"),
        (lambda: MODELS["deep"][: len(MODELS["deep"]) // 3], "cut off"),
        (lambda: "", "version=None"),
        (lambda: MODELS["deep"].replace("left_child=1 ", "left_child=0 "), "no tree"),
    ],
)
def test_unsupported_models_are_refused(text: Callable[[], str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_boosters([text()], TABLE)


def test_wrong_requests_are_refused(trees: FlatTrees) -> None:
    X = new_runs()
    with pytest.raises(ValueError, match="X is float64"):
        trees.raw_scores(X.astype(np.float64))
    with pytest.raises(ValueError, match="expected float32"):
        trees.contributions(X[:, 1:], ALL)
    with pytest.raises(ValueError, match="boosters has values outside"):
        trees.contributions(X, np.array([len(trees)]))
    for boosters in (np.zeros(0, dtype=int), np.array([True]), np.array([0.0])):
        with pytest.raises(ValueError, match="expected integers"):
            trees.contributions(X, boosters)
    with pytest.raises(ValueError, match="not unique"):
        parse_boosters([], ["a", "a"])
