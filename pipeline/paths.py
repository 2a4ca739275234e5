"""Where everything lies: stage = module = params section = artifact folder."""

from __future__ import annotations

from pathlib import Path

PARAMS = Path("params.yaml")
ARTIFACTS = Path("artifacts")
REPORTS = Path("reports")
# outside the stage outputs, which DVC deletes before a stage runs
CACHE = Path(".cache")
CLUSTER_MARKS = CACHE / "cluster"

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
IMPORTANCE_TABLE = REPORTS / "feature_importance.csv"
MAP_TABLE = REPORTS / "where_the_model_looks.csv"
TRANSFER_TABLE = REPORTS / "sam_transfer.csv"
TRANSFER_PAGE = REPORTS / "sam_transfer.md"
RELIABILITY = REPORTS / "plots" / "reliability.csv"
CV_AGAINST_HOLDOUT = REPORTS / "plots" / "cv_against_holdout.csv"
# reports that later stages read, by the stage that writes them
READ_BACK = {
    "evaluate": (
        METRICS,
        FOLD_SCORES,
        RUN_SCORES,
        HARD_RUNS,
        HARD_REASONS,
        SIMILARITY,
    ),
    "ablate": (
        ABLATION,
        CALIBRATION,
        CALIBRATION_CURVES,
        LABEL_CALIBRATION,
        LABEL_CURVES,
    ),
    "model_card": (MODEL_CARD,),
}

_NOT_READ_BACK = {
    "simulate": (SIMULATED,),
    "duplicates": (DUPLICATES,),
    "evaluate": (RELIABILITY, CV_AGAINST_HOLDOUT),
    "pages": (RUN_PAGES,),
    "report": (
        IMPORTANCE_PAGE,
        ENSEMBLE_PAGE,
        EVALUATION_PAGE,
        IMPORTANCE_TABLE,
        MAP_TABLE,
    ),
    "submit": (SUBMISSION,),
    "sam_transfer": (TRANSFER_TABLE, TRANSFER_PAGE),
}


def written_elsewhere(stage: str) -> tuple[Path, ...]:
    """Return what a stage writes beside its artifact folder."""
    return (*READ_BACK.get(stage, ()), *_NOT_READ_BACK.get(stage, ()))


def grid_chunk(chunk: str) -> tuple[Path, Path]:
    """Return the files with mean and count of a chunk of runs."""
    return GRID / f"{chunk}_mean.npy", GRID / f"{chunk}_count.npy"


def mean_grids() -> list[Path]:
    """Return the files with the means of all chunks, for what depends on all grids."""
    return sorted(GRID.glob(f"*{grid_chunk('')[0].name}"))


def copies(copy: int) -> Path:
    """Return the file with the features of one augmented copy of the training runs."""
    return ARTIFACTS / "featurize" / f"copy_{copy:02d}.parquet"


def family(name: str) -> Path:
    """Return the artifact folder of a model family or of the stacker."""
    return ARTIFACTS / name


def predictions(name: str) -> Path:
    """Return the prediction table of a model family or of the stacker."""
    return family(name) / "predictions.parquet"
