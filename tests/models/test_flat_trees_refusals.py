"""Flat trees refuse what they cannot hold, and arrays that are damaged."""

from collections.abc import Callable

import lightgbm as lgb
import numpy as np
import pytest
from lightgbm_models import MODELS, PARAMETERS, TABLE, booster, new_runs, table

from models.flat_trees import FlatTrees
from models.lightgbm_text import parse_boosters

Arrays = dict[str, np.ndarray]
ALL = np.arange(len(MODELS))


@pytest.fixture(scope="module")
def trees() -> FlatTrees:
    return parse_boosters(list(MODELS.values()), TABLE)


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
