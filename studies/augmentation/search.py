"""Stage search: which setting lowers the error most, judged on the first folds only."""

from __future__ import annotations

import polars as pl

from pipeline.atomic import write_csv
from studies.augmentation import paths
from studies.augmentation.experiment import CaseName
from studies.augmentation.score_tables import write_scores
from studies.augmentation.settings import Settings
from studies.augmentation.statistics import BASELINE, log_ratios
from studies.augmentation.units import Job, Work, add_work, run_work

CASE = ("data_set", "percent")


def run(settings: Settings) -> None:
    """Write all scores, and the best candidate of each set and size.

    Raises
    ------
    EgaError
        Stage prepare has not run.
    """
    names = (BASELINE, *settings.search.candidates)
    tables = run_work(
        "search", work_of("search", settings, names, settings.search.seeds), settings
    )
    write_scores(tables, paths.SEARCHED, paths.SEARCHED_SECONDS)
    write_csv(paths.CHOSEN, choose(pl.concat(tables), settings.search.candidates))


def work_of(phase: str, settings: Settings, names: tuple[str, ...], seeds: int) -> Work:
    """Return the cases of a phase: all sets and sizes of the search."""
    work: Work = {}
    for data_set in settings.data.sets:
        for percent in settings.search.percent.get(data_set, ()):
            for repeat in range(seeds):
                case = CaseName(phase, data_set, percent, repeat)
                add_work(work, case, [Job(name, "networks") for name in names])
    return work


def choose(scores: pl.DataFrame, candidates: tuple[str, ...]) -> pl.DataFrame:
    """Return the candidate of the lowest mean log ratio of RMSE for each set and size.

    The mean runs over analytes, folds and repeats; of equals, the first in the list.
    """
    ratios = log_ratios(scores, "rmse").filter(pl.col("augmentation").is_in(candidates))
    means = ratios.group_by(*CASE, "augmentation", maintain_order=True).agg(
        pl.col("log_ratio").mean()
    )
    order = {name: place for place, name in enumerate(candidates)}
    place = pl.col("augmentation").replace_strict(order, return_dtype=pl.Int64)
    return (
        means.with_columns(place.alias("place"))
        .sort("log_ratio", "place")
        .group_by(*CASE, maintain_order=True)
        .first()
        .sort(*CASE)
        .drop("place")
    )
