"""Stage simulate: the embedded data set, in the layouts and with the oddities."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from models.detector_axis import DetectorAxis
from pipeline.atomic import replacing_folder
from pipeline.seeds import generator
from studies.raman_transfer import paths
from studies.raman_transfer.instrument_file import FURTHER, LABELS
from studies.raman_transfer.plate_file import N_PIXELS, SATURATION
from studies.raman_transfer.plate_table import TABLE_HEAD
from studies.raman_transfer.settings import Settings
from studies.raman_transfer.simulated_spectra import (
    INSTRUMENTS,
    Instrument,
    draw_concentrations,
    measure,
)

TRUE_AXIS = DetectorAxis(785.0, 11.5, 0.148, -1.2e-6)
_HEAD = ("Glucose (g/L)", "Sodium Acetate (g/L)", "Magnesium Acetate (g/L)")
_FOLDS = 5


def run(settings: Settings) -> None:
    """Write artifacts/raman_transfer/simulate: instrument files and three plates."""
    with replacing_folder(paths.SIMULATED) as folder:
        write_data_set(
            folder,
            settings.simulate.solutions,
            settings.simulate.replicates,
            settings.simulate.plate_samples,
            settings.seed,
        )


def write_data_set(
    folder: Path, solutions: int, replicates: int, plate_samples: int, seed: int
) -> dict[str, np.ndarray]:
    """Write all files; return the concentrations of each plate file, (n, 3) g/L."""
    shared = draw_concentrations(solutions, generator(seed, "solutions"))
    for name, instrument in INSTRUMENTS.items():
        rng = generator(seed, "instrument", name)
        own = name == "timegate"
        triples = draw_concentrations(2 * solutions, rng) if own else shared
        number = np.repeat(np.arange(len(triples)), 1 if own else replicates)
        spectra = measure(triples[number], instrument, rng)
        # a cosmic ray
        spectra[0, len(instrument.wavenumber) // 3] *= 4
        _write_instrument(folder / f"{name}.csv", instrument, spectra, triples, number)
    truth = {}
    labels = generator(seed, "plate", "order").permutation(2 * plate_samples) + 1
    for name, numbers in (
        ("transfer_plate", labels[:plate_samples]),
        ("heldout_samples", labels[plate_samples:]),
        ("96_samples", np.arange(1, plate_samples + 1)),
    ):
        rng = generator(seed, "plate", name)
        truth[name] = draw_concentrations(plate_samples, rng)
        names = [f"sample{number}" for number in np.sort(numbers)]
        _write_plate(folder / f"{name}.csv", names, truth[name], rng)
    return truth


def _write_instrument(
    path: Path,
    instrument: Instrument,
    spectra: np.ndarray,
    triples: np.ndarray,
    number: np.ndarray,
) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*instrument.wavenumber.round(6).tolist(), *LABELS, *FURTHER])
        for spectrum, solution in zip(spectra, number, strict=True):
            cells = [f"{value:.6g}" for value in spectrum]
            labels = [f"{value:.6g}" for value in triples[solution]]
            writer.writerow([*cells, *labels, "0.0", int(solution) % _FOLDS])


def _write_plate(
    path: Path, names: list[str], truth: np.ndarray, rng: np.random.Generator
) -> None:
    labelled = path.stem == "transfer_plate"
    wavenumber = TRUE_AXIS.wavenumber(N_PIXELS)
    reader = Instrument(wavenumber, 5.0, 0.0, 300.0, 3.0, 0.06)
    spectra = measure(np.repeat(truth, 2, axis=0), reader, rng) + 1000
    # the laser line and its wing
    laser = np.exp(-0.5 * (wavenumber / 12) ** 2) * 4e5
    counts = np.clip(np.round(spectra + laser), 0, SATURATION).astype(int)
    table = iter(zip(names, truth, strict=True))
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        if labelled:
            writer.writerow([""] * (N_PIXELS + 1) + [TABLE_HEAD, *_HEAD])
        for place, row in enumerate(counts):
            # some names carry a blank
            name = "" if place % 2 else names[place // 2] + " " * (place % 4 == 0)
            cells = [str(value) for value in row]
            if path.stem != "96_samples":
                cells = [f"[{cells[0]}", *cells[1:-1], f" {cells[-1]}]"]
            beside: list[object] = []
            if labelled:
                sample, values = next(table, ("", ()))
                beside = [sample, *values] if sample else [""] * 4
            writer.writerow([name, *cells, *beside])
