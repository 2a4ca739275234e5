"""Settings of the data: from the folder of runs to folds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from pipeline.section import Count, Positive, Section, Share

# of a run's grid: it is held in memory several times
_MOST_CELLS = 10_000_000
_MOST_WINDOWS = 10_000


class DataParams(Section):
    """The data folder."""

    root: Path
    holdout_splits: tuple[str, ...]
    labels: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> DataParams:
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("labels must be distinct")
        return self


class SimulateParams(Section):
    """The embedded data set."""

    runs: int = Field(ge=30)
    sam_testbed_share: Share


class BinParams(Section):
    """Reading and gridding."""

    on_bad_run: Literal["fail", "quarantine"]
    verify_md5: bool
    bin_width_celsius: Positive
    temperature_min_celsius: float
    temperature_max_celsius: float
    mz_min: int = Field(ge=0)
    mz_max: int = Field(ge=1)
    fractional_mz: Literal["round", "drop"]
    runs_per_chunk: Count
    read_mebibytes: Count

    @model_validator(mode="after")
    def _ranges(self) -> BinParams:
        if self.mz_max <= self.mz_min:
            raise ValueError("mz_max must be larger than mz_min")
        span = self.temperature_max_celsius - self.temperature_min_celsius
        cells = span / self.bin_width_celsius * (self.mz_max - self.mz_min + 1)
        if not cells <= _MOST_CELLS:
            raise ValueError(
                f"mz_min to mz_max times temperature_min_celsius to "
                f"temperature_max_celsius must have at most {_MOST_CELLS:,} cells"
            )
        if span < 2 * self.bin_width_celsius:
            raise ValueError(
                "temperature_max_celsius must lie at least two bin_width_celsius "
                "above temperature_min_celsius"
            )
        return self


class FeaturizeParams(Section):
    """Features and augmented copies."""

    background_quantile: float = Field(ge=0, lt=1)
    carrier_mz: int = Field(ge=0)
    window_low_celsius: float
    window_high_celsius: float
    prevalence_window_celsius: Positive
    area_window_celsius: Positive
    shift_celsius: float = Field(ge=0)
    gain_log2: float = Field(ge=0)
    mix_share: Share
    copies: int = Field(ge=0)

    @model_validator(mode="after")
    def _windows(self) -> FeaturizeParams:
        span = self.window_high_celsius - self.window_low_celsius
        for name in ("prevalence_window_celsius", "area_window_celsius"):
            windows = span / getattr(self, name)
            # NaN and infinity are no whole numbers either
            if (
                not 1 <= windows <= _MOST_WINDOWS
                or abs(windows - round(windows)) > 1e-9
            ):
                raise ValueError(
                    f"{name} must divide the range from window_low_celsius to "
                    f"window_high_celsius ({span:g}) into whole windows"
                )
        return self


class DuplicatesParams(Section):
    """Runs that are nearly alike."""

    near_decades: float = Field(ge=0)


class FoldParams(Section):
    """Cross-validation."""

    outer_folds: int = Field(ge=2)
    inner_folds: int = Field(ge=2)
    groups: str = Field(min_length=1)
    repeats: Count
