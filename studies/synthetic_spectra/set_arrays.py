"""The spectra of a data set as networks read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.seeds import integer
from studies.stage_files import missing
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.extras import Extras, network_inputs
from studies.synthetic_spectra.generate import spectra_of
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.sparse_spectra import SparseSpectra
from studies.synthetic_spectra.spectrum_classes import SpectrumClasses, read_classes


@dataclass(frozen=True)
class Part:
    """Spectra of training, validation or test.

    Attributes
    ----------
    inputs : (n, points) float32
        Maximum 1 (or all zero).
    labels : (n,) int64
    peaks : SparseSpectra
        The peaks behind the inputs, before strain.
    """

    inputs: np.ndarray
    labels: np.ndarray
    peaks: SparseSpectra


def load_classes(name: str, settings: Settings) -> SpectrumClasses:
    """Return the classes that stage generate wrote, on the axis of the settings.

    Raises
    ------
    EgaError
        Stage generate has not run.
    """
    path = paths.classes_file(name)
    if not path.exists():
        raise missing(path, f"{paths.NAME} generate")
    return read_classes(path).on_axis(settings.extras.points)


def load_part(name: str, part: str, settings: Settings) -> Part:
    """Return one part of a data set; `part` is train, validation or test."""
    return parts(name, settings, (part,))[part]


def parts(name: str, settings: Settings, wanted: tuple[str, ...]) -> dict[str, Part]:
    """Return the wanted parts of a data set."""
    classes = load_classes(name, settings)
    spectra = spectra_of(name, classes, settings.generate)
    chosen = settings.extras.model_dump(exclude={"points"})
    return {
        part: Part(
            network_inputs(
                spectra[part], Extras(**chosen), integer(settings.seed, name, part)
            ),
            spectra[part].labels,
            spectra[part],
        )
        for part in wanted
    }
