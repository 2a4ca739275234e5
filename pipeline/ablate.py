"""Stage ablate: what each family adds to the blend, and how well all are calibrated."""

from __future__ import annotations

import polars as pl

from pipeline import paths
from pipeline.ablation import ablation_table
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_csv
from pipeline.calibration_tables import calibration_table, curve_table
from pipeline.label_calibration import label_calibration, label_curves
from pipeline.params import Params
from pipeline.stack import FAMILIES, stacking_rows
from pipeline.subset_scores import SubsetScores


def run(params: Params) -> None:
    """Write the scores of subsets of families, and calibration before and after.

    And that of the blend for each label.
    """
    scores = subset_scores(params)
    write_csv(paths.ABLATION, ablation_table(scores))
    write_csv(paths.CALIBRATION, calibration_table(scores, params))
    write_csv(paths.CALIBRATION_CURVES, curve_table(scores, params))
    write_csv(paths.LABEL_CALIBRATION, label_calibration(scores, params))
    write_csv(paths.LABEL_CURVES, label_curves(scores, params))


def subset_scores(params: Params) -> SubsetScores:
    """Read what the families predicted for the training runs."""
    rows = stacking_rows(FAMILIES, params).filter(pl.col("role") == "out_of_fold")
    runs = read_parquet(paths.RUNS)
    truth = runs.filter(pl.col("role") == "train").sort("sample_id")
    return SubsetScores(FAMILIES, rows, truth, params)
