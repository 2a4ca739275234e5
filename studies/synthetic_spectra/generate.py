"""Stage generate: the class files, checked, and digests of the spectra that follow."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from pipeline.atomic import replacing_folder, write_json, write_text
from pipeline.errors import EgaError
from pipeline.parallel import with_progress
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.designed_spectra import designed
from studies.synthetic_spectra.published_sets import Variation, draw_sets
from studies.synthetic_spectra.settings import GenerateSettings, Settings
from studies.synthetic_spectra.sparse_spectra import SparseSpectra
from studies.synthetic_spectra.spectrum_classes import (
    SpectrumClasses,
    read_classes,
    simulate_classes,
)

FILES = {"challenge": "challenge.json", "general": "benchmark.json"}
# which test spectra a set has, see `designed_spectra`
DESIGNS = {"challenge": "challenge", "general": "general", "simulated": "wide"}
# in the challenge set, as in the embedded one, the largest peak stays
KEEPS_LARGEST = {"challenge": True, "general": False, "simulated": True}
CHALLENGE_CLASSES = 27
PARTS = ("train", "validation", "test")


def run(settings: Settings) -> None:
    """Write a class file of each data set, and the sha256 of its spectra.

    Raises
    ------
    EgaError
        A class file is missing or wrong.
    """
    digests = {}
    with replacing_folder(paths.SETS) as folder:
        sets = settings.generate.sets
        for name in with_progress("generate", sets, len(sets)):
            write_classes(folder / f"{name}.json", classes_of(name, settings))
            # from the file, as later stages will
            classes = read_classes(folder / f"{name}.json")
            parts = spectra_of(name, classes, settings.generate)
            digests[name] = {
                part: {"spectra": len(spectra), "sha256": digest(spectra)}
                for part, spectra in parts.items()
            }
        write_json(folder / "digests.json", digests)


def classes_of(name: str, settings: Settings) -> SpectrumClasses:
    """Read or simulate the classes of a data set.

    Raises
    ------
    EgaError
        The class file is missing or wrong, or not that of the challenge set.
    """
    if name == "simulated":
        generate = settings.generate
        return simulate_classes(generate.simulated_classes, generate.stream_seed)
    path = settings.data.folder / FILES[name]
    classes = read_classes(path)
    if name == "challenge" and len(classes) != CHALLENGE_CLASSES:
        raise EgaError(
            f"{path}: got {len(classes)} classes; expected {CHALLENGE_CLASSES}, since "
            "the test spectra of the challenge set are laid down class by class"
        )
    return classes


def spectra_of(
    name: str, classes: SpectrumClasses, generate: GenerateSettings
) -> dict[str, SparseSpectra]:
    """Return the spectra of a data set: a part's name -> spectra, see `PARTS`."""
    drawn = draw_sets(
        classes,
        variation_of(name, generate),
        n_train=generate.train_spectra,
        n_validation=generate.validation_spectra,
        seed=generate.stream_seed,
    )
    test = designed(classes, DESIGNS[name])
    return dict(zip(PARTS, (drawn.train, drawn.validation, test), strict=True))


def variation_of(name: str, generate: GenerateSettings) -> Variation:
    """Return how far the spectra of a data set differ from their classes."""
    return Variation(
        generate.shift_points,
        generate.height,
        generate.width_low_points,
        generate.width_high_points,
        KEEPS_LARGEST[name],
    )


def digest(spectra: SparseSpectra) -> str:
    """Return the sha256 of the curves' bytes: float64, row after row."""
    sha = hashlib.sha256()
    for start in range(0, len(spectra), 500):
        part = spectra.rows(start, min(start + 500, len(spectra)))
        sha.update(np.ascontiguousarray(part.curves()).data)
    return sha.hexdigest()


def write_classes(path: Path, classes: SpectrumClasses) -> None:
    """Write what `read_classes` reads.

    The classes stay in their order, which decides the draws: sorted keys would put
    class 10 before class 2.
    """
    spectra = {}
    for number in range(len(classes)):
        positions, heights = classes.peaks(number)
        spectra[str(number)] = {
            "peak_positions": positions.tolist(),
            "peak_heights": heights.tolist(),
        }
    content = {"datapoints": classes.points, "spectra": spectra}
    write_text(path, json.dumps(content) + "\n")
