"""All families of a bundle, blended as stage stack does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from features.grid import EgaGrid
from models.stacker import CLIP, Blend, equal_weights
from pipeline.bundle_params import BundleParams
from pipeline.prediction.answer import Contributions
from pipeline.prediction.contribution_map import ContributionSum
from pipeline.prediction.kernel_members import KernelMembers
from pipeline.prediction.members import Members
from pipeline.prediction.places import FeaturePlaces
from pipeline.prediction.run_inputs import RunInputs, run_inputs


@dataclass(frozen=True)
class FoldBlends:
    """How the families are blended.

    Attributes
    ----------
    by_label : dict[str, Blend]
        For runs of instruments with enough labelled runs.
    instruments : frozenset[str]
        These instruments; all others get the plain average.
    """

    by_label: Mapping[str, Blend]
    instruments: frozenset[str]

    def of(self, label: str, instrument: str, n_families: int) -> Blend:
        """Return the blend of one label for a run of an instrument."""
        if instrument in self.instruments:
            return self.by_label[label]
        return equal_weights(n_families)


@dataclass(frozen=True)
class Prediction:
    """Probabilities of a block of runs.

    Attributes
    ----------
    families : (n_families, n_folds, n_runs, n_labels)
    blended : (n_folds, n_runs, n_labels)
    """

    families: np.ndarray
    blended: np.ndarray

    @property
    def probability(self) -> np.ndarray:
        """The answer (n_runs, n_labels): the mean over folds, as in the submission."""
        return np.asarray(self.blended.mean(axis=0))


@dataclass(frozen=True)
class Ensemble:
    """Every trained model of a bundle.

    Attributes
    ----------
    labels : tuple[str, ...]
    members : dict[str, Members]
        By family, in the order of the blends' weights.
    blends : FoldBlends
    params : BundleParams
        Those of the training.
    feature_names, feature_families, places
        The feature dictionary.
    n_folds : int
    """

    labels: tuple[str, ...]
    members: Mapping[str, Members]
    kernel: KernelMembers
    blends: FoldBlends
    params: BundleParams
    feature_names: tuple[str, ...]
    feature_families: np.ndarray
    places: FeaturePlaces
    n_folds: int

    def inputs(self, grid: EgaGrid, instruments: Sequence[str]) -> RunInputs:
        """Return a block of runs as the families read them."""
        return run_inputs(
            grid,
            tuple(instruments),
            self.params,
            self.feature_names,
            self.feature_families,
        )

    def predict(
        self,
        inputs: RunInputs,
        folds: Sequence[int] | None = None,
        blends: Sequence[FoldBlends] | None = None,
    ) -> Prediction:
        """Ask the models of the given folds, or of all.

        Parameters
        ----------
        blends : sequence, optional
            One a fold; without it the bundle's.
        """
        folds = range(self.n_folds) if folds is None else folds
        blends = [self.blends] * len(folds) if blends is None else blends
        families = np.stack(
            [member.probabilities(inputs, folds) for member in self.members.values()]
        )
        blended = np.empty(families.shape[1:])
        for fold, fold_blends in enumerate(blends):
            for run, instrument in enumerate(inputs.instruments):
                for column, label in enumerate(self.labels):
                    blend = fold_blends.of(label, instrument, len(self.members))
                    one = families[:, fold, run, column][None]
                    blended[fold, run, column] = blend.predict(one)[0]
        return Prediction(families, blended)

    def explain(
        self,
        inputs: RunInputs,
        prediction: Prediction,
        labels: Sequence[int],
        folds: Sequence[int] | None = None,
        blends: Sequence[FoldBlends] | None = None,
        *,
        steps: int,
        least_weight: float = 0.0,
    ) -> Contributions:
        """Lay the log-odds of one run's blend on m/z and temperature.

        Parameters
        ----------
        inputs : RunInputs
            Of a single run.
        prediction : Prediction
            What `predict` said of it, for the same folds and blends.
        labels : sequence of int
            Labels to explain; all others stay zero.
        steps : int
            Points where gradients of networks are integrated.
        least_weight : float
            Families with less weight in all the labels are left out; what they say is
            then part of the remainder.
        """
        folds = range(self.n_folds) if folds is None else folds
        blends = [self.blends] * len(folds) if blends is None else blends
        total = ContributionSum(self.places, inputs.grid.mz_values, len(self.labels))
        instrument = inputs.instruments[0]
        for fold, fold_blends in zip(folds, blends, strict=True):
            chosen = [
                fold_blends.of(self.labels[label], instrument, len(self.members))
                for label in labels
            ]
            for number, member in enumerate(self.members.values()):
                weight = np.array([blend.weights[number] for blend in chosen])
                if weight.max() > least_weight:
                    shares = member.shares(inputs, fold, labels, steps)
                    total.add(shares, weight / len(folds), labels)
            constant = np.array([blend.constant for blend in chosen])
            total.add_start(constant / len(folds), labels)
        wanted = logit(np.clip(prediction.blended[:, 0], CLIP, 1 - CLIP)).mean(axis=0)
        facts = inputs.grid.facts
        return total.finished(
            wanted,
            labels,
            float(facts.temperature_low_celsius[0]),
            float(facts.temperature_high_celsius[0]),
        )
