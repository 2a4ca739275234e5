"""A YAML file of sections and budgets -> checked settings, or what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.errors import EgaError, shorten

Settings = TypeVar("Settings", bound=BaseModel)
# ours have some thousands; larger files would take the parser minutes
_MOST_CHARACTERS, _MOST_LEVELS = 50_000, 20


def load_settings(model: type[Settings], path: Path, budget: str = "") -> Settings:
    """Read settings with those of a budget merged in; all budgets are checked.

    Parameters
    ----------
    model : type
        What the settings must be; if it has no key `budget`, there are no budgets.
    budget : str
        Goes before the budget of the file.

    Raises
    ------
    EgaError
        The file is missing, is no YAML, or a key or value is wrong: every wrong key is
        named with what was got and what was expected.
    """
    raw = read_settings(path)
    if "budget" not in model.model_fields:
        return checked(model, raw, path)
    budgets = raw.pop("budgets", None)
    chosen = budget or raw.get("budget")
    if (
        not isinstance(budgets, dict)
        or not budgets
        or not all(isinstance(name, str) for name in budgets)
    ):
        raise EgaError(f"{path}: budgets is missing; expected a section per budget")
    if chosen not in list(budgets):
        raise EgaError(
            f"{path}: budget: got {shorten(chosen)}; expected one of "
            f"{', '.join(map(str, budgets))}"
        )
    found = {}
    for name, sections in budgets.items():
        merged = _merge(raw | {"budget": name}, sections, path, name)
        found[name] = checked(model, merged, path, name)
    return found[chosen]


def read_settings(path: Path) -> dict[str, Any]:
    """Return the sections of a file as they are; raises EgaError if it has none."""
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


def checked(
    model: type[Settings], raw: dict[str, Any], path: Path, budget: str = ""
) -> Settings:
    """Return the settings; raises EgaError that names every wrong key."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = []
        for item in error.errors():
            key = ".".join(k if isinstance(k, str) else shorten(k) for k in item["loc"])
            hint = ""
            if item["type"] == "extra_forbidden":
                known = _known_keys(model, item["loc"][:-1])
                hint = f" (known keys: {', '.join(known)})"
            lines.append(f"  {key}: {item['msg']}{hint}; got {shorten(item['input'])}")
        where = f"{path} (budget {budget})" if budget else str(path)
        raise EgaError(
            f"{where} has {len(lines)} wrong {'key' if len(lines) == 1 else 'keys'}:\n"
            + "\n".join(lines)
        ) from error


def _known_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    for name in location:
        known = model.model_fields.get(str(name))
        annotation = known.annotation if known else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return list(model.model_fields)
