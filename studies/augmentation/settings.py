"""params.yaml of the study -> checked, frozen settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from models.network_device import choose_device
from models.regressor import RegressorTraining
from models.variational_autoencoder import AutoencoderTraining
from pipeline.section import Count, Positive, Section, Share
from studies.augmentation.augmentations import AUGMENTATIONS
from studies.augmentation.generators import ClassicalSettings

SetName = Literal["simulated", "corn", "tablets", "diesel"]
RegressorName = Literal["networks", "pls", "gp"]
Percent = Annotated[int, Field(ge=1, le=100)]


class DataSettings(Section):
    """Which sets."""

    folder: Path
    sets: tuple[SetName, ...] = Field(min_length=1)
    corn_instrument: Literal["m5", "mp5", "mp6"]
    tablet_instruments: tuple[Literal[1, 2], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> DataSettings:
        if len(set(self.sets)) < len(self.sets):
            raise ValueError("sets must be distinct")
        return self


class SimulateSettings(Section):
    """The simulated set."""

    spectra: int = Field(ge=16)
    channels: int = Field(ge=10, le=911)


class NetworkSettings(Section):
    """The regressors."""

    epochs: Count
    batch_size: Count
    most_steps: Count
    learning_rate: Positive
    together: Count
    device: Literal["auto", "cpu", "cuda"]

    def training(self) -> RegressorTraining:
        """Return how to train them."""
        return RegressorTraining(
            epochs=self.epochs,
            batch_size=self.batch_size,
            most_steps=self.most_steps,
            learning_rate=self.learning_rate,
            together=self.together,
            device=choose_device(self.device),
        )

    def autoencoder(self) -> AutoencoderTraining:
        """Return how to train autoencoders: the same protocol."""
        return AutoencoderTraining(
            epochs=self.epochs,
            batch_size=self.batch_size,
            most_steps=self.most_steps,
            learning_rate=self.learning_rate,
            device=choose_device(self.device),
        )


class ClassicalParams(Section):
    """Partial least squares and Gaussian processes."""

    components: Count
    inner_folds: int = Field(ge=2)
    gp_rows: Count

    def sizes(self) -> ClassicalSettings:
        """Return the sizes."""
        return ClassicalSettings(self.components, self.inner_folds, self.gp_rows)


class Plan(Section):
    """Sets x percentages x seeds x augmentations x regressors, all of them."""

    sets: tuple[SetName, ...] = Field(min_length=1)
    percent: tuple[Percent, ...] = Field(min_length=1)
    seeds: Count
    augmentations: tuple[str, ...] = Field(min_length=1)
    regressors: tuple[RegressorName, ...] = ("networks",)

    @field_validator("augmentations")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return known_augmentations(names)


class CompareSettings(Section):
    """What is compared on all folds."""

    folds: int = Field(ge=3)
    least_rows: int = Field(ge=4)
    workers: Count
    plans: tuple[Plan, ...] = Field(min_length=1)


class SearchSettings(Section):
    """What is tried on the first folds, and how often the best is tried again."""

    folds: int = Field(ge=2)
    percent: dict[SetName, tuple[Percent, ...]] = Field(min_length=1)
    seeds: Count
    candidates: tuple[str, ...] = Field(min_length=1)
    control: str
    confirm_seeds: Count

    @field_validator("candidates")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return known_augmentations(names)


class QualitySettings(Section):
    """How generated spectra are looked at."""

    augmentations: tuple[str, ...] = Field(min_length=1)
    percent: Percent
    least_linear: Share
    drawn: Count

    @field_validator("augmentations")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return known_augmentations(names)


class Settings(Section):
    """All settings, with those of the chosen budget merged in."""

    seed: Annotated[int, Field(ge=0)]
    budget: str
    data: DataSettings
    simulate: SimulateSettings
    networks: NetworkSettings
    classical: ClassicalParams
    compare: CompareSettings
    search: SearchSettings
    quality: QualitySettings

    @model_validator(mode="after")
    def _folds_left(self) -> Settings:
        if self.search.folds >= self.compare.folds - 1:
            raise ValueError(
                f"search.folds: {self.search.folds} of {self.compare.folds} folds "
                "leave less than two to confirm on"
            )
        return self

    def with_folder(self, folder: Path) -> Settings:
        """Return the settings with another folder of real sets."""
        data = self.data.model_copy(update={"folder": folder})
        return self.model_copy(update={"data": data})


def known_augmentations(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names; raises ValueError if one is unknown."""
    unknown = sorted({*names} - {*AUGMENTATIONS})
    if unknown:
        raise ValueError(
            f"unknown {', '.join(unknown)}; known are {', '.join(AUGMENTATIONS)}"
        )
    return names
