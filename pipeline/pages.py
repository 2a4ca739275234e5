"""Stage pages: a page for each of the runs that the blend misjudges most."""

from __future__ import annotations

import polars as pl

from models.metrics import log_losses
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import replacing_folder
from pipeline.parallel import with_progress
from pipeline.params import Params
from pipeline.prediction.known_runs import KnownRuns
from pipeline.prediction.opening import open_for_answers
from pipeline.prediction.page_names import page_name
from pipeline.probabilities import run_probabilities
from pipeline.run_page import render_run_page
from pipeline.stack import NAME as BLEND


def run(params: Params) -> None:
    """Write reports/runs/<run>.html for the worst runs of every compound."""
    known = KnownRuns(open_for_answers(paths.BUNDLE), params)
    ids = worst_runs(params)
    with replacing_folder(paths.RUN_PAGES) as folder:
        for answer in with_progress("pages", known.answers(ids, "all"), len(ids)):
            page = folder / page_name(answer.sample_id)
            page.write_text(render_run_page(answer), encoding="utf-8")


def worst_runs(params: Params) -> list[str]:
    """Return the training runs with the largest out-of-fold loss of any compound.

    The `pages.worst_runs` worst of each compound, each run once, in the order of the
    compounds.
    """
    labels = params.data.labels
    runs = read_parquet(paths.RUNS).filter(pl.col("role") == "train")
    predicted = run_probabilities(BLEND, "out_of_fold", labels)
    truth = predicted.select("sample_id").join(
        runs.select("sample_id", *labels), on="sample_id", maintain_order="left"
    )
    losses = log_losses(
        truth.select(labels).to_numpy(), predicted.select(labels).to_numpy()
    )
    worst: dict[str, None] = {}
    for column in range(len(labels)):
        order = losses[:, column].argsort(kind="stable")[::-1]
        chosen = order[: params.pages.worst_runs]
        worst |= dict.fromkeys(predicted["sample_id"].gather(chosen.tolist()))
    return list(worst)
