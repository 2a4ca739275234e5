"""What stage prepare hands on: spectra on one grid, and the plate's own counts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from pipeline.errors import EgaError
from studies.raman_transfer import paths

LABELLED_PLATE = "transfer_plate"
UNLABELLED_PLATES = ("heldout_samples", "96_samples")


@dataclass(frozen=True)
class Prepared:
    """All spectra; replicates are rows of their own.

    Attributes
    ----------
    names : (n_sources,) str
        Instruments, then the labelled plate, then the unlabelled ones.
    grid_per_centimetre : (n_grid,)
    spectra : (n_spectra, n_grid)
        Without spikes, aligned, each divided by its mean.
    concentrations : (n_spectra, 3) g/L, NaN where unknown
    source : (n_spectra,) int
        Index into `names`.
    group : (n_spectra,) int
        Solution of an instrument's spectrum (the same number for the same solution on
        another instrument), or number of a plate sample; plates count from 10,000,
        20,000 and 30,000, so that no number means two things.
    counts : (n_plate_spectra, n_pixels)
        The plate rows of `spectra`, in their order, as counted, without spikes.
    plate_wavenumber : (n_pixels,) cm-1
    """

    names: np.ndarray
    grid_per_centimetre: np.ndarray
    spectra: np.ndarray
    concentrations: np.ndarray
    source: np.ndarray
    group: np.ndarray
    counts: np.ndarray
    plate_wavenumber: np.ndarray

    @property
    def instruments(self) -> list[str]:
        """Return the names of the instruments."""
        return [str(n) for n in self.names if n not in _PLATES]

    @property
    def instrument(self) -> np.ndarray:
        """Return the number of each spectrum's instrument; plates share the last."""
        numbers: np.ndarray = np.minimum(self.source, len(self.instruments))
        return numbers

    def rows(self, *names: str) -> np.ndarray:
        """Return the rows of some sources."""
        wanted = [int(np.flatnonzero(self.names == name)[0]) for name in names]
        return np.flatnonzero(np.isin(self.source, wanted))

    def plate_counts(self, name: str) -> np.ndarray:
        """Return the mean counts of a plate's samples, (n_samples, n_pixels)."""
        first = int(self.rows(*_PLATES)[0])
        counts = self.counts[self.rows(name) - first]
        mean: np.ndarray = counts.reshape(len(counts) // 2, 2, -1).mean(axis=1)
        return mean

    def plate_positions(self, name: str) -> np.ndarray:
        """Return the number of each sample on its plate, (n_samples,)."""
        positions: np.ndarray = self.group[self.rows(name)][::2] % 10_000
        return positions

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is stored."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


_PLATES = (LABELLED_PLATE, *UNLABELLED_PLATES)


def load_prepared(path: Path = paths.SPECTRA) -> Prepared:
    """Read the spectra.

    Raises
    ------
    EgaError
        Stage prepare has not run.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return Prepared(**dict(stored))
    except (OSError, ValueError, TypeError, EOFError) as error:
        raise EgaError(
            f"{path}: missing or damaged; expected the spectra of stage prepare. "
            "Cure: python -m studies.raman_transfer prepare"
        ) from error
