"""Stage prepare: the simulated set and the real ones, in one form."""

from __future__ import annotations

from pipeline.seeds import generator
from studies.augmentation import paths
from studies.augmentation.nir_files import read_corn, read_diesel, read_tablets
from studies.augmentation.settings import Settings
from studies.augmentation.simulated_set import simulate_set
from studies.augmentation.spectral_set import SpectralSet, write_set


def run(settings: Settings) -> None:
    """Write each set of spectra.

    Raises
    ------
    EgaError
        A published file is missing or not as published.
    """
    for name in settings.data.sets:
        write_set(paths.set_file(name), load(name, settings))


def load(name: str, settings: Settings) -> SpectralSet:
    """Simulate a set or read it from data.folder."""
    data = settings.data
    if name == "simulated":
        rng = generator(settings.seed, "simulated set")
        return simulate_set(settings.simulate.spectra, settings.simulate.channels, rng)
    if name == "corn":
        return read_corn(data.folder, data.corn_instrument)
    if name == "tablets":
        return read_tablets(data.folder, data.tablet_instruments)
    return read_diesel(data.folder)
