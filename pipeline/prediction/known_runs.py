"""Runs of the data folder, answered by the models that have not learnt from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipeline import paths
from pipeline.artifacts import read_parquet
from pipeline.errors import EgaError, shorten
from pipeline.fold import read_folds
from pipeline.grid_store import load_grids
from pipeline.params import Params
from pipeline.prediction.answer import Answer
from pipeline.prediction.answering import Explain, Models, RunName
from pipeline.prediction.ensemble import FoldBlends
from pipeline.stack import read_blends


@dataclass(frozen=True)
class KnownRuns:
    """The run table and folds of the working folder, beside the models made of them."""

    models: Models
    params: Params

    @cached_property
    def _runs(self) -> pl.DataFrame:
        return read_parquet(paths.RUNS)

    @cached_property
    def _scored_in(self) -> dict[str, list[int]]:
        """Return the folds that each training run is scored in, by sample_id."""
        ids = self._runs.filter(pl.col("role") == "train")["sample_id"]
        scored: dict[str, list[int]] = {}
        for number, fold in enumerate(read_folds(ids)):
            if (fold.repeat, fold.number) != self.models.folds[number]:
                raise EgaError(
                    f"{paths.BUNDLE} has other folds than {paths.FOLDS}. Cure: run "
                    "`dvc repro export`."
                )
            for sample_id in ids.to_numpy()[fold.scored]:
                scored.setdefault(sample_id, []).append(number)
        return scored

    @cached_property
    def _fold_blends(self) -> list[FoldBlends]:
        """Return for each fold the blend learnt from the other folds of its repeat."""
        weights = read_parquet(paths.family("stack") / "fold_weights.parquet")
        instruments = self.models.ensemble.blends.instruments
        return [
            FoldBlends(
                read_blends(
                    weights.filter(
                        (pl.col("repeat") == repeat) & (pl.col("fold") == fold)
                    ),
                    self.params,
                ),
                instruments,
            )
            for repeat, fold in self.models.folds
        ]

    def __contains__(self, sample_id: object) -> bool:
        """Return whether the run table has a run of this name."""
        return sample_id in set(self._runs["sample_id"])

    def answers(self, sample_ids: Sequence[str], explain: Explain) -> Iterator[Answer]:
        """Yield answers with whole maps, out of fold for training runs.

        Raises
        ------
        EgaError
            A run is not in the run table.
        """
        for sample_id in sample_ids:
            row = self._runs.filter(pl.col("sample_id") == sample_id)
            if len(row) == 0:
                raise EgaError(
                    f"{paths.RUNS} has no run {shorten(sample_id)}; expected a "
                    "sample_id of metadata.csv, or a file. Cure: check the name; "
                    f"{paths.QUARANTINE} lists runs that can't be read."
                )
            yield from self._answer(row, explain)

    def _answer(self, row: pl.DataFrame, explain: Explain) -> Iterator[Answer]:
        run = row.row(0, named=True)
        known = [run[label] for label in self.models.ensemble.labels]
        truth = None if None in known else tuple(bool(value) for value in known)
        name = RunName(run["sample_id"], "", run["instrument_type"], truth)
        folds, blends = None, None
        if run["role"] == "train":
            folds = self._scored_in[run["sample_id"]]
            blends = [self._fold_blends[fold] for fold in folds]
        yield from self.models.answers(
            load_grids(row), [name], explain, folds, blends, whole_map=True
        )
