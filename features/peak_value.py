"""Height of the tallest peak of each ion."""

from __future__ import annotations

from features.feature import FeatureBlock, ion_features
from features.grid import EgaGrid
from features.peak import tallest_cell


def peak_value(grid: EgaGrid) -> FeatureBlock:
    """Return the largest abundance of each ion; NaN for absent ions."""
    features = ion_features(
        "peak_value",
        "peak_value",
        grid.mz_values,
        "relative abundance",
        "height of the tallest peak of the ion",
    )
    return FeatureBlock(tuple(features), tallest_cell(grid)[1])
