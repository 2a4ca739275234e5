"""Where everything of the study lies."""

from __future__ import annotations

from pathlib import Path

from pipeline import paths

NAME = "augmentation"
PARAMS = Path("studies") / NAME / "params.yaml"
ARTIFACTS = paths.ARTIFACTS / NAME
REPORTS = paths.REPORTS / NAME

SETS = ARTIFACTS / "prepare"
COMPARED = ARTIFACTS / "compare" / "scores.csv"
COMPARED_SECONDS = ARTIFACTS / "compare" / "seconds.csv"
SEARCHED = ARTIFACTS / "search" / "scores.csv"
SEARCHED_SECONDS = ARTIFACTS / "search" / "seconds.csv"
CHOSEN = ARTIFACTS / "search" / "chosen.csv"
CONFIRMED = ARTIFACTS / "confirm" / "scores.csv"
CONFIRMED_SECONDS = ARTIFACTS / "confirm" / "seconds.csv"
QUALITY = ARTIFACTS / "quality" / "quality.csv"
PAGE = REPORTS / "index.html"
TABLE = REPORTS / "results.md"
EFFECTS = REPORTS / "effects.csv"


def set_file(name: str) -> Path:
    """Return the file of a set of spectra that stage prepare writes."""
    return SETS / f"{name}.npz"


def pictures_file(name: str) -> Path:
    """Return the curves that stage quality keeps for the page."""
    return ARTIFACTS / "quality" / f"{name}.npz"
