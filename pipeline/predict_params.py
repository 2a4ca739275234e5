"""Section predict of params.yaml: how the answer for a run is put."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipeline.section import Count, Section, Share


class PredictParams(Section):
    """Words, intervals and warnings of `ega predict`."""

    present_from: Share
    absent_below: Share
    interval: float = Field(gt=0, lt=1)
    evidence: Count
    neighbours: Count
    usual_share: float = Field(gt=0.5, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> PredictParams:
        if self.absent_below > self.present_from:
            raise ValueError("absent_below must not be above present_from")
        return self
