"""Study sam_transfer: what narrows the gap between commercial and SAM runs.

It trains the first member of the sequence family on commercial runs, in the variants of
`sam_transfer_variants`, and scores SAM runs that no training has read. It is no stage
of the pipeline: nothing reads what it writes.
"""

from __future__ import annotations

import polars as pl

from pipeline import paths
from pipeline.atomic import write_csv, write_text
from pipeline.parallel import fan_out
from pipeline.params import Params
from pipeline.sam_transfer_data import study_files
from pipeline.sam_transfer_families import family_scores
from pipeline.sam_transfer_page import page
from pipeline.sam_transfer_scores import score_table
from pipeline.sam_transfer_units import Task, compute, units
from pipeline.unit_cache import UnitCache

NAME = "sam_transfer"
TABLE = paths.TRANSFER_TABLE
PAGE = paths.TRANSFER_PAGE


def run(params: Params) -> None:
    """Write the table of scores and the page that explains it.

    Raises
    ------
    EgaError
        Stage bin has not run, or there are too few labelled SAM runs.
    """
    cache = UnitCache(
        NAME,
        study_files(),
        _settings(params),
        ("sam_transfer_data", "sam_transfer_units", "sam_transfer_variants"),
    )
    tasks = [Task(unit, params, cache) for unit in units(params)]
    results = list(fan_out(params.compute, NAME, compute, tasks))
    table = score_table(
        ((task.unit, arrays) for task, arrays in zip(tasks, results, strict=True)),
        params,
    )
    families = family_scores(params)
    tables = [table, families] if len(families) else [table]
    write_csv(TABLE, pl.concat(tables, how="vertical_relaxed"))
    write_text(PAGE, page(table, families, params))
    cache.remove_other_keys()


def _settings(params: Params) -> list[object]:
    """Return what the units depend on, beside files and code."""
    return [
        params.seed,
        params.data.labels,
        params.bin.model_dump(mode="json"),
        [params.featurize.background_quantile, params.featurize.carrier_mz],
        [params.compute.device, params.compute.precision],
        params.sequence.model_dump(mode="json", exclude={"epochs", "copies"}),
        params.sam_transfer.model_dump(mode="json"),
    ]
