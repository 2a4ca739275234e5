"""Settings of scores, pages and submission."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.section import Count, Section


class EvaluateParams(Section):
    """Scores."""

    bootstrap_samples: int = Field(ge=100)
    interval: float = Field(gt=0, lt=1)
    reliability_bins: int = Field(ge=2)
    permutations: Count


class PagesParams(Section):
    """Pages about single runs."""

    worst_runs: Count


class ReportParams(Section):
    """The importance page."""

    top_features: Count


class SubmitParams(Section):
    """The submission file."""

    probability_floor: float = Field(gt=0, lt=0.5)
    fill_quarantined: Literal["prevalence", "fail"]
