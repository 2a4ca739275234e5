"""Logarithms of prevalence and window areas, what linear and kernel models read."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline import paths
from pipeline.artifacts import read_csv

# shares and areas below these are noise; without a floor their logarithm would rule
PREVALENCE_FLOOR = 1e-4
AREA_FLOOR = 1e-3


def log_input_names() -> list[str]:
    """Return the features behind the columns of `log_inputs`."""
    table = _dictionary()
    families = pl.col("family").is_in(["prevalence", "window_area"])
    return table.filter(families)["name"].to_list()


def log_inputs(X: np.ndarray) -> np.ndarray:
    """Return log10 of shares and areas, floored.

    Parameters
    ----------
    X : (n_runs, n_features)
        The feature table, NaN allowed.

    Returns
    -------
    (n_runs, n_inputs) in decades, NaN where the feature is missing.
    """
    family = _dictionary()["family"].to_numpy()
    share = np.maximum(X[:, family == "prevalence"], 0)
    # the area features are logarithms with a floor far below the noise
    area = 10.0 ** X[:, family == "window_area"]
    return np.hstack([np.log10(share + PREVALENCE_FLOOR), np.log10(area + AREA_FLOOR)])


def _dictionary() -> pl.DataFrame:
    return read_csv(paths.FEATURE_DICTIONARY)
