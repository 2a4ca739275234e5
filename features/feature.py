"""What a feature is called and what is known of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    `mz` and the temperature window are None where the feature has none.
    """

    name: str
    family: str
    mz: int | None
    temperature_low_celsius: float | None
    temperature_high_celsius: float | None
    unit: str
    description: str

    def as_dict(self) -> dict[str, object]:
        """Return the row of the feature dictionary."""
        return asdict(self)


@dataclass(frozen=True)
class FeatureBlock:
    """Values (n_runs, n_features) float32 of one family; NaN for what is absent."""

    features: tuple[Feature, ...]
    values: np.ndarray

    def __post_init__(self) -> None:
        """Refuse columns without a name."""
        if self.values.shape[1] != len(self.features):
            raise ValueError(
                f"{len(self.features)} features for {self.values.shape[1]} columns"
            )


def feature_name(
    quantity: str, mz: int | None = None, window: tuple[float, float] | None = None
) -> str:
    """Make the only name of a feature: quantity, m/z, temperature window.

    >>> feature_name("prevalence", 18, (450, 500))
    'prevalence_mz018_0450_0500C'
    """
    name = quantity
    if mz is not None:
        name += f"_mz{mz:03d}"
    if window is not None:
        name += f"_{window[0]:04.0f}_{window[1]:04.0f}C"
    return name


def ion_features(
    family: str, quantity: str, mz_values: np.ndarray, unit: str, description: str
) -> list[Feature]:
    """Describe one quantity for every ion over the whole run."""
    return [
        Feature(
            feature_name(quantity, int(mz)),
            family,
            int(mz),
            None,
            None,
            unit,
            description,
        )
        for mz in mz_values
    ]


def window_features(
    family: str,
    mz_values: np.ndarray,
    window_edges_celsius: np.ndarray,
    unit: str,
    description: str,
) -> list[Feature]:
    """Describe one quantity for every ion (slow axis) and window (fast axis)."""
    windows = list(
        zip(window_edges_celsius[:-1], window_edges_celsius[1:], strict=True)
    )
    return [
        Feature(
            feature_name(family, int(mz), (float(low), float(high))),
            family,
            int(mz),
            float(low),
            float(high),
            unit,
            description,
        )
        for mz in mz_values
        for low, high in windows
    ]
