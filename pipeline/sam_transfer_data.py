"""What the SAM study learns from and scores: measured runs, and simulated ones.

The measured runs are the labelled training runs; holdout and test runs are not read.
The simulated ones have what the measured lack: SAM runs with compounds and their truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from features.binning import GridAccumulator
from features.cleaning import clean
from features.grid import EgaGrid, RunFacts
from models.folds import stratified_folds
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.errors import EgaError
from pipeline.grid_axes import grid_axes
from pipeline.grid_store import load_grids
from pipeline.params import Params
from pipeline.seeds import generator, integer
from simulator.dataset import SAM_TESTBED, simulate_run
from simulator.decomposition import LABELS

DATA_SETS = ("measured", "simulated")


@dataclass(frozen=True)
class StudyRuns:
    """Labelled runs of both instruments.

    Attributes
    ----------
    sample_ids : (n_runs,) str
    shares : (n_runs, n_mz, n_cells) float32
        Above background, in shares of the run's maximum; NaN where not observed.
    y : (n_runs, n_labels) 0/1
    is_sam : (n_runs,) bool
    temperature_edges_celsius : (n_cells + 1,)
    """

    sample_ids: np.ndarray
    shares: np.ndarray
    y: np.ndarray
    is_sam: np.ndarray
    temperature_edges_celsius: np.ndarray


@dataclass(frozen=True)
class Split:
    """Rows of runs.

    Attributes
    ----------
    commercial, sam : rows that training may use
    held_out, scored_sam : commercial and SAM rows that are only scored
    """

    commercial: np.ndarray
    sam: np.ndarray
    held_out: np.ndarray
    scored_sam: np.ndarray


@lru_cache(maxsize=2)
def study_runs(data_set: str, params: Params) -> StudyRuns:
    """Return the runs of a data set, read or simulated once per process.

    Raises
    ------
    EgaError
        Stage bin has not run, or the data hold too few SAM runs.
    """
    runs = _measured(params) if data_set == "measured" else _simulated(params)
    need = params.sam_transfer.sam_groups
    if runs.is_sam.sum() < need:
        raise EgaError(
            f"sam_transfer: got {runs.is_sam.sum()} labelled SAM runs in the "
            f"{data_set} data; expected at least {need}, one a group. "
            "Cure: other data, fewer sam_groups or a larger simulated_sam_share."
        )
    return runs


def splits(data_set: str, runs: StudyRuns, params: Params) -> list[Split]:
    """Return how runs are divided.

    Measured: each group of SAM runs is scored once, by networks that have seen the
    other groups at most. Simulated: as in reality, training has a handful of SAM runs
    and these are blanks; all others are scored.
    """
    settings = params.sam_transfer
    sam, commercial = np.flatnonzero(runs.is_sam), np.flatnonzero(~runs.is_sam)
    n_folds = max(2, round(1 / settings.held_out_share))
    seed = integer(params.seed, "sam_transfer", data_set, "held_out")
    fold = stratified_folds(runs.y[commercial], n_folds, seed)
    order = generator(params.seed, "sam_transfer", data_set, "groups").permutation(sam)
    if data_set == "measured":
        scored = [np.sort(part) for part in np.array_split(order, settings.sam_groups)]
    else:
        blanks_first = np.argsort(runs.y[order].sum(axis=1), kind="stable")
        n_training = min(settings.simulated_sam_training, len(sam) // 2)
        scored = [np.sort(order[blanks_first[n_training:]])]
    return [
        Split(
            commercial[fold != number % n_folds],
            np.setdiff1d(sam, rows),
            commercial[fold == number % n_folds],
            rows,
        )
        for number, rows in enumerate(scored)
    ]


def study_files() -> list[Path]:
    """Return the files that the runs of both data sets depend on."""
    simulator = sorted((Path(__file__).parent.parent / "simulator").glob("*.py"))
    return [paths.RUNS, paths.GRID_AXES, *paths.mean_grids(), *simulator]


def _measured(params: Params) -> StudyRuns:
    table = read_parquet(paths.RUNS).filter(pl.col("role") == "train")
    return _cleaned(
        load_grids(table),
        params,
        table["sample_id"].to_numpy(),
        table.select(params.data.labels).to_numpy(),
        (table["instrument_type"] == SAM_TESTBED).to_numpy(),
    )


def _simulated(params: Params) -> StudyRuns:
    settings, axes = params.sam_transfer, grid_axes(params.bin)
    n_runs = settings.simulated_runs
    abundance = np.empty((n_runs, *axes.shape), dtype=np.float32)
    y = np.empty((n_runs, len(LABELS)), dtype=np.int8)
    is_sam, ids = np.empty(n_runs, dtype=bool), []
    seed = integer(params.seed, "sam_transfer", "simulated")
    for number in range(n_runs):
        run = simulate_run(number, seed, sam_testbed_share=settings.simulated_sam_share)
        cells = GridAccumulator(axes)
        cells.add(run.temperature_celsius, run.mz, run.abundance)
        abundance[number] = cells.result()[0]
        y[number], is_sam[number] = run.labels, run.instrument_type == SAM_TESTBED
        ids.append(run.sample_id)
    unknown = np.full(n_runs, np.nan)
    facts = RunFacts(**dict.fromkeys(RunFacts.__dataclass_fields__, unknown))
    grid = EgaGrid(abundance, axes.mz_values, axes.temperature_edges_celsius, facts)
    return _cleaned(grid, params, np.array(ids), y, is_sam)


def _cleaned(
    grid: EgaGrid, params: Params, ids: np.ndarray, y: np.ndarray, is_sam: np.ndarray
) -> StudyRuns:
    featurize = params.featurize
    cleaned = clean(grid, featurize.background_quantile, featurize.carrier_mz)
    edges = grid.temperature_edges_celsius
    return StudyRuns(ids, cleaned.abundance, y, is_sam, edges)
