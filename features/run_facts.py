"""Facts of the whole run: heating rate, temperature range, scans, ions, scale."""

from __future__ import annotations

import numpy as np

from features.feature import Feature, FeatureBlock
from features.grid import EgaGrid


def run_facts(grid: EgaGrid) -> FeatureBlock:
    """Return six columns of run facts."""
    facts = grid.facts
    largest = facts.maximum_abundance
    columns = (
        (
            "heating_rate",
            "celsius per minute",
            "slope of temperature over time",
            facts.heating_rate_celsius_per_minute,
        ),
        (
            "temperature_low",
            "celsius",
            "lowest temperature of the run",
            facts.temperature_low_celsius,
        ),
        (
            "temperature_high",
            "celsius",
            "highest temperature of the run",
            facts.temperature_high_celsius,
        ),
        ("scan_count", "scans", "number of scans", facts.scan_count),
        ("ion_count", "ions", "number of observed m/z", facts.ion_count),
        (
            "log10_maximum_abundance",
            "log10(instrument unit)",
            "largest abundance of the run in the unit of the instrument",
            np.log10(np.where(largest > 0, largest, np.nan)),
        ),
    )
    features = tuple(
        Feature(name, "run_facts", None, None, None, unit, description)
        for name, unit, description, _ in columns
    )
    values = np.column_stack([c[3] for c in columns]).astype(np.float32)
    return FeatureBlock(features, values)
