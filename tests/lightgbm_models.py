"""Models of LightGBM of many kinds, on one small table."""

import lightgbm as lgb
import numpy as np

TABLE = tuple(f"feature_{k}" for k in range(12))
PARAMETERS = {
    "objective": "binary",
    "verbose": -1,
    "num_threads": 1,
    "min_data_in_leaf": 2,
    "num_leaves": 12,
}


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


def new_runs() -> np.ndarray:
    """Runs unlike those trained on, with what LightGBM treats in ways of its own."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(40, len(TABLE))).astype(np.float32)
    X[rng.random(X.shape) < 0.3] = np.nan
    X[rng.random(X.shape) < 0.1] = 0
    for row, value in enumerate([np.inf, -np.inf, 1e-35, -1e-35, 1e-40, -0.0]):
        X[row] = value
    return X
