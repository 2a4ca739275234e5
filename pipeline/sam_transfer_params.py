"""Settings of the study of what carries over from commercial to SAM runs."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipeline.section import Count, Section, Share

Range = tuple[float, float]


class SamTransferParams(Section):
    """Networks trained on commercial runs, in several variants, scored on SAM runs."""

    epochs: Count
    simulated_epochs: Count
    seeds: Count
    sam_groups: int = Field(ge=2)
    held_out_share: float = Field(gt=0, le=0.5)
    simulated_runs: int = Field(ge=30)
    simulated_sam_share: Share
    simulated_sam_training: Count
    blur_celsius: float = Field(ge=0)
    mz_leak: Share
    background_log10: Range
    counts_log10: Range
    missing_ions: tuple[int, int]
    mixing_gain_log2: Range
    largest_stretch: float = Field(ge=1)

    @model_validator(mode="after")
    def _ranges(self) -> SamTransferParams:
        for name in ("counts_log10", "missing_ions", "mixing_gain_log2"):
            low, high = getattr(self, name)
            if high < low:
                raise ValueError(f"{name} must be [low, high]; got [{low}, {high}]")
        return self
