"""Small tables as stages evaluate and ablate write them for the evaluation page.

Hard runs and their reasons are computed from made-up probabilities by the pipeline
itself; folds, curves and lines are plain numbers.
"""

import numpy as np
import polars as pl
from scipy.special import expit

from models.metrics import bootstrap_weights
from pipeline import paths
from pipeline.atomic import write_csv, write_parquet
from pipeline.decisions import decisions
from pipeline.evaluation_content import FOLD_WEIGHTS
from pipeline.hard_reasons import hard_reasons
from pipeline.hard_runs import hard_runs, run_scores
from pipeline.nearest_runs import nearest_runs
from pipeline.run_marks import run_marks

FAMILIES = ("gbt", "linear")
ENDS = ("_low", "_high")
LOSS = ("log_loss", "standard_error")
INTERVAL = ("log_loss", "log_loss_low", "log_loss_high")
COUNTS = ("runs", "runs_to_predict", "same_compounds", "loss_share")
# names that a page could take for markup, a path, a formula or a number
HOSTILE_IDS = (
    "</script><script>window.hacked = true</script>",
    "../../../etc/passwd",
    '=1+1"onmouseover="window.hacked = true',
    "0007",
)


def sample_ids(n_runs):
    plain = [f"S{number:04d}" for number in range(len(HOSTILE_IDS), n_runs)]
    return [*HOSTILE_IDS, *plain]


def with_facts(runs: pl.DataFrame) -> pl.DataFrame:
    """Add what stage bin measures of a run; the second is short and weak."""
    n = len(runs)
    short = np.arange(n) == 1
    return runs.with_columns(
        temperature_low_celsius=pl.Series(np.full(n, 30.0)),
        temperature_high_celsius=pl.Series(np.where(short, 400.0, 1000.0)),
        heating_rate_celsius_per_minute=pl.Series(np.full(n, 35.0)),
        ion_count=pl.Series(np.full(n, 100)),
        maximum_abundance=pl.Series(np.where(short, 1e-10, 1e-7)),
    )


def neighbours(runs: pl.DataFrame, seed=5) -> pl.DataFrame:
    """Return a neighbour of each run: the run after it."""
    ids = runs["sample_id"].to_list()
    similarity = np.random.default_rng(seed).uniform(0, 1, len(ids))
    return pl.DataFrame(
        {
            "sample_id": ids,
            "repeat": 0,
            "fold": 0,
            "rank": 1,
            "training_sample_id": [*ids[1:], ids[0]],
            "similarity": similarity,
        }
    )


def said(runs: pl.DataFrame, labels, seed=6) -> dict[str, np.ndarray]:
    """Return made-up probabilities; all are sure and wrong about runs of odd names."""
    rng = np.random.default_rng(seed)
    y = runs.select(labels).to_numpy().astype(float)
    noise = {"gbt": 1.5, "linear": 3.0}
    z = {name: 6 * (y - 0.5) + rng.normal(0, noise[name], y.shape) for name in FAMILIES}
    odd = len(HOSTILE_IDS)
    for values in z.values():
        values[:odd] = -6 * (y[:odd] - 0.5)
    return {name: expit(values) for name, values in z.items()}


def summary(name, values):
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"))
    low, high = np.quantile(known, [0.025, 0.975])
    return {name: float(values[0]), f"{name}_low": low, f"{name}_high": high}


def fold_scores(labels, repeats=2, folds=2) -> pl.DataFrame:
    """Return losses that rise with repeat and fold, the blend's lower."""
    base = {"gbt": 0.16, "linear": 0.3, "stack": 0.12}
    rows = [
        (family, label, repeat, fold, 15, loss + 0.02 * fold + 0.01 * repeat, 0.01)
        for family, loss in base.items()
        for label in (None, *labels)
        for repeat in range(repeats)
        for fold in range(folds)
    ]
    columns = [
        "family",
        "label",
        "repeat",
        "fold",
        "runs",
        "log_loss",
        "standard_error",
    ]
    return pl.DataFrame(rows, schema=columns, orient="row")


def label_calibration(labels) -> pl.DataFrame:
    """Return a line for each label, none for the last."""
    names = [name + end for name in ("slope", "intercept") for end in ("", *ENDS)]
    rows = [
        {"label": label, "positives": 20, "predicted": 0.2, "observed": 0.25}
        | {"calibration_error": 0.02}
        | dict(zip(names, (1.3, 1.1, 1.5, -0.1, -0.3, 0.1), strict=True))
        for label in labels
    ]
    rows[-1] |= dict.fromkeys(names)
    return pl.DataFrame(rows)


def similarity() -> pl.DataFrame:
    rows = [
        ("all", 0.0, 0.1, 0, 3, None, 0.0, None, None, None),
        ("all", 0.1, 0.7, 20, 5, 0.4, 0.6, 0.3, 0.2, 0.4),
        ("all", 0.7, 1.0, 40, 2, 0.9, 0.4, 0.1, 0.05, 0.15),
        ("near", None, None, 6, None, None, None, 0.07, 0.04, 0.1),
        ("far", None, None, 6, None, None, None, 0.2, 0.15, 0.25),
    ]
    columns = ["group", "similarity_low", "similarity_high", *COUNTS, *INTERVAL]
    return pl.DataFrame(rows, schema=columns, orient="row")


def write_evaluation_inputs(runs: pl.DataFrame, labels) -> None:
    """Write the tables below the working directory.

    Parameters
    ----------
    runs : DataFrame
        Training runs with labels, as `with_facts` returns them.
    """
    near = nearest_runs(neighbours(runs))
    marks = run_marks(runs, near, labels, minimum_runs=30)
    families = said(runs, labels)
    blend = sum(families.values()) / len(families)
    decided = decisions(runs, blend, families, near, labels)
    n_runs = len(runs)
    weights = np.vstack([np.ones(n_runs), bootstrap_weights(n_runs, 100, 0)])
    write_csv(
        paths.HARD_RUNS, hard_runs(decided, marks, runs, list(families), list(labels))
    )
    write_csv(paths.RUN_SCORES, run_scores(decided, marks, runs, labels))
    write_csv(paths.HARD_REASONS, hard_reasons(decided, marks, weights, summary))
    write_csv(paths.FOLD_SCORES, fold_scores(labels))
    write_csv(paths.LABEL_CALIBRATION, label_calibration(labels))
    curves = [
        (label, p, p**2, p**2 - 0.01, p**2 + 0.01, decisions_)
        for label in labels
        for p, decisions_ in ((0.05, 50), (0.5, 4), (0.95, 6))
    ]
    columns = ["label", "predicted", "observed", "low", "high", "decisions"]
    write_csv(paths.LABEL_CURVES, pl.DataFrame(curves, schema=columns, orient="row"))
    write_csv(paths.SIMILARITY, similarity())
    weights_of_folds = [
        (label, family, weight + 0.01 * fold, 0, fold)
        for label in labels
        for family, weight in (("gbt", 0.7), ("linear", 0.2), ("constant", -0.05))
        for fold in range(2)
    ]
    schema = ["label", "family", "weight", "repeat", "fold"]
    write_parquet(
        FOLD_WEIGHTS, pl.DataFrame(weights_of_folds, schema=schema, orient="row")
    )
