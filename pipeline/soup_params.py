"""Settings of stage soup."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.network_params import Dropout
from pipeline.section import Count, Positive, Section, Share


class SoupParams(Section):
    """LDL-MLPs with weight soup."""

    features: Literal["n_difference_and_peaks", "all"]
    scaling: Literal["quantile", "standard"]
    widths: tuple[Count, ...] = Field(min_length=1)
    dropout: Dropout
    input_dropout: Dropout
    hinge_weight: float = Field(ge=0)
    grid_weight: float = Field(ge=0)
    copies: Literal["mixed", "generated"]
    copy_share: Share
    epochs: Count
    batch_size: int = Field(ge=2)
    learning_rate: Positive
    weight_decay: float = Field(ge=0)
    starts: Literal["shared", "separate"]
    pool: Count
    trainings: Count
    resume_epochs: int = Field(ge=0)
    resume_rate: Positive
    members: Count

    @model_validator(mode="after")
    def _pool_can_fill(self) -> SoupParams:
        if self.trainings < self.pool:
            raise ValueError(
                f"trainings ({self.trainings}) must be at least pool ({self.pool})"
            )
        return self
