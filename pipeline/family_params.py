"""Settings of families without a module of their own, and of their blend."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.section import Count, Positive, Section, Share


class GbtParams(Section):
    """Gradient-boosted trees."""

    max_features: Count
    learning_rate: Positive
    rounds: Count
    max_bin: int = Field(ge=2, le=65535)
    noise: float = Field(ge=0)
    feature_dropout: float = Field(ge=0, lt=1)
    row_dropout: float = Field(ge=0, lt=1)
    copy_weight: Share
    trials: Count
    seeds: Count


class LinearParams(Section):
    """Logistic regression."""

    penalties: tuple[Positive, ...] = Field(min_length=1)


class KernelParams(Section):
    """Logistic regression on similarities."""

    closeness: Positive
    penalty: Positive
    neighbours: Count


class StackParams(Section):
    """The blend of the families."""

    space: Literal["logit", "probability"]
    weight_sum: Literal["at_most_one", "free"]
    l1: float = Field(ge=0)
    l2: float = Field(ge=0)
    minimum_runs: int = Field(ge=0)
