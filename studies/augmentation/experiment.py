"""One unit of work: a set, a training size, a repeat, an augmentation, a regressor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.regressor import Member, Regressor
from models.stacked_regressors import train_members
from pipeline.errors import EgaError
from pipeline.seeds import generator
from studies.augmentation.augmentations import Augmentation
from studies.augmentation.generators import FoldGenerator, fit_classical
from studies.augmentation.settings import Settings
from studies.augmentation.spectral_set import SpectralSet
from studies.augmentation.training_case import (
    assign_folds,
    fold_rows,
    member_seed,
    training_rows,
)

# spectra and concentrations
Rows = tuple[np.ndarray, np.ndarray]
# of an analyte among the training spectra
LEAST_VALUES = 2


@dataclass(frozen=True)
class CaseName:
    """A training situation, shared by all augmentations.

    Attributes
    ----------
    phase : str
        compare: all folds are tested; search: the first ones, trained on each other;
        confirm: the others, trained on all.
    percent : int
        Training spectra, of those that all folds but one hold.
    repeat : int
        Repeats draw other training spectra, weights and generated spectra.
    """

    phase: str
    data_set: str
    percent: int
    repeat: int

    def __str__(self) -> str:
        """Return phase/set/percent/repeat."""
        return f"{self.phase}/{self.data_set}/{self.percent} %/repeat {self.repeat}"


class Case:
    """The folds of a training situation, with what augmentations share."""

    def __init__(
        self,
        name: CaseName,
        spectra: SpectralSet,
        settings: Settings,
        first: int | None = None,
    ) -> None:
        """Take the folds of the phase, or only the `first` ones of them."""
        self.name = name
        self._settings = settings
        self._training = settings.networks.training()
        n_folds = settings.compare.folds
        fold_of_row = assign_folds(spectra, n_folds, settings.seed)
        tested, pool = tested_and_pool(name.phase, n_folds, settings.search.folds)
        rows = training_size(len(spectra), name.percent, settings)
        self.folds: list[FoldGenerator] = []
        for fold in tested[:first]:
            train = training_rows(
                spectra, fold_of_row, fold, pool, rows, settings.seed, name.repeat
            )
            test = np.flatnonzero(fold_of_row == fold)
            _check_values(name, spectra, train)
            self.folds.append(
                FoldGenerator(
                    fold_rows(spectra, train, test, fold),
                    settings.networks.autoencoder(),
                    settings.classical.sizes(),
                    settings.seed,
                    (name.phase, name.data_set, name.percent, name.repeat, fold),
                )
            )

    def measure(
        self, augmentation: Augmentation, regressor: str
    ) -> dict[str, np.ndarray]:
        """Return errors on the test rows, each (n_folds, n_analytes).

        Returns
        -------
        dict
            mae, rmse: in the units of the set, NaN where no test row has a value;
            train_rows, generated_rows: with a value; fold: (n_folds,); seconds: of
            generating and training, without what earlier augmentations left.
        """
        started = time.monotonic()
        if regressor == "networks" and augmentation.source == "none":
            predicted, rows = self._plain(augmentation.epochs_factor)
        else:
            predicted, rows = self._augmented(augmentation, regressor)
        mae, rmse = self._errors(predicted)
        return {
            "fold": np.array([fold.rows.fold for fold in self.folds]),
            "mae": mae,
            "rmse": rmse,
            "train_rows": np.array([known for known, _ in rows]),
            "generated_rows": np.array([made for _, made in rows]),
            "seconds": np.array(time.monotonic() - started),
        }

    @cached_property
    def _teachers(self) -> list[list[Regressor]]:
        """Return the regressors of the real spectra alone, fold by fold."""
        return self._train(
            [(f.rows.spectra, f.rows.concentrations) for f in self.folds]
        )

    def generate(self, augmentation: Augmentation) -> list[Rows]:
        """Return generated spectra and concentrations of each fold, standardised."""
        if augmentation.source == "none":
            return [(f.rows.spectra[:0], f.rows.concentrations[:0]) for f in self.folds]
        if augmentation.labels == "networks":
            for fold, teachers in zip(self.folds, self._teachers, strict=True):
                fold.teachers = teachers
        return [fold.generate(augmentation) for fold in self.folds]

    def _plain(self, epochs_factor: int) -> tuple[list[np.ndarray], list[Rows]]:
        if epochs_factor == 1:
            trained = self._teachers
        else:
            data = [(f.rows.spectra, f.rows.concentrations) for f in self.folds]
            trained = self._train(data, epochs_factor)
        rows = [(_known(f.rows.concentrations), _none(f)) for f in self.folds]
        return self._predict(trained), rows

    def _augmented(
        self, augmentation: Augmentation, regressor: str
    ) -> tuple[list[np.ndarray], list[Rows]]:
        data, rows, predicted = [], [], []
        generated = self.generate(augmentation)
        for fold, (spectra, made) in zip(self.folds, generated, strict=True):
            real = fold.rows
            x = np.concatenate([real.spectra, spectra])
            y = np.concatenate([real.concentrations, made])
            rows.append((_known(real.concentrations), _known(made)))
            if regressor == "networks":
                data.append((x, y))
                continue
            rng = generator(self._settings.seed, regressor, *fold.place)
            fitted = fit_classical(
                regressor, x, y, len(real.spectra), fold.classical, rng
            )
            predicted.append(
                np.column_stack([f.predict(real.test_spectra) for f in fitted])
            )
        if regressor == "networks":
            predicted = self._predict(self._train(data))
        return predicted, rows

    def _train(self, data: list[Rows], epochs_factor: int = 1) -> list[list[Regressor]]:
        members = []
        for fold, (x, y) in zip(self.folds, data, strict=True):
            for analyte in range(y.shape[1]):
                seed = member_seed(
                    self._settings.seed,
                    self.name.data_set,
                    self.name.repeat,
                    fold.rows.fold,
                    analyte,
                )
                members.append(Member(x, y[:, analyte].copy(), seed, epochs_factor))
        trained = train_members(members, self._training)
        analytes = data[0][1].shape[1]
        return [
            trained[start : start + analytes]
            for start in range(0, len(trained), analytes)
        ]

    def _predict(self, trained: list[list[Regressor]]) -> list[np.ndarray]:
        return [
            np.column_stack([r.predict(fold.rows.test_spectra) for r in regressors])
            for fold, regressors in zip(self.folds, trained, strict=True)
        ]

    def _errors(self, predicted: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        mae, rmse = [], []
        for fold, guess in zip(self.folds, predicted, strict=True):
            wrong = (guess - fold.rows.test_concentrations).astype(np.float64)
            known = ~np.isnan(wrong)
            count = known.sum(axis=0)
            absolute = np.where(known, np.abs(wrong), 0.0)
            with np.errstate(invalid="ignore"):
                mae.append(fold.rows.deviations * absolute.sum(axis=0) / count)
                rmse.append(
                    fold.rows.deviations * np.sqrt((absolute**2).sum(axis=0) / count)
                )
        return np.array(mae), np.array(rmse)


def tested_and_pool(
    phase: str, n_folds: int, search_folds: int
) -> tuple[range, frozenset[int]]:
    """Return the folds that are tested, and those that may be trained on.

    The search sees its own folds only; what is confirmed is tested on the others.
    """
    if phase == "search":
        return range(search_folds), frozenset(range(search_folds))
    first = search_folds if phase == "confirm" else 0
    return range(first, n_folds), frozenset(range(n_folds))


def training_size(spectra: int, percent: int, settings: Settings) -> int:
    """Return the number of training spectra of a percentage."""
    folds = settings.compare.folds
    whole = spectra * (folds - 1) / folds
    return max(settings.compare.least_rows, round(whole * percent / 100))


def _check_values(name: CaseName, spectra: SpectralSet, train: np.ndarray) -> None:
    known = _known(spectra.concentrations[train])
    if known.min() < LEAST_VALUES:
        analyte = spectra.analytes[int(known.argmin())]
        raise EgaError(
            f"{name}: got {known.min()} values of {analyte} among {len(train)} "
            f"training spectra; expected at least {LEAST_VALUES}. Cure: a larger "
            "percentage"
        )


def _known(values: np.ndarray) -> np.ndarray:
    return (~np.isnan(values)).sum(axis=0)


def _none(fold: FoldGenerator) -> np.ndarray:
    return np.zeros(fold.rows.concentrations.shape[1], dtype=np.int64)
