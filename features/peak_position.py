"""Relative position of each ion's maximum within the run, and its logarithm.

Source: peak-detection features of the LDL-MLP interview (second Mars Spectrometry
challenge, GC-MS).
"""

from __future__ import annotations

import numpy as np

from features.feature import FeatureBlock, ion_features
from features.grid import EgaGrid
from features.peak import tallest_cell


def peak_position(grid: EgaGrid) -> FeatureBlock:
    """Return (position, log position) of each ion's maximum; NaN for absent ions.

    Position is 0 at the lowest observed temperature of the run and 1 at the highest;
    its logarithm is log(position + 0.01).
    """
    index, height = tallest_cell(grid)
    temperature = grid.temperature_centres_celsius[index]
    low = grid.facts.temperature_low_celsius[:, None]
    high = grid.facts.temperature_high_celsius[:, None]
    span = np.where(high > low, high - low, np.nan)
    position = np.clip((temperature - low) / span, 0, 1)
    position = np.where(np.isnan(height), np.nan, position)
    features = ion_features(
        "peak_position",
        "peak_position",
        grid.mz_values,
        "share of the run",
        "relative position of the ion's maximum",
    ) + ion_features(
        "peak_position",
        "log_peak_position",
        grid.mz_values,
        "log share",
        "logarithm of the relative position of the ion's maximum",
    )
    values = np.hstack([position, np.log(position + 0.01)]).astype(np.float32)
    return FeatureBlock(tuple(features), values)
