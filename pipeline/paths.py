"""Where everything lies: stage = module = params section = artifact folder."""

from __future__ import annotations

from pathlib import Path

PARAMS = Path("params.yaml")
ARTIFACTS = Path("artifacts")
REPORTS = Path("reports")
# outside the stage outputs, which DVC deletes before a stage runs
CACHE = Path(".cache")

SIMULATED = Path("data/simulated")
RUNS = ARTIFACTS / "bin" / "runs.parquet"
GRID = ARTIFACTS / "bin" / "grid"
QUARANTINE = ARTIFACTS / "bin" / "quarantine.csv"
GRID_AXES = ARTIFACTS / "bin" / "axes.json"
FEATURES = ARTIFACTS / "featurize" / "features.parquet"
FEATURE_DICTIONARY = ARTIFACTS / "featurize" / "dictionary.csv"
DUPLICATE_PAIRS = ARTIFACTS / "duplicates" / "pairs.parquet"
DUPLICATE_RUNS = ARTIFACTS / "duplicates" / "runs.parquet"
FOLDS = ARTIFACTS / "fold" / "folds.parquet"
BUNDLE = ARTIFACTS / "export"
DUPLICATES = REPORTS / "duplicates.csv"
RUN_PAGES = REPORTS / "runs"
METRICS = REPORTS / "metrics.json"
IMPORTANCE_PAGE = REPORTS / "feature_importance.html"
ENSEMBLE_PAGE = REPORTS / "ensemble.html"
EVALUATION_PAGE = REPORTS / "evaluation.html"
MODEL_CARD = REPORTS / "model_card.md"
ABLATION = REPORTS / "ablation.csv"
CALIBRATION = REPORTS / "calibration.csv"
CALIBRATION_CURVES = REPORTS / "calibration_curves.csv"
LABEL_CALIBRATION = REPORTS / "label_calibration.csv"
LABEL_CURVES = REPORTS / "label_calibration_curves.csv"
FOLD_SCORES = REPORTS / "fold_scores.csv"
RUN_SCORES = REPORTS / "run_scores.csv"
HARD_RUNS = REPORTS / "hard_runs.csv"
HARD_REASONS = REPORTS / "hard_reasons.csv"
SIMILARITY = REPORTS / "similarity.csv"
SUBMISSION = REPORTS / "submission.csv"
RELIABILITY = REPORTS / "plots" / "reliability.csv"
CV_AGAINST_HOLDOUT = REPORTS / "plots" / "cv_against_holdout.csv"
# reports that are read back; the others that are come from stage ablate
OF_EVALUATE = (METRICS, FOLD_SCORES, RUN_SCORES, HARD_RUNS, HARD_REASONS, SIMILARITY)


def grid_chunk(chunk: int, folder: Path = GRID) -> tuple[Path, Path]:
    """Return the files with mean and count of a chunk of runs."""
    return folder / f"mean_{chunk:05d}.npy", folder / f"count_{chunk:05d}.npy"


def copies(copy: int) -> Path:
    """Return the file with the features of one augmented copy of the training runs."""
    return ARTIFACTS / "featurize" / f"copy_{copy:02d}.parquet"


def family(name: str) -> Path:
    """Return the artifact folder of a model family or of the stacker."""
    return ARTIFACTS / name


def predictions(name: str) -> Path:
    """Return the prediction table of a model family or of the stacker."""
    return family(name) / "predictions.parquet"
