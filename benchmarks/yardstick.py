"""A plain LightGBM on plain features, scored in the same folds as the families.

Default parameters; features are the largest abundance of each m/z in windows of 100
celsius, the run divided by its maximum. Run it where `dvc repro` has been run:

python -m benchmarks.yardstick
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from models.metrics import log_losses
from pipeline.family import family_data
from pipeline.grid_store import load_grids
from pipeline.parallel import fan_out
from pipeline.params import Params, load_params

WINDOW_CELSIUS = 100
HELIUM_MZ = 4


def features(params: Params) -> np.ndarray:
    """Return window maxima (n_runs, n_mz * n_windows) of the training runs."""
    grid = load_grids(family_data(params).training)
    abundance = np.where(np.isnan(grid.abundance), -np.inf, grid.abundance)
    abundance[:, grid.mz_values == HELIUM_MZ] = -np.inf
    cells = round(WINDOW_CELSIUS / grid.bin_width_celsius)
    starts = np.arange(0, abundance.shape[2], cells)
    maxima = np.maximum.reduceat(abundance, starts, axis=2)
    largest = abundance.max(axis=(1, 2))
    maxima = np.where(np.isinf(maxima), np.nan, maxima)
    return (maxima / largest[:, None, None]).reshape(len(maxima), -1)


def fit(task: tuple[Params, np.ndarray, int]) -> np.ndarray:
    """Return probabilities (n_scored, n_labels) of one outer fold."""
    import lightgbm as lgb

    params, X, index = task
    data = family_data(params)
    fold = data.folds[index]
    columns = []
    for label in range(data.y.shape[1]):
        model = lgb.LGBMClassifier(n_jobs=1, verbose=-1)
        model.fit(X[fold.training], data.y[fold.training, label])
        columns.append(np.asarray(model.predict_proba(X[fold.scored]))[:, 1])
    return np.column_stack(columns)


def main() -> None:
    """Print the out-of-fold log-loss, overall and per label."""
    start = time.perf_counter()
    params = load_params(Path("params.yaml"))
    data = family_data(params)
    X = features(params)
    tasks = [(params, X, index) for index in range(len(data.folds))]
    results = fan_out(params.compute, "yardstick", fit, tasks)
    repeats = 1 + max(fold.repeat for fold in data.folds)
    probability = np.zeros(data.y.shape)
    single = np.zeros((repeats, *data.y.shape))
    for fold, part in zip(data.folds, results, strict=True):
        probability[fold.scored] += part / repeats
        single[fold.repeat, fold.scored] = part
    losses = log_losses(data.y, probability)
    each = [float(log_losses(data.y, p).mean()) for p in single]
    print(f"out-of-fold log-loss: {losses.mean():.4f} (mean of {repeats} repeats)")
    print("each repeat alone:", ", ".join(f"{value:.4f}" for value in each))
    for name, value in zip(params.data.labels, losses.mean(axis=0), strict=True):
        print(f"  {name:16s} {value:.4f}")
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
