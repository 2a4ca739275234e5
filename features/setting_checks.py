"""Settings that a caller may get wrong: refused before they give odd numbers.

The rules are those of the sections bin and featurize of params.yaml.
"""

from __future__ import annotations

from features.binning import GridAxes
from features.table import FeatureSettings


def check_axes(axes: GridAxes) -> GridAxes:
    """Return the axes as they are; raise ValueError if a number is out of range."""
    span = axes.temperature_max_celsius - axes.temperature_min_celsius
    if axes.bin_width_celsius <= 0 or span < 2 * axes.bin_width_celsius:
        raise ValueError(
            f"bin_width_celsius is {axes.bin_width_celsius}; expected more than 0 "
            f"and at most half of the temperature range, {span:g}."
        )
    if not 0 <= axes.mz_min <= axes.mz_max:
        raise ValueError(
            f"mz_min is {axes.mz_min} and mz_max {axes.mz_max}; expected "
            "0 <= mz_min <= mz_max."
        )
    if axes.fractional_mz not in ("round", "drop"):
        raise ValueError(
            f"fractional_mz is {axes.fractional_mz!r}; expected 'round' or 'drop'."
        )
    return axes


def check_settings(settings: FeatureSettings) -> FeatureSettings:
    """Return the settings as they are; raise ValueError if one is out of range."""
    if not 0 <= settings.background_quantile < 1:
        raise ValueError(
            f"background_quantile is {settings.background_quantile}; expected a number "
            "from 0 to below 1."
        )
    span = settings.window_high_celsius - settings.window_low_celsius
    for name in ("prevalence_window_celsius", "area_window_celsius"):
        width = getattr(settings, name)
        n_windows = span / width if width > 0 else 0
        if n_windows < 1 or abs(n_windows - round(n_windows)) > 1e-9:
            raise ValueError(
                f"{name} is {width}; expected to divide the range from "
                f"window_low_celsius to window_high_celsius, {span:g}, into whole "
                "windows."
            )
    return settings
