"""Where everything of the study lies."""

from __future__ import annotations

from pathlib import Path

from pipeline import paths

NAME = "raman_transfer"
HOME = Path("studies") / NAME
PARAMS = HOME / "params.yaml"
ARTIFACTS = paths.ARTIFACTS / NAME
REPORTS = paths.REPORTS / NAME

SIMULATED = ARTIFACTS / "simulate"
SPECTRA = ARTIFACTS / "prepare" / "spectra.npz"
FACTS = ARTIFACTS / "prepare" / "facts.json"
OUT_OF_SAMPLE = ARTIFACTS / "compare" / "predictions.parquet"
CROSS_VALIDATED = ARTIFACTS / "predict" / "cross_validated.parquet"
SCORES = REPORTS / "scores.csv"
PLATE_SCORES = REPORTS / "plate_scores.csv"
PAGE = REPORTS / "index.html"


def submission(data_set: str) -> Path:
    """Return the predictions of an unlabelled plate file."""
    return REPORTS / f"{data_set}.csv"
