"""Stage submit: the blend's probabilities in the form of the template, checked."""

from __future__ import annotations

import polars as pl
from rich.console import Console

from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_csv
from pipeline.errors import EgaError, shorten
from pipeline.params import Params
from pipeline.probabilities import run_probabilities
from pipeline.stack import NAME
from pipeline.submission_check import check_submission, read_template


def run(params: Params) -> None:
    """Write reports/submission.csv.

    A run of the template without prediction (it is quarantined) gets the training
    prevalence, or stops the stage, as `submit.fill_quarantined` says.

    Raises
    ------
    EgaError
        A run has no prediction, or the file does not fit the template.
    """
    labels = params.data.labels
    template = read_template(params)
    predicted = pl.concat(
        [run_probabilities(NAME, role, labels) for role in ("holdout", "test")]
    )
    submission = template.select("sample_id").join(
        predicted, on="sample_id", how="left", maintain_order="left"
    )
    missing = submission.filter(pl.col(labels[0]).is_null())["sample_id"].to_list()
    if missing:
        submission = _filled(submission, missing, params)
    floor = params.submit.probability_floor
    submission = submission.with_columns(pl.col(labels).clip(floor, 1 - floor))
    write_csv(paths.SUBMISSION, submission.select(template.columns))
    try:
        check_submission(paths.SUBMISSION, params)
    except EgaError:
        paths.SUBMISSION.unlink()  # a refused file must not be handed in
        raise


def _filled(
    submission: pl.DataFrame, missing: list[str], params: Params
) -> pl.DataFrame:
    shown = ", ".join(shorten(sample_id) for sample_id in missing[:5])
    problem = f"{len(missing)} runs of the template have no prediction ({shown})"
    if params.submit.fill_quarantined == "fail":
        raise EgaError(
            f"{problem}. Cure: mend the runs listed in {paths.QUARANTINE}, or set "
            "submit.fill_quarantined: prevalence."
        )
    Console(stderr=True).print(
        f"{problem}; they get the training prevalence", style="yellow", markup=False
    )
    training = read_parquet(paths.RUNS).filter(pl.col("role") == "train")
    return submission.with_columns(
        pl.col(label).fill_null(training[label].mean()) for label in params.data.labels
    )
