"""All feature families -> one table. A new family is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.area import area
from features.cleaning import clean
from features.feature import Feature, FeatureBlock
from features.grid import HELIUM_MZ, EgaGrid
from features.jitter import jitter
from features.n_differences import n_differences
from features.peak_position import peak_position
from features.peak_temperature import peak_temperature
from features.peak_to_average import peak_to_average
from features.peak_value import peak_value
from features.peak_width import peak_width
from features.prevalence import prevalence
from features.prominent_peaks import prominent_peaks
from features.run_facts import run_facts
from features.window_area import window_area
from features.windows import window_edges

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FeatureSettings:
    """What the families need to know.

    Attributes
    ----------
    background_quantile : float
        Quantile of each ion that counts as its background, in [0, 1).
    carrier_mz : int
        m/z of the carrier gas, which is left out.
    window_low_celsius, window_high_celsius : float
        Temperature range of the windowed families.
    prevalence_window_celsius, area_window_celsius : float
        Width of their windows.
    """

    background_quantile: float = 0.01
    carrier_mz: int = HELIUM_MZ
    window_low_celsius: float = 50.0
    window_high_celsius: float = 1100.0
    prevalence_window_celsius: float = 50.0
    area_window_celsius: float = 50.0


Family = Callable[[EgaGrid, FeatureSettings], FeatureBlock]


def _windows(settings: FeatureSettings, width: float) -> np.ndarray:
    return window_edges(
        settings.window_low_celsius, settings.window_high_celsius, width
    )


FAMILIES: tuple[tuple[str, Family], ...] = (
    (
        "prevalence",
        lambda grid, s: prevalence(grid, _windows(s, s.prevalence_window_celsius)),
    ),
    (
        "window_area",
        lambda grid, s: window_area(grid, _windows(s, s.area_window_celsius)),
    ),
    ("area", lambda grid, _: area(grid)),
    ("peak_value", lambda grid, _: peak_value(grid)),
    ("peak_to_average", lambda grid, _: peak_to_average(grid)),
    ("peak_temperature", lambda grid, _: peak_temperature(grid)),
    ("peak_width", lambda grid, _: peak_width(grid)),
    ("jitter", lambda grid, _: jitter(grid)),
    ("prominent_peaks", lambda grid, _: prominent_peaks(grid)),
    ("n_differences", lambda grid, _: n_differences(grid)),
    ("peak_position", lambda grid, _: peak_position(grid)),
    ("run_facts", lambda grid, _: run_facts(grid)),
)


def compute_features(
    grid: EgaGrid, settings: FeatureSettings
) -> tuple[pd.DataFrame, list[Feature]]:
    """Return the feature table (n_runs x n_features, float32) and its dictionary."""
    # imported on demand: a prediction does without, and starts sooner
    import pandas as pd

    values, features = feature_matrix(grid, settings)
    return pd.DataFrame(values, columns=[f.name for f in features]), features


def feature_matrix(
    grid: EgaGrid, settings: FeatureSettings
) -> tuple[np.ndarray, list[Feature]]:
    """Return features (n_runs, n_features) float32 and their dictionary."""
    clean_grid = clean(grid, settings.background_quantile, settings.carrier_mz)
    keep = clean_grid.mz_values != settings.carrier_mz
    clean_grid = EgaGrid(
        clean_grid.abundance[:, keep],
        clean_grid.mz_values[keep],
        clean_grid.temperature_edges_celsius,
        clean_grid.facts,
    )
    blocks = [family(clean_grid, settings) for _, family in FAMILIES]
    features = [feature for block in blocks for feature in block.features]
    return np.hstack([block.values for block in blocks]), features
