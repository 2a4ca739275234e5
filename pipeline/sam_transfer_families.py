"""What the families and their plain average say of the labelled SAM runs."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import logit

from models.member_mean import CLIP
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.params import Params
from pipeline.probabilities import run_probabilities
from pipeline.sam_transfer_scores import Predictions, compare
from pipeline.stack import FAMILIES
from simulator.dataset import SAM_TESTBED

PLAIN_AVERAGE = "plain average"


def family_scores(params: Params) -> pl.DataFrame:
    """Score the families that have run, out of fold, and their unweighted mean.

    Families learn from the SAM runs of the other folds, with their labels. Returns no
    rows if fewer than two families have run.
    """
    labels = params.data.labels
    names = [name for name in FAMILIES if paths.predictions(name).exists()]
    if len(names) < 2:
        return pl.DataFrame()
    truth = read_parquet(paths.RUNS).filter(
        (pl.col("role") == "train") & (pl.col("instrument_type") == SAM_TESTBED)
    )
    logits = []
    for name in names:
        table = truth.select("sample_id").join(
            run_probabilities(name, "out_of_fold", labels),
            on="sample_id",
            how="left",
            maintain_order="left",
        )
        p = table.select(labels).to_numpy()
        logits.append(logit(np.clip(p, CLIP, 1 - CLIP)))
    members = {**dict(zip(names, logits, strict=True)), PLAIN_AVERAGE: None}
    predictions = [
        Predictions(
            name,
            translated=False,
            logits=(np.mean(logits, axis=0) if one is None else one)[None],
        )
        for name, one in members.items()
    ]
    y = truth.select(labels).to_numpy()
    rows = compare(y, predictions, params)
    return pl.DataFrame(
        [{"data_set": "measured", "scored": "families", **row} for row in rows]
    )
