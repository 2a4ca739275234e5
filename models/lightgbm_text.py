"""LightGBM's model text -> flat trees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from models.flat_trees import DTYPES, FlatTrees, check_range

HEADER = {
    "version": "v4",
    "num_class": "1",
    "num_tree_per_iteration": "1",
    "objective": "binary sigmoid:1",
}
# bits of LightGBM's decision_type
DEFAULT_LEFT, MISSING_IS_NAN = 2, 8


def parse_boosters(texts: Sequence[str], feature_names: Sequence[str]) -> FlatTrees:
    """Return the boosters of some model texts (`Booster.model_to_string`).

    Parameters
    ----------
    texts : Sequence[str]
        Binary models of LightGBM 4 without categorical splits or linear leaves.
    feature_names : Sequence[str]
        Columns of the feature table; a booster's columns are found by their names.
    """
    column = {name: number for number, name in enumerate(feature_names)}
    if len(column) != len(feature_names):
        raise ValueError("feature_names are not unique")
    parts = [_parse(text, column) for text in texts]
    arrays = {
        name: np.concatenate([np.empty((0, *tail), dtype), *(p[name] for p in parts)])
        for name, (dtype, tail) in DTYPES.items()
        if not name.endswith("_start")
    }
    for name, key in (("tree_start", "splits"), ("booster_start", "trees")):
        sizes = np.concatenate([[0], *(part[key] for part in parts)])
        arrays[name] = np.cumsum(sizes).astype(np.int32)
    return FlatTrees(len(feature_names), **arrays)


def _parse(text: str, column: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return one booster's arrays, with the number of splits of every tree."""
    text, end, _ = text.partition("\nend of trees\n")
    head, _, body = text.partition("\nTree=0")
    header = dict(re.findall(r"^(\w+)=?(.*)$", head, re.MULTILINE))
    for key, value in HEADER.items():
        if header.get(key) != value:
            raise ValueError(f"model has {key}={header.get(key)}, expected {value}")
    if "average_output" in header:
        raise ValueError("model averages its trees (random forest), expected boosting")
    names = header["feature_names"].split()
    unknown = [name for name in names if name not in column]
    if unknown:
        raise ValueError(f"model reads features that the table lacks: {unknown[:5]}")

    def read(key: str, dtype: type) -> np.ndarray:
        lines = re.findall(rf"\n{key}=(.*)", body)
        return np.array(" ".join(lines).split(), dtype=dtype)

    splits = read("num_leaves", np.int64) - 1
    if not end or len(splits) != len(header["tree_sizes"].split()):
        raise ValueError("model text has been cut off")
    if read("num_cat", np.int64).any() or read("is_linear", np.int64).any():
        raise ValueError("model has categorical splits or linear leaves")
    feature, decision = read("split_feature", np.int64), read("decision_type", np.int64)
    threshold = read("threshold", float)
    check_range("split_feature", feature, 0, len(names) - 1)
    kind = decision & ~DEFAULT_LEFT
    if not np.isin(kind, [0, MISSING_IS_NAN]).all():
        raise ValueError(f"model has splits of types {np.unique(decision)}")
    children = [read("left_child", np.int32), read("right_child", np.int32)]
    cover = read("leaf_count", np.int32)
    # a constant tree may not know its rows, and nothing depends on them
    cover[(np.cumsum(splits + 1) - 1)[splits == 0]] = 1
    columns = np.array([column[name] for name in names], dtype=np.int32)
    return {
        "feature": columns[feature],
        "threshold": _floor(threshold),
        # a model that saw no missing value takes one for zero
        "nan_left": np.where(
            kind == MISSING_IS_NAN, decision & DEFAULT_LEFT != 0, threshold >= 0
        ).astype(np.uint8),
        "children": np.stack(children, axis=1),
        "leaf_value": read("leaf_value", np.float64),
        "leaf_cover": cover,
        "splits": splits,
        "trees": np.array([len(splits)]),
    }


def _floor(values: np.ndarray) -> np.ndarray:
    """Return the largest float32 that is not above each float64."""
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float32)
        down = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded > values, down, rounded)
