"""params.yaml -> checked, frozen settings; a typo stops the run with its name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.compute_params import ComputeParams
from pipeline.data_params import (
    BinParams,
    DataParams,
    DuplicatesParams,
    FeaturizeParams,
    FoldParams,
    SimulateParams,
)
from pipeline.errors import EgaError, shorten
from pipeline.family_params import GbtParams, KernelParams, LinearParams, StackParams
from pipeline.format_params import FormatParams
from pipeline.network_params import NetworkParams
from pipeline.predict_params import PredictParams
from pipeline.result_params import (
    EvaluateParams,
    PagesParams,
    ReportParams,
    SubmitParams,
)
from pipeline.sam_transfer_params import SamTransferParams
from pipeline.section import Section
from pipeline.soup_params import SoupParams

Seed = Annotated[int, Field(ge=0)]
# ours has some thousands; larger files would take the parser minutes
_MOST_CHARACTERS, _MOST_LEVELS = 50_000, 20


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
