"""n-differences: mean derivative-like differences of each ion, on a signed log scale.

First difference at lag 1 and lag 2 and the second difference, averaged over the run.
Source: the LDL-MLP interview of the second Mars Spectrometry challenge (GC-MS).
"""

from __future__ import annotations

import numpy as np

from features.feature import Feature, FeatureBlock, ion_features
from features.grid import EgaGrid

# differences averaged over ~200 cells of signals that are at most 1 lie near 1e-5
SCALE = 1e5


def signed_log(values: np.ndarray) -> np.ndarray:
    """Return sign(x) * log(1 + |x|)."""
    return np.sign(values) * np.log1p(np.abs(values))


def _mean_over_temperature(values: np.ndarray) -> np.ndarray:
    observed = ~np.isnan(values)
    count = observed.sum(axis=-1)
    mean = np.where(observed, values, 0).sum(axis=-1) / np.maximum(count, 1)
    return np.where(count > 0, mean, np.nan)


def n_differences(grid: EgaGrid) -> FeatureBlock:
    """Return three signed-log mean differences per ion; NaN where none exists."""
    lag1 = np.diff(grid.abundance, axis=-1)
    lag2 = grid.abundance[..., 2:] - grid.abundance[..., :-2]
    second = np.diff(lag1, axis=-1)
    features: list[Feature] = []
    values = []
    for quantity, difference, words in (
        ("difference_lag1", lag1, "first difference at lag 1"),
        ("difference_lag2", lag2, "first difference at lag 2"),
        ("difference_second", second, "second difference"),
    ):
        features += ion_features(
            "n_differences",
            quantity,
            grid.mz_values,
            "signed log",
            f"mean {words} of the ion",
        )
        values.append(signed_log(SCALE * _mean_over_temperature(difference)))
    return FeatureBlock(tuple(features), np.hstack(values).astype(np.float32))
