"""params.yaml of the study -> checked, frozen settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from models.classifier_training import Protocol
from models.spectrum_specs import NETWORKS
from pipeline.section import Count, Positive, Section, Share

SetName = Literal["simulated", "challenge", "general"]
Seed = Annotated[int, Field(ge=0)]


class DataSettings(Section):
    """The class files."""

    folder: Path


class GenerateSettings(Section):
    """The published rules; their defaults are the published numbers."""

    sets: tuple[SetName, ...] = Field(min_length=1)
    simulated_classes: int = Field(ge=2)
    stream_seed: Seed
    train_spectra: Count
    validation_spectra: Count
    shift_points: Count
    height: Share
    width_low_points: Positive
    width_high_points: Positive

    @model_validator(mode="after")
    def _ranges(self) -> GenerateSettings:
        if self.width_high_points < self.width_low_points:
            raise ValueError("width_high_points must be at least width_low_points")
        if len(set(self.sets)) < len(self.sets):
            raise ValueError("sets must be distinct")
        return self


class ExtrasSettings(Section):
    """What the published sets leave out."""

    points: int = Field(ge=500, le=1_000_000)
    shape: Literal["gaussian", "lorentzian", "voigt", "asymmetric"]
    lorentzian_share: Share
    asymmetry: Positive
    strain: float = Field(ge=0, le=0.1)
    background: float = Field(ge=0, le=10)
    noise: Share


class TrainSettings(Section):
    """Networks and protocol."""

    networks: tuple[str, ...] = Field(min_length=1)
    seeds: Count
    workers: Count
    device: Literal["auto", "cpu", "cuda"]
    precision: Literal["auto", "float32", "bfloat16"]
    threads: Count
    checkpoint_seconds: float = Field(ge=0)
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    cut_factor: float = Field(gt=0, lt=1)
    cut_patience: Count
    stop_patience: Count
    least_gain: float = Field(ge=0)

    @model_validator(mode="after")
    def _known(self) -> TrainSettings:
        unknown = sorted({*self.networks} - {*NETWORKS})
        if unknown:
            raise ValueError(
                f"networks: unknown {', '.join(unknown)}; known are "
                f"{', '.join(NETWORKS)}"
            )
        if len(set(self.networks)) < len(self.networks):
            raise ValueError("networks must be distinct")
        return self

    def protocol(self) -> Protocol:
        """Return how to train."""
        return Protocol(
            self.epochs,
            self.batch_size,
            self.learning_rate,
            self.cut_factor,
            self.cut_patience,
            self.stop_patience,
            self.least_gain,
        )


class EvaluateSettings(Section):
    """Kinds of mistakes."""

    minor_height: Share
    close_height: Share


class ReportSettings(Section):
    """The page."""

    confusions: Count
    examples: int = Field(ge=0)


class Settings(Section):
    """All settings, with those of the chosen budget merged in."""

    seed: Seed
    budget: str
    data: DataSettings
    generate: GenerateSettings
    extras: ExtrasSettings
    train: TrainSettings
    evaluate: EvaluateSettings
    report: ReportSettings
