"""A set of spectra with concentrations, and its file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from pipeline.atomic import write_bytes
from pipeline.errors import EgaError


@dataclass(frozen=True)
class SpectralSet:
    """Absorption spectra of mixtures.

    Attributes
    ----------
    name : str
    wavelength_nm : (n_channels,) float64
    absorbance : (n_spectra, n_channels) float32
    concentrations : (n_spectra, n_analytes) float64
        Or other properties; NaN where there is no value.
    analytes, units : tuple of str
    groups : (n_spectra,) int
        Spectra of one sample have one number; folds keep them together.
    """

    name: str
    wavelength_nm: np.ndarray
    absorbance: np.ndarray
    concentrations: np.ndarray
    analytes: tuple[str, ...]
    units: tuple[str, ...]
    groups: np.ndarray

    def __len__(self) -> int:
        """Return the number of spectra."""
        return len(self.absorbance)


def write_set(path: Path, spectra: SpectralSet) -> None:
    """Write a set as .npz, without pickle, whole or not at all."""
    content = io.BytesIO()
    np.savez(
        content,
        allow_pickle=False,
        wavelength_nm=spectra.wavelength_nm,
        absorbance=spectra.absorbance,
        concentrations=spectra.concentrations,
        analytes=np.array(spectra.analytes),
        units=np.array(spectra.units),
        groups=spectra.groups,
    )
    write_bytes(path, content.getvalue())


def read_set(path: Path) -> SpectralSet:
    """Read a set; its name is that of the file.

    Raises
    ------
    EgaError
        The file is missing or damaged.
    """
    try:
        content = io.BytesIO(path.read_bytes())
        with np.load(content, allow_pickle=False) as stored:
            return SpectralSet(
                path.stem,
                stored["wavelength_nm"],
                stored["absorbance"],
                stored["concentrations"],
                tuple(map(str, stored["analytes"])),
                tuple(map(str, stored["units"])),
                stored["groups"],
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise EgaError(
            f"{path}: missing or damaged; expected what stage prepare writes. Cure: "
            "python -m studies.augmentation prepare"
        ) from error
