"""A model that was opened, and its answers for blocks of runs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import polars as pl

from features.grid import EgaGrid, RunFacts
from pipeline.prediction.answer import (
    Answer,
    Compound,
    Contributions,
    Evidence,
    Neighbour,
    Word,
)
from pipeline.prediction.bundle import (
    KNOWLEDGE,
    RELIABILITY,
    TRAINING_RUNS,
    Bundle,
    explained,
)
from pipeline.prediction.ensemble import Ensemble, FoldBlends, Prediction
from pipeline.prediction.evidence import strongest_evidence
from pipeline.prediction.intervals import IntervalFactor, interval
from pipeline.prediction.loading import load_ensemble
from pipeline.prediction.reliability import reliability_of
from pipeline.prediction.run_inputs import RunInputs
from pipeline.prediction.warnings import checked, warnings_of

# evidence without a map comes from the models of this many folds, and from families
# with at least this weight in the blend
FOLDS_OF_LIST, LEAST_WEIGHT_OF_LIST = 2, 0.05
# integration of gradients: for a map that adds up, and for a list of what is strongest
STEPS_OF_MAP, STEPS_OF_LIST = 16, 8
Explain = Literal["none", "found", "all"]


@dataclass(frozen=True)
class RunName:
    """What is known of a run beside its measurement."""

    sample_id: str
    source: str
    instrument: str
    truth: tuple[bool, ...] | None = None


@dataclass(frozen=True)
class Models:
    """A loaded bundle.

    Attributes
    ----------
    ensemble : Ensemble
    knowledge : dict
        See `pipeline.training_range`.
    interval : IntervalFactor
    reliability : DataFrame
        See `prediction.reliability`.
    training_runs : DataFrame
        sample_id, instrument_type and labels.
    folds : tuple of (repeat, fold)
    """

    ensemble: Ensemble
    knowledge: dict[str, Any]
    interval: IntervalFactor
    reliability: pl.DataFrame
    training_runs: pl.DataFrame
    folds: tuple[tuple[int, int], ...]

    def answers(
        self,
        grid: EgaGrid,
        names: Sequence[RunName],
        explain: Explain,
        folds: Sequence[int] | None = None,
        blends: Sequence[FoldBlends] | None = None,
        *,
        whole_map: bool = False,
    ) -> Iterator[Answer]:
        """Yield the answer for each run of a block.

        Parameters
        ----------
        explain : {"none", "found", "all"}
            For which compounds evidence is sought; "found" means those not absent, or
            the most probable one.
        folds, blends
            Only these folds, with these blends, as for runs that others learnt from.
        whole_map : bool
            Keep the whole map of contributions, from all folds. Without it evidence
            comes from a few folds.
        """
        ensemble = self.ensemble
        inputs = ensemble.inputs(grid, [name.instrument for name in names])
        prediction = ensemble.predict(inputs, folds, blends)
        chosen = range(ensemble.n_folds) if folds is None else folds
        similarity = ensemble.kernel.similarities(
            inputs, chosen, len(self.training_runs)
        )
        for row, name in enumerate(names):
            yield self._answer(
                _one(inputs, row),
                _one_prediction(prediction, row),
                similarity[row],
                name,
                explain,
                (folds, blends),
                whole_map=whole_map,
            )

    def _answer(
        self,
        inputs: RunInputs,
        prediction: Prediction,
        similarity: np.ndarray,
        name: RunName,
        explain: Explain,
        only: tuple[Sequence[int] | None, Sequence[FoldBlends] | None],
        *,
        whole_map: bool,
    ) -> Answer:
        words = [self._word(p) for p in prediction.probability[0]]
        labels = _to_explain(explain, words, prediction.probability[0])
        contributions = None
        if labels:
            folds, blends = only
            if folds is None and not whole_map:
                folds = range(min(FOLDS_OF_LIST, self.ensemble.n_folds))
                part = slice(len(folds))
                prediction_part = Prediction(
                    prediction.families[:, part], prediction.blended[part]
                )
            else:
                prediction_part = prediction
            contributions = self.ensemble.explain(
                inputs,
                prediction_part,
                labels,
                folds,
                blends,
                steps=STEPS_OF_MAP if whole_map else STEPS_OF_LIST,
                least_weight=0 if whole_map else LEAST_WEIGHT_OF_LIST,
            )
        neighbours = self._neighbours(similarity)
        settings = self.ensemble.params.predict
        facts = inputs.grid.facts
        abundance = inputs.grid.abundance[0]
        return Answer(
            sample_id=name.sample_id,
            source=name.source,
            origin="all models" if only[0] is None else "out of fold",
            instrument=name.instrument,
            compounds=self._compounds(
                prediction, words, labels, contributions, name.truth
            ),
            neighbours=neighbours,
            warnings=warnings_of(
                self.knowledge,
                facts,
                0,
                inputs.grid.mz_values[~np.isnan(abundance).all(axis=1)].tolist(),
                name.instrument,
                self.ensemble.params.stack.minimum_runs,
                neighbours[0].similarity if neighbours else 0.0,
            ),
            facts={f.name: float(getattr(facts, f.name)[0]) for f in fields(RunFacts)},
            abundance=abundance,
            mz_values=inputs.grid.mz_values,
            temperature_edges_celsius=inputs.grid.temperature_edges_celsius,
            contributions=contributions if whole_map else None,
            interval=settings.interval,
            present_from=settings.present_from,
            absent_below=settings.absent_below,
            families=tuple(self.ensemble.members),
        )

    def _compounds(
        self,
        prediction: Prediction,
        words: Sequence[Word],
        explained: Sequence[int],
        contributions: Contributions | None,
        truth: tuple[bool, ...] | None,
    ) -> tuple[Compound, ...]:
        low, high = interval(prediction.blended, self.interval)
        families = prediction.families[:, :, 0].mean(axis=1)
        compounds = []
        for column, label in enumerate(self.ensemble.labels):
            probability = float(prediction.probability[0, column])
            evidence: tuple[Evidence, ...] = ()
            if contributions is not None and column in explained:
                evidence = strongest_evidence(
                    contributions, column, self.ensemble.params.predict.evidence
                )
            compounds.append(
                Compound(
                    label,
                    probability,
                    float(low[0, column]),
                    float(high[0, column]),
                    words[column],
                    dict(
                        zip(
                            self.ensemble.members,
                            families[:, column].tolist(),
                            strict=True,
                        )
                    ),
                    reliability_of(self.reliability, label, probability),
                    evidence,
                    None if truth is None else truth[column],
                )
            )
        return tuple(compounds)

    def _word(self, probability: float) -> Word:
        settings = self.ensemble.params.predict
        if probability >= settings.present_from:
            return "present"
        return "absent" if probability < settings.absent_below else "unclear"

    def _neighbours(self, similarity: np.ndarray) -> tuple[Neighbour, ...]:
        known = np.flatnonzero(~np.isnan(similarity))
        order = known[np.argsort(-similarity[known], kind="stable")]
        labels = self.ensemble.labels
        found = []
        for row in order[: self.ensemble.params.predict.neighbours].tolist():
            run = self.training_runs.row(row, named=True)
            found.append(
                Neighbour(
                    run["sample_id"],
                    float(similarity[row]),
                    tuple(label for label in labels if run[label]),
                )
            )
        return tuple(found)


def load_models(bundle: Bundle) -> Models:
    """Make all of a bundle ready.

    Raises
    ------
    EgaError
        Its content does not fit together.
    """
    with explained(bundle):
        knowledge = bundle.json(KNOWLEDGE)
        measured = knowledge.pop("interval")
        measured |= {"distances": tuple(measured["distances"])}
        text = {
            "label": pl.String,
            "sample_id": pl.String,
            "instrument_type": pl.String,
        }
        return Models(
            load_ensemble(bundle),
            checked(knowledge),
            IntervalFactor(**measured),
            pl.read_csv(io.StringIO(bundle.text(RELIABILITY)), schema_overrides=text),
            pl.read_csv(io.StringIO(bundle.text(TRAINING_RUNS)), schema_overrides=text),
            bundle.folds,
        )


def _to_explain(
    explain: Explain, words: Sequence[Word], probability: np.ndarray
) -> list[int]:
    if explain == "none":
        return []
    if explain == "all":
        return list(range(len(words)))
    found = [column for column, word in enumerate(words) if word != "absent"]
    return found or [int(np.argmax(probability))]


def _one(inputs: RunInputs, row: int) -> RunInputs:
    rows = np.array([row])
    return RunInputs(
        inputs.grid.take(rows),
        (inputs.instruments[row],),
        inputs.features[rows],
        inputs.log_inputs[rows],
        inputs.network_runs.take(rows),
    )


def _one_prediction(prediction: Prediction, row: int) -> Prediction:
    one = slice(row, row + 1)
    return Prediction(prediction.families[:, :, one], prediction.blended[:, one])
