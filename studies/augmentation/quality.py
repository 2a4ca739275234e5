"""Stage quality: generated spectra beside real ones, by channel and as wholes."""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
import polars as pl
import torch

from pipeline.atomic import write_csv
from pipeline.parallel import fan_out
from pipeline.seeds import generator, integer
from pipeline.unit_cache import UnitCache
from studies.augmentation import paths
from studies.augmentation.augmentations import AUGMENTATIONS
from studies.augmentation.experiment import Case, CaseName
from studies.augmentation.nearest_neighbours import neighbour_measures
from studies.augmentation.physical_checks import (
    explained_share,
    linear_departure,
    linear_fit,
    negative_share,
    roughness,
)
from studies.augmentation.settings import Settings
from studies.augmentation.simulated_set import simulate_set
from studies.augmentation.spectral_set import SpectralSet, read_set
from studies.augmentation.two_sample_test import two_sample_test
from studies.augmentation.units import MODULES, study_compute
from studies.stage_files import write_arrays

# beside those of the units; the digest follows imports of `models` from these
OWN_MODULES = (
    "nearest_neighbours",
    "physical_checks",
    "quality",
    "simulated_set",
    "two_sample_test",
)
# points in a picture of principal scores
SCORED = 300
# noise-free spectra that say where the simulated set is linear
LINEARITY_SPECTRA = 400
MEASURE = "measure:"


def run(settings: Settings) -> None:
    """Write measures of each set and augmentation, and curves for the page.

    Raises
    ------
    EgaError
        Stage prepare has not run.
    """
    compute = study_compute(settings)
    # a part for each worker: what all of them look at is made once a part
    tasks = [
        (data_set, settings.quality.augmentations[part :: compute.workers])
        for data_set in settings.data.sets
        for part in range(compute.workers)
    ]
    task = partial(_look_at, settings=settings)
    looks: dict[tuple[str, str], dict[str, np.ndarray]] = {}
    pictures: dict[str, dict[str, np.ndarray]] = {}
    for data_set, found, real in fan_out(compute, "quality", task, tasks):
        looks |= {(data_set, name): values for name, values in found.items()}
        pictures.setdefault(data_set, real)
    rows: list[dict[str, object]] = []
    for data_set, name in product(settings.data.sets, settings.quality.augmentations):
        for key, values in looks[data_set, name].items():
            if key.startswith(MEASURE):
                rows.append(
                    {
                        "data_set": data_set,
                        "augmentation": name,
                        "measure": key.removeprefix(MEASURE),
                        "value": float(values),
                    }
                )
            else:
                pictures[data_set][f"{name}:{key}"] = values
    for data_set, arrays in pictures.items():
        write_arrays(paths.pictures_file(data_set), arrays)
    write_csv(paths.QUALITY, pl.DataFrame(rows))


def _look_at(
    task: tuple[str, tuple[str, ...]], settings: Settings
) -> tuple[str, dict[str, dict[str, np.ndarray]], dict[str, np.ndarray]]:
    """Return the set, measures and curves of augmentations, and of real spectra."""
    # results must not depend on the number of threads
    torch.set_num_threads(1)
    data_set, names = task
    look = _Look(data_set, settings)
    return data_set, {name: look.at(name) for name in names}, look.real_curves()


class _Look:
    """Real spectra of one set, and generated ones beside them."""

    def __init__(self, data_set: str, settings: Settings) -> None:
        self._settings = settings
        self._set = read_set(paths.set_file(data_set))
        relevant = [
            settings.seed,
            settings.networks.model_dump(mode="json"),
            settings.classical.model_dump(mode="json"),
            settings.compare.folds,
            settings.compare.least_rows,
            settings.quality.model_dump(mode="json", exclude={"augmentations"}),
        ]
        modules = [f"../studies/{paths.NAME}/{name}" for name in OWN_MODULES]
        self._cache = UnitCache(
            f"{paths.NAME}/quality_{data_set}",
            [paths.set_file(data_set)],
            relevant,
            (*MODULES, *modules),
        )
        name = CaseName("compare", data_set, settings.quality.percent, 0)
        # the training spectra of one fold are enough to look at
        self._case = Case(name, self._set, settings, first=1)
        self._rows = self._case.folds[0].rows
        self._real = self._rows.absorbance(self._rows.spectra)
        _, _, axes = np.linalg.svd(
            self._real - self._rows.channel_means, full_matrices=False
        )
        self._axes = axes[:2].T

    def real_curves(self) -> dict[str, np.ndarray]:
        """Return what the page draws of the real spectra."""
        rng = generator(self._settings.seed, "quality", "real")
        drawn = rng.permutation(len(self._real))[: self._settings.quality.drawn]
        return {
            "wavelength_nm": self._set.wavelength_nm,
            **self._curves(self._real, self._real[drawn]),
        }

    def at(self, name: str) -> dict[str, np.ndarray]:
        """Return measures and curves of an augmentation."""
        unit = f"{name}_{AUGMENTATIONS[name].digest()}"
        found = self._cache.load(unit)
        if found is None:
            found = self._measured(name)
            self._cache.save(unit, found)
        return found

    def _measured(self, name: str) -> dict[str, np.ndarray]:
        ((standardised, labels),) = self._case.generate(AUGMENTATIONS[name])
        made = self._rows.absorbance(standardised)
        whole = ~np.isnan(labels).any(axis=1)
        made_labels = labels[whole].astype(np.float64)
        filled = self._case.folds[0].filled()
        spread = standardised.std(axis=0)
        seed = integer(self._settings.seed, "two-sample test", name)
        test = two_sample_test(self._rows.spectra, standardised, seed)
        measures = {
            "mean_offset": float(np.median(np.abs(standardised.mean(axis=0)))),
            "spread_low": float(np.quantile(spread, 0.05)),
            "spread": float(np.median(spread)),
            "spread_high": float(np.quantile(spread, 0.95)),
            "area": test.area,
            "area_low": test.low,
            "area_high": test.high,
            **neighbour_measures(
                self._rows.spectra,
                filled,
                standardised,
                standardised[whole],
                made_labels,
            ),
            **self._physical(made, made[whole], made_labels, filled),
        }
        return {
            f"{MEASURE}{key}": np.array(value) for key, value in measures.items()
        } | self._curves(made, made[: self._settings.quality.drawn])

    def _physical(
        self,
        made: np.ndarray,
        labelled: np.ndarray,
        labels: np.ndarray,
        filled: np.ndarray,
    ) -> dict[str, float]:
        channels = linear_channels(self._set, self._settings)
        measures = {
            "negative_real": negative_share(self._real),
            "negative_made": negative_share(made),
            "roughness": roughness(made) / max(roughness(self._real), 1e-30),
            "linear_channels": float(channels.sum()),
        }
        if channels.any():
            real = self._real[:, channels]
            fit = linear_fit(real, filled)
            of_real = linear_departure(real, filled, fit)
            of_made = linear_departure(labelled[:, channels], labels, fit)
            measures["linear_departure"] = of_made / max(of_real, 1e-30)
        return measures

    def _curves(self, spectra: np.ndarray, drawn: np.ndarray) -> dict[str, np.ndarray]:
        scores = (spectra - self._rows.channel_means) @ self._axes
        return {
            "mean": spectra.mean(axis=0),
            "deviation": spectra.std(axis=0),
            "spectra": drawn,
            "scores": scores[:SCORED],
        }


def linear_channels(spectra: SpectralSet, settings: Settings) -> np.ndarray:
    """Return the channels (n_channels,) at which linearity is checked.

    Of the simulated set, those whose noise-free absorbance is linear in concentrations;
    of real sets all, since nobody knows.
    """
    if spectra.name != "simulated":
        return np.ones(len(spectra.wavelength_nm), dtype=bool)
    rng = generator(settings.seed, "linearity")
    clean = simulate_set(
        LINEARITY_SPECTRA, len(spectra.wavelength_nm), rng, noise=False
    )
    share = explained_share(clean.absorbance.astype(np.float64), clean.concentrations)
    return share >= settings.quality.least_linear
