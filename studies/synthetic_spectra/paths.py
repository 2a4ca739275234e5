"""Where everything of the study lies."""

from __future__ import annotations

from pathlib import Path

from pipeline import paths

NAME = "synthetic_spectra"
PARAMS = Path("studies") / NAME / "params.yaml"
ARTIFACTS = paths.ARTIFACTS / NAME
REPORTS = paths.REPORTS / NAME

SETS = ARTIFACTS / "generate"
MODELS = ARTIFACTS / "train"
PREDICTIONS = ARTIFACTS / "evaluate"
SCORES = REPORTS / "scores.csv"
ERRORS = REPORTS / "errors.csv"
# never removed: a test set that is scored twice is no test set
LEDGER = REPORTS / "test_ledger.jsonl"
PAGE = REPORTS / "index.html"
TABLE = REPORTS / "results.md"


def classes_file(data_set: str) -> Path:
    """Return the class file of a data set that stage generate writes."""
    return SETS / f"{data_set}.json"


def weights(data_set: str, network: str, seed: int, folder: Path = MODELS) -> Path:
    """Return the weights of one training."""
    return folder / data_set / network / f"seed_{seed}.safetensors"


def history(data_set: str, network: str, seed: int) -> Path:
    """Return losses and accuracies of one training, an epoch a line."""
    return MODELS / data_set / network / f"seed_{seed}.csv"


def predictions(data_set: str, network: str, seed: int) -> Path:
    """Return the test probabilities of one training."""
    return PREDICTIONS / data_set / network / f"seed_{seed}.npz"
