"""params.yaml -> checked, frozen settings; a typo stops the run with its name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.errors import EgaError, shorten
from pipeline.format_params import FormatParams
from pipeline.network_params import NetworkParams
from pipeline.predict_params import PredictParams
from pipeline.sam_transfer_params import SamTransferParams
from pipeline.section import Count, Positive, Section, Share
from pipeline.soup_params import SoupParams

Seed = Annotated[int, Field(ge=0)]
# ours has some thousands; larger files would take the parser minutes
_MOST_CHARACTERS, _MOST_LEVELS = 50_000, 20
# of a run's grid: it is held in memory several times
_MOST_CELLS = 10_000_000
_MOST_WINDOWS = 10_000


class ComputeParams(Section):
    """Where the work runs."""

    workers: int = Field(ge=-1)
    backend: Literal["loky", "threading", "dask"]
    scheduler: str = Field(pattern=r"^((tcp|tls)://[^\s/:]+:\d+)?$")
    device: Literal["auto", "cpu", "cuda"]
    precision: Literal["auto", "float32", "bfloat16"]

    @model_validator(mode="after")
    def _some_workers(self) -> ComputeParams:
        if self.workers == 0:
            raise ValueError("workers must be >= 1, or -1 for one per core")
        return self

    @model_validator(mode="after")
    def _scheduler_of_a_cluster(self) -> ComputeParams:
        if self.backend == "dask" and not self.scheduler:
            raise ValueError(
                "backend dask needs the address of a scheduler, such as "
                "scheduler: tcp://host:8786"
            )
        # an address that nothing uses would look like a cluster at work
        if self.backend != "dask" and self.scheduler:
            raise ValueError("only backend dask uses a scheduler; empty it: ''")
        return self


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


class Params(Section):
    """All settings, with those of the chosen budget merged in."""

    seed: Seed
    budget: str
    compute: ComputeParams
    data: DataParams
    simulate: SimulateParams
    bin: BinParams
    featurize: FeaturizeParams
    duplicates: DuplicatesParams
    fold: FoldParams
    gbt: GbtParams
    linear: LinearParams
    kernel: KernelParams
    conv: NetworkParams
    sequence: NetworkParams
    soup: SoupParams
    stack: StackParams
    evaluate: EvaluateParams
    pages: PagesParams
    report: ReportParams
    submit: SubmitParams
    predict: PredictParams
    formats: FormatParams
    sam_transfer: SamTransferParams


def load_params(path: Path) -> Params:
    """Read params.yaml.

    Raises
    ------
    EgaError
        The file is missing, is no YAML, or a key or value is wrong: every wrong key is
        named with what was got and what was expected.
    """
    raw = _read_yaml(path)
    budgets = raw.pop("budgets", None)
    budget = raw.get("budget")
    if (
        not isinstance(budgets, dict)
        or not budgets
        or not all(isinstance(name, str) for name in budgets)
    ):
        raise EgaError(f"{path}: budgets is missing; expected a section per budget")
    if budget not in list(budgets):
        raise EgaError(
            f"{path}: budget: got {shorten(budget)}; expected one of "
            f"{', '.join(map(str, budgets))}"
        )
    for name, sections in budgets.items():
        settings = _check(path, _merge(raw, sections, path, name), name)
        if name == budget:
            chosen = settings
    return chosen


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if len(text) > _MOST_CHARACTERS:
            raise EgaError(
                f"{path}: got {len(text):,} characters; expected a parameter file of "
                f"at most {_MOST_CHARACTERS:,}"
            )
        _check_structure(text, path)
        raw = YAML(typ="safe").load(text)
    except OSError as error:
        raise EgaError(
            f"{path}: {error.strerror}; expected the parameter file. "
            "Cure: run from the folder that holds params.yaml."
        ) from error
    # the last are what the constructors of tags such as !!int raise
    except (
        YAMLError,
        ValueError,
        RecursionError,
        LookupError,
        AttributeError,
        TypeError,
    ) as error:
        what = str(error) or type(error).__name__
        raise EgaError(f"{path}: not valid YAML: {what[:1000]}") from error
    if not isinstance(raw, dict):
        raise EgaError(f"{path}: got {shorten(raw)}; expected sections of keys")
    return raw


def _check_structure(text: str, path: Path) -> None:
    """Refuse what a parser takes long for: a few lines can mean billions of values."""
    depth = 0
    for event in YAML(typ="safe").parse(text):
        kind = type(event).__name__
        if getattr(event, "anchor", None):
            raise EgaError(
                f"{path}: got a reference (&name or *name); expected each value "
                "written out"
            )
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > _MOST_LEVELS:
            raise EgaError(f"{path}: got more than {_MOST_LEVELS} levels of sections")


def _merge(raw: dict[str, Any], sections: Any, path: Path, name: str) -> dict[str, Any]:
    merged = dict(raw)
    if not isinstance(sections, dict | None):
        raise EgaError(
            f"{path}: budgets.{name}: got {shorten(sections)}; expected sections of "
            "keys"
        )
    for section, values in (sections or {}).items():
        base = merged.get(section)
        if not isinstance(base, dict) or not isinstance(values, dict):
            raise EgaError(
                f"{path}: budgets.{name}.{section}: expected keys of a section of "
                "params.yaml"
            )
        merged[section] = {**base, **values}
    return merged


def _check(path: Path, merged: dict[str, Any], budget: str) -> Params:
    try:
        return Params.model_validate(merged)
    except ValidationError as error:
        lines = []
        for item in error.errors():
            key = ".".join(k if isinstance(k, str) else shorten(k) for k in item["loc"])
            hint = ""
            if item["type"] == "extra_forbidden":
                known = _known_keys(item["loc"][:-1])
                hint = f" (known keys: {', '.join(known)})"
            lines.append(f"  {key}: {item['msg']}{hint}; got {shorten(item['input'])}")
        raise EgaError(
            f"{path} (budget {budget}) has {len(lines)} wrong "
            f"{'key' if len(lines) == 1 else 'keys'}:\n" + "\n".join(lines)
        ) from error


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Params
    for name in location:
        known = model.model_fields.get(str(name))
        annotation = known.annotation if known else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return list(model.model_fields)
