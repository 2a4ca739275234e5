"""How every model family runs: cached units, spread over workers, one table form.

A family is a function from a unit (one outer fold, one or more labels) to arrays. This
module gives it the units, keeps finished ones, and writes the table that the stacker
and everything after it read:

`artifacts/<family>/predictions.parquet`, one row a run, label and outer fold:
sample_id, label, role (out_of_fold, holdout or test), repeat, fold, probability.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from models.member_mean import mean_probability
from models.metrics import log_losses
from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.atomic import write_parquet
from pipeline.errors import EgaError
from pipeline.family_data import FamilyData, FoldedRuns, load_family_data
from pipeline.parallel import fan_out
from pipeline.params import Params
from pipeline.section import Section
from pipeline.unit_cache import UnitCache

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Unit:
    """One task: some labels of one outer fold, by one member of the family.

    `index` counts the outer folds over all repeats; `labels` are label columns.
    """

    index: int
    labels: tuple[int, ...]
    member: int = 0

    def name(self, data: FoldedRuns) -> str:
        """Return the name of the unit's cache entry."""
        fold = data.folds[self.index]
        labels = "_".join(map(str, self.labels))
        return (
            f"repeat{fold.repeat}_fold{fold.number}_labels{labels}_member{self.member}"
        )


@dataclass(frozen=True)
class Family:
    """What a model family is to the code that runs it.

    Attributes
    ----------
    name : str
        Stage, params section and artifact folder.
    load : function
        Params -> the data that `fit` sees; called in every worker, so it should keep
        what it read.
    fit : function
        Data, unit, params -> arrays with at least `scored` (n_scored, n_labels) and
        `others` (n_others, n_labels): probabilities of the runs that the fold scores
        and of the holdout and test runs. Its result must depend on its arguments alone.
    inputs : sequence of Path
        Files that the results depend on.
    labels_per_unit, members : int
        Labels that one call of `fit` learns; models whose logits are averaged.
    modules : tuple[str, ...]
        Modules of `pipeline`, beside that of the stage, that results depend on.
    settings : tuple
        Parameters outside of the family's section that results depend on.

    `load` and `fit` are module-level functions, so that they can be sent to workers.
    """

    name: str
    load: Callable[[Params], Any]
    fit: Callable[[Any, Unit, Params], Arrays]
    inputs: Sequence[Path]
    labels_per_unit: int
    members: int = 1
    modules: tuple[str, ...] = ()
    settings: tuple[Any, ...] = ()


@dataclass(frozen=True)
class UnitTask:
    """A unit with all that a worker needs to compute it, small enough to send."""

    unit: Unit
    params: Params
    cache: UnitCache
    family: Family


def run_family(
    family: Family, params: Params, section: Section
) -> Iterator[tuple[Unit, Arrays]]:
    """Compute all units of a family and write its predictions.

    Yields
    ------
    Unit and arrays, in a fixed order, for what else a family wants to write.
    """
    data: FoldedRuns = family.load(params)
    cache = UnitCache(
        family.name,
        list(family.inputs),
        [
            params.seed,
            section.model_dump(mode="json"),
            params.data.labels,
            family.settings,
        ],
        family.modules,
    )
    n_labels = data.y.shape[1]
    groups = [
        tuple(range(start, min(start + family.labels_per_unit, n_labels)))
        for start in range(0, n_labels, family.labels_per_unit)
    ]
    tasks = [
        UnitTask(Unit(index, group, member), params, cache, family)
        for index in range(len(data.folds))
        for group in groups
        for member in range(family.members)
    ]
    tables: list[pl.DataFrame] = []
    members: list[Arrays] = []
    score = RunningScore()
    results = fan_out(params.compute, family.name, _compute, tasks, note=score.text)
    for task, arrays in zip(tasks, results, strict=True):
        members.append(arrays)
        if len(members) == family.members:
            mean = _mean(members)
            score.add(data.y[data.folds[task.unit.index].scored], task.unit, mean)
            tables.append(_table(data, task.unit, mean, params))
            members.clear()
        yield task.unit, arrays
    write_parquet(paths.predictions(family.name), pl.concat(tables))
    cache.remove_other_keys()


class RunningScore:
    """The out-of-fold log-loss of what is finished, for the progress bar."""

    def __init__(self) -> None:
        self._losses: list[np.ndarray] = []

    def add(self, y: np.ndarray, unit: Unit, arrays: Arrays) -> None:
        """Count the finished labels of an outer fold."""
        losses = log_losses(y[:, list(unit.labels)], arrays["scored"])
        self._losses.append(losses.ravel())

    def text(self) -> str:
        """Return what the bar shows."""
        if not self._losses:
            return ""
        return f"log-loss {np.concatenate(self._losses).mean():.4f}"


def _mean(members: list[Arrays]) -> Arrays:
    return {
        name: mean_probability([member[name] for member in members])
        for name in ("scored", "others")
    }


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


def feature_files(params: Params) -> list[Path]:
    """Return the files behind `family_data`."""
    copies = [paths.copies(n + 1) for n in range(params.featurize.copies)]
    return [paths.RUNS, paths.FEATURES, paths.FOLDS, *copies]


def _compute(task: UnitTask) -> Arrays:
    data = task.family.load(task.params)
    name = task.unit.name(data)
    arrays = task.cache.load(name)
    if arrays is None:
        arrays = task.family.fit(data, task.unit, task.params)
        task.cache.save(name, arrays)
    return arrays


def _table(
    data: FoldedRuns, unit: Unit, arrays: Arrays, params: Params
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
