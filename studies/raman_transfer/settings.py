"""params.yaml of the study -> checked, frozen settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from models.concentration_baselines import METHODS
from models.raman_unet_training import UNetSettings
from models.spectrum_augmentation import SpectrumAugmenter
from pipeline.compute_params import ComputeParams
from pipeline.section import Count, Positive, Section, Share
from pipeline.settings_file import load_settings
from studies.raman_transfer import paths

NETWORKS = ("unet", "unet_adaptive", "unet_attention")
PLATE_METHODS = ("pls", "latent_process", "unet")


class DataSettings(Section):
    """The files."""

    folder: str
    instruments: tuple[str, ...] = Field(min_length=2)

    @property
    def root(self) -> Path:
        """Return the folder, that of the embedded set if none is named."""
        return Path(self.folder) if self.folder else paths.SIMULATED


class SimulateSettings(Section):
    """The embedded data set."""

    solutions: int = Field(ge=10)
    replicates: Count
    plate_samples: int = Field(ge=8)


class PrepareSettings(Section):
    """Common grid and spikes."""

    from_per_centimetre: float = Field(ge=100)
    to_per_centimetre: float = Field(le=4000)
    spacing_per_centimetre: float = Field(gt=0, le=10)
    spike_threshold: float = Field(ge=3)
    alignment_per_centimetre: float = Field(ge=0, le=20)
    keep_medium: bool

    @model_validator(mode="after")
    def _ascends(self) -> PrepareSettings:
        if self.to_per_centimetre - self.from_per_centimetre < 300:
            raise ValueError("the grid must span at least 300 cm-1")
        return self


class AugmentSettings(Section):
    """Chances and sizes of `SpectrumAugmenter`."""

    noise: Share
    shift: Share
    smoothing: Share
    scaling: Share
    drift: Share
    noise_height: float = Field(ge=0)
    shift_points: float = Field(ge=0)
    smoothing_points: float = Field(ge=0)
    scaling_share: float = Field(ge=0, lt=1)
    drift_height: float = Field(ge=0)


class UNetParams(Section):
    """Network and training."""

    width: int = Field(ge=4, multiple_of=4)
    levels: int = Field(ge=1, le=5)
    dropout: float = Field(ge=0, lt=1)
    epochs: Count
    fine_tune_epochs: Count
    batch_size: Count
    learning_rate: Positive
    fine_tune_rate: Positive
    weight_decay: float = Field(ge=0)
    validation_share: float = Field(gt=0, lt=0.5)


class CompareSettings(Section):
    """Methods and protocols."""

    methods: tuple[str, ...] = Field(min_length=1)
    plate_methods: tuple[str, ...] = Field(min_length=1)
    seeds: Count
    folds: int = Field(ge=2)
    labelled: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    smoothing_points: Annotated[int, Field(ge=5)]
    across_smoothing_points: Annotated[int, Field(ge=5)]

    @field_validator("smoothing_points", "across_smoothing_points")
    @classmethod
    def _odd(cls, points: int) -> int:
        if points % 2 == 0:
            raise ValueError("must be odd")
        return points

    @model_validator(mode="after")
    def _known(self) -> CompareSettings:
        for values, known in (
            (self.methods, (*METHODS, "pls_snv", *NETWORKS)),
            (self.plate_methods, PLATE_METHODS),
        ):
            unknown = sorted(set(values) - set(known))
            if unknown:
                raise ValueError(
                    f"unknown {', '.join(unknown)}; known are {', '.join(known)}"
                )
        return self


class PredictSettings(Section):
    """The plate model."""

    from_per_centimetre: float = Field(ge=100)
    to_per_centimetre: float = Field(le=4000)
    windows_points: tuple[Annotated[int, Field(ge=5)], ...] = Field(min_length=1)
    components: tuple[Count, ...] = Field(min_length=1)
    kernels: tuple[Literal["quadratic", "gaussian"], ...] = Field(min_length=1)
    use_position: bool
    unet_weight: Share
    folds: int = Field(ge=2)
    repeats: Count


class Settings(Section):
    """All settings."""

    seed: int = Field(ge=0)
    compute: ComputeParams
    data: DataSettings
    simulate: SimulateSettings
    prepare: PrepareSettings
    augment: AugmentSettings
    unet: UNetParams
    compare: CompareSettings
    predict: PredictSettings

    def unet_settings(self, name: str = "unet", *, fine: bool = False) -> UNetSettings:
        """Return the settings of a network of `NETWORKS`; `fine`: on the plate."""
        unet = self.unet
        return UNetSettings(
            unet.width,
            unet.levels,
            unet.dropout,
            unet.fine_tune_epochs if fine else unet.epochs,
            unet.batch_size,
            unet.fine_tune_rate if fine else unet.learning_rate,
            unet.weight_decay,
            unet.validation_share,
            SpectrumAugmenter(**self.augment.model_dump()),
            attention=name == "unet_attention",
            adaptive=name == "unet_adaptive",
        )


def load_study_settings(path: Path, data_folder: str = "") -> Settings:
    """Read the settings; `data_folder` goes before that of the file.

    Raises
    ------
    EgaError
        The file is missing, is no YAML, or a key or value is wrong.
    """
    settings = load_settings(Settings, path)
    if not data_folder:
        return settings
    data = settings.data.model_copy(update={"folder": data_folder})
    return settings.model_copy(update={"data": data})
