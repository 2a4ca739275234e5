"""How every model family runs: cached units, spread over workers, one table form.

A family is a function from a unit (one outer fold, one or more labels) to arrays. This
module gives it the units, keeps finished ones, and writes the table that the stacker
and everything after it read:

`artifacts/<family>/predictions.parquet`, one row a run, label and outer fold:
sample_id, label, role (out_of_fold, holdout or test), repeat, fold, probability.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_parquet
from pipeline.errors import EgaError
from pipeline.family_data import FamilyData, load_family_data
from pipeline.parallel import fan_out
from pipeline.params import Params, Section
from pipeline.unit_cache import UnitCache

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Unit:
    """One task: some labels of one outer fold.

    `index` counts the outer folds over all repeats; `labels` are label columns.
    """

    index: int
    labels: tuple[int, ...]

    def name(self, data: FamilyData) -> str:
        """Return the name of the unit's cache entry."""
        fold = data.folds[self.index]
        labels = "_".join(map(str, self.labels))
        return f"repeat{fold.repeat}_fold{fold.number}_labels{labels}"


@dataclass(frozen=True)
class UnitTask:
    """A unit with all that a worker needs to compute it, small enough to send."""

    unit: Unit
    params: Params
    cache: UnitCache
    fit: Callable[[FamilyData, Unit, Params], Arrays]


def run_family(
    name: str,
    params: Params,
    section: Section,
    fit: Callable[[FamilyData, Unit, Params], Arrays],
    *,
    labels_per_unit: int,
) -> Iterator[tuple[Unit, Arrays]]:
    """Compute all units of a family and write its predictions.

    `fit` must be a module-level function that returns at least `scored` (n_scored,
    n_labels) and `others` (n_others, n_labels): probabilities of the runs that the
    fold scores and of the holdout and test runs. Its result must depend on its
    arguments alone.

    Yields
    ------
    Unit and arrays, in a fixed order, for what else a family wants to write.
    """
    data = family_data(params)
    cache = UnitCache(
        name,
        [paths.RUNS, paths.FEATURES, paths.FOLDS]
        + [paths.copies(n + 1) for n in range(params.featurize.copies)],
        [params.seed, section.model_dump(mode="json"), params.data.labels],
    )
    n_labels = data.y.shape[1]
    groups = [
        tuple(range(start, min(start + labels_per_unit, n_labels)))
        for start in range(0, n_labels, labels_per_unit)
    ]
    units = [Unit(i, group) for i in range(len(data.folds)) for group in groups]
    tasks = [UnitTask(unit, params, cache, fit) for unit in units]
    tables = []
    for unit, arrays in zip(
        units, fan_out(params.compute, name, _compute, tasks), strict=True
    ):
        tables.append(_table(data, unit, arrays, params))
        yield unit, arrays
    write_parquet(paths.predictions(name), pl.concat(tables))
    cache.remove_other_keys()


def family_data(params: Params) -> FamilyData:
    """Return what the families learn from, read once per process."""
    return load_family_data(params.data.labels, params.featurize.copies)


def read_predictions(name: str) -> pl.DataFrame:
    """Return a family's prediction table.

    Raises
    ------
    EgaError
        It is missing, or holds something that is not a probability.
    """
    table = read_parquet(paths.predictions(name))
    if not table["probability"].is_between(0, 1).all():
        raise EgaError(
            f"{paths.predictions(name)}: probabilities outside 0..1; "
            f"cure: run `ega {name}` again"
        )
    return table


def _compute(task: UnitTask) -> Arrays:
    data = family_data(task.params)
    name = task.unit.name(data)
    arrays = task.cache.load(name)
    if arrays is None:
        arrays = task.fit(data, task.unit, task.params)
        task.cache.save(name, arrays)
    return arrays


def _table(
    data: FamilyData, unit: Unit, arrays: Arrays, params: Params
) -> pl.DataFrame:
    fold = data.folds[unit.index]
    scored_ids = data.training["sample_id"].to_numpy()[fold.scored]
    parts = []
    for column, label in enumerate(unit.labels):
        for ids, roles, probability in (
            (scored_ids, "out_of_fold", arrays["scored"][:, column]),
            (
                data.others["sample_id"],
                data.others["role"],
                arrays["others"][:, column],
            ),
        ):
            parts.append(
                pl.DataFrame(
                    {
                        "sample_id": ids,
                        "label": [params.data.labels[label]] * len(ids),
                        "role": [roles] * len(ids) if isinstance(roles, str) else roles,
                        "repeat": np.full(len(ids), fold.repeat),
                        "fold": np.full(len(ids), fold.number),
                        "probability": probability.astype(np.float64),
                    },
                    schema_overrides={
                        "sample_id": pl.String,
                        "label": pl.String,
                        "role": pl.String,
                    },
                )
            )
    return pl.concat(parts)
