"""Generated spectra and their concentrations, for the training rows of a fold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from models.linear_gaussian_spectra import combine_spectra, linear_gaussian_spectra
from models.partial_least_squares import fit_pls
from models.regressor import Regressor
from models.spectral_gaussian_process import fit_gaussian_process
from models.variational_autoencoder import AutoencoderTraining, VariationalAutoencoder
from pipeline.seeds import sequence
from studies.augmentation.augmentations import Augmentation
from studies.augmentation.concentration_sets import CONCENTRATION_SETS
from studies.augmentation.training_case import FoldRows

# standard deviation of noise, share of a channel's standard deviation
NOISE_SHARE = 0.05
# interpolation is towards one of this many nearest spectra
NEAREST = 5


@dataclass(frozen=True)
class ClassicalSettings:
    """Sizes of the classical regressors."""

    components: int
    inner_folds: int
    gp_rows: int


@dataclass
class FoldGenerator:
    """Generates for one fold; trained autoencoders and teachers are kept.

    Attributes
    ----------
    teachers : list of Regressor or None
        Networks of the fold, one for each analyte; only augmentations that ask for
        their labels need them.
    place : tuple
        Names the fold in random streams.
    """

    rows: FoldRows
    autoencoder: AutoencoderTraining
    classical: ClassicalSettings
    seed: int
    place: tuple[int | str, ...]
    teachers: list[Regressor] | None = None
    _autoencoders: dict[tuple[bool, float, int], VariationalAutoencoder] = field(
        default_factory=dict
    )
    _labels: dict[str, list] = field(default_factory=dict)

    def generate(self, augmentation: Augmentation) -> tuple[np.ndarray, np.ndarray]:
        """Return spectra (n, n_channels) and concentrations (n, n_analytes), float32.

        Both in the scale of the fold. An analyte has at most `times` generated values
        for each known one: the rest is NaN.
        """
        known = ~np.isnan(self.rows.concentrations)
        count = augmentation.times * len(known)
        spectra, concentrations = self._spectra(augmentation, count)
        spectra = np.ascontiguousarray(spectra, dtype=np.float32)
        if augmentation.labels != "own":
            concentrations = self._predicted(augmentation.labels, spectra)
        concentrations = np.array(concentrations, dtype=np.float32)
        for analyte, number in enumerate(known.sum(axis=0)):
            concentrations[augmentation.times * number :, analyte] = np.nan
        return spectra, concentrations

    def filled(self) -> np.ndarray:
        """Return the concentrations with gaps filled by partial least squares."""
        y = self.rows.concentrations.astype(np.float64)
        gaps = np.isnan(y)
        if not gaps.any():
            return y
        return np.where(gaps, self._predicted("pls", self.rows.spectra), y)

    def _spectra(
        self, augmentation: Augmentation, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        rng = self._rng("draw", augmentation.source)
        x, source = self.rows.spectra, augmentation.source
        if source == "vae":
            model = self._autoencoder(augmentation, conditional=False)
            seed = self._seed("sample", augmentation.sampling)
            drawn = model.sample(count, seed, sampling=augmentation.sampling)
            return drawn, np.empty((count, 0))
        y = self.filled()
        if source == "noise":
            rows = np.arange(count) % len(x)
            noise = NOISE_SHARE * rng.standard_normal((count, x.shape[1]))
            return x[rows] + noise, y[rows]
        if source == "interpolation":
            return interpolate(x, y, count, rng)
        if source == "combinations":
            return combine_spectra(x, y, count, rng)
        wanted = CONCENTRATION_SETS[augmentation.concentrations](
            y, count, self._rng("concentrations", augmentation.concentrations)
        )
        if source == "gaussian":
            return linear_gaussian_spectra(x, y, wanted, rng), wanted
        model = self._autoencoder(augmentation, conditional=True)
        seed = self._seed("sample", augmentation.sampling)
        return model.sample(count, seed, wanted, augmentation.sampling), wanted

    def _autoencoder(
        self, augmentation: Augmentation, *, conditional: bool
    ) -> VariationalAutoencoder:
        key = (conditional, augmentation.kl_weight, augmentation.latent)
        if key not in self._autoencoders:
            weight = augmentation.kl_weight
            training = replace(
                self.autoencoder,
                latent=augmentation.latent,
                kl_weight=self.rows.spectra.shape[1] if weight < 0 else weight,
            )
            self._autoencoders[key] = VariationalAutoencoder(training).fit(
                self.rows.spectra,
                self._seed("autoencoder"),
                self.filled() if conditional else None,
            )
        return self._autoencoders[key]

    def _predicted(self, labels: str, spectra: np.ndarray) -> np.ndarray:
        teachers: list = self._labels.get(labels, [])
        if not teachers:
            teachers = self._train_teachers(labels)
            self._labels[labels] = teachers
        return np.column_stack([teacher.predict(spectra) for teacher in teachers])

    def _train_teachers(self, labels: str) -> list:
        if labels == "networks":
            if self.teachers is None:
                raise ValueError("labels of networks need teachers")
            return list(self.teachers)
        return fit_classical(
            labels,
            self.rows.spectra,
            self.rows.concentrations,
            len(self.rows.spectra),
            self.classical,
            self._rng("teacher", labels),
        )

    def _seed(self, *use: int | str) -> np.random.SeedSequence:
        return sequence(self.seed, *self.place, *use)

    def _rng(self, *use: int | str) -> np.random.Generator:
        return np.random.default_rng(self._seed(*use))


def interpolate(
    spectra: np.ndarray,
    concentrations: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return points between a spectrum and one of its nearest, evenly drawn.

    Mixup (Zhang et al., arXiv:1710.09412) between near neighbours only.
    """
    if len(spectra) < 2:
        raise ValueError("interpolation needs two spectra")
    lengths = (spectra**2).sum(axis=1)
    squares = lengths[:, None] + lengths - 2 * spectra @ spectra.T
    np.fill_diagonal(squares, np.inf)
    near = min(NEAREST, len(spectra) - 1)
    nearest = np.argsort(squares, axis=1, kind="stable")[:, :near]
    left = np.arange(count) % len(spectra)
    right = nearest[left, rng.integers(near, size=count)]
    share = rng.random((count, 1))
    return (
        (1 - share) * spectra[left] + share * spectra[right],
        (1 - share) * concentrations[left] + share * concentrations[right],
    )


def fit_classical(
    regressor: str,
    spectra: np.ndarray,
    concentrations: np.ndarray,
    real: int,
    settings: ClassicalSettings,
    rng: np.random.Generator,
) -> list:
    """Return a fitted regressor for each analyte: pls or gp.

    The first `real` rows are real; components of pls are chosen on these.
    """
    if regressor == "pls":
        return list(
            fit_pls(
                spectra,
                concentrations,
                most_components=settings.components,
                folds=settings.inner_folds,
                rng=rng,
                real=real,
            )
        )
    return list(
        fit_gaussian_process(
            spectra,
            concentrations,
            most_components=settings.components,
            most_rows=settings.gp_rows,
            rng=rng,
        )
    )
