"""Stage prepare: files -> spectra of all sources on one wavenumber grid."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from models.axis_search import recover_axis
from models.instrument_alignment import find_shift
from models.slope_features import features, local_shifts
from models.spectrum_resampling import resample, shifted
from models.spectrum_spikes import find_spikes, without_spikes
from models.spectrum_steps import SpectrumScaling
from pipeline.atomic import replacing, write_json
from pipeline.errors import EgaError
from studies.raman_transfer import paths, simulate
from studies.raman_transfer.instrument_file import (
    InstrumentSpectra,
    read_instrument,
    without_medium,
)
from studies.raman_transfer.plate_file import SATURATION, PlateSpectra, read_plate
from studies.raman_transfer.prepared import (
    LABELLED_PLATE,
    UNLABELLED_PLATES,
    Prepared,
)
from studies.raman_transfer.settings import PrepareSettings, Settings

_WATER_END_PER_CENTIMETRE = 1900.0


def run(settings: Settings) -> None:
    """Write the spectra and what is to be known of files, shifts and axis.

    Raises
    ------
    EgaError
        A file is wrong, an axis does not cover the grid, or none fits the plate.
    """
    root = settings.data.root
    if not settings.data.folder and not root.exists():
        simulate.run(settings)
    instruments = [
        read_instrument(root / f"{name}.csv") for name in settings.data.instruments
    ]
    plates = [
        read_plate(root / f"{n}.csv") for n in (LABELLED_PLATE, *UNLABELLED_PLATES)
    ]
    if plates[0].concentrations is None:
        raise EgaError(
            f"{root / LABELLED_PLATE}.csv: got no table of concentrations; expected "
            "one beside the spectra. Cure: export the sheet with its table"
        )
    prepared, facts = prepare(instruments, plates, settings.prepare)
    with replacing(paths.SPECTRA) as path, path.open("w+b") as file:
        np.savez(file, allow_pickle=False, **prepared.arrays())
    write_json(paths.FACTS, facts | {"simulated": not settings.data.folder})


def prepare(
    instruments: list[InstrumentSpectra],
    plates: list[PlateSpectra],
    settings: PrepareSettings,
) -> tuple[Prepared, dict[str, object]]:
    """Return the spectra and facts for the report; labels are only carried along."""
    if not settings.keep_medium:
        instruments = [without_medium(source) for source in instruments]
    spacing = settings.spacing_per_centimetre
    n_steps = round(
        (settings.to_per_centimetre - settings.from_per_centimetre) / spacing
    )
    grid = settings.from_per_centimetre + spacing * np.arange(n_steps + 1)
    notes = {s.name: list(s.notes) for s in instruments}
    notes |= {p.name: list(p.notes) for p in plates}
    # the bending mode of water, at 1640 cm-1, helps to find axes and shifts
    last = min(_WATER_END_PER_CENTIMETRE, *(s.wavenumber[-1] for s in instruments))
    wide = grid[0] + spacing * np.arange(int((max(last, grid[-1]) - grid[0]) / spacing))
    wide = wide if len(wide) > len(grid) else grid
    on_grid = []
    for source in instruments:
        spikes = find_spikes(source.spectra, settings.spike_threshold)
        notes[source.name].append(f"{spikes.sum()} cosmic spikes mended")
        try:
            clean = without_spikes(source.spectra, spikes)
            on_grid.append(resample(clean, source.wavenumber, wide))
        except ValueError as error:
            raise EgaError(f"{source.name}.csv: {error}. Cure: another grid") from error
    shifts = _alignment(on_grid, settings.alignment_per_centimetre / spacing)
    aligned = [
        shifted(spectra, np.full(len(spectra), shift))
        for spectra, shift in zip(on_grid, shifts, strict=True)
    ]
    for source, shift in zip(instruments, shifts, strict=True):
        notes[source.name].append(f"moved by {shift * spacing:+.2f} cm-1")
    rows = [plate.counts.reshape(-1, plate.counts.shape[2]) for plate in plates]
    counts = np.concatenate(rows)
    spikes = find_spikes(counts, settings.spike_threshold)
    # next to the laser line everything changes
    spikes &= (counts < SATURATION).all(axis=0)
    counts = without_spikes(counts, spikes)
    for plate, part in zip(
        plates, np.split(spikes, np.cumsum([len(r) for r in rows])[:-1]), strict=True
    ):
        notes[plate.name].append(f"{part.sum()} cosmic spikes mended")
    try:
        axis = recover_axis(counts, SATURATION, aligned, wide)
    except ValueError as error:
        raise EgaError(
            f"plate axis: {error}. Cure: check that the files are those of the plate "
            "reader, or choose a smaller grid"
        ) from error
    wavenumber = axis.wavenumber(counts.shape[1])
    inside = slice(int(axis.zero_pixel) + 2, None)
    plate_grid = resample(counts[:, inside], wavenumber[inside], wide)
    wanted = np.mean([features(spectra) for spectra in aligned], axis=0)
    found = features(plate_grid)
    facts: dict[str, object] = {
        "notes": notes,
        "raw": {s.name: _raw_curve(s.wavenumber, s.spectra) for s in instruments}
        | {plates[0].name: _raw_curve(wavenumber[inside], rows[0][:, inside])},
        "shifts_per_centimetre": {
            source.name: shift * spacing
            for source, shift in zip(instruments, shifts, strict=True)
        },
        "axis": asdict(axis),
        "axis_curves": {
            "reference": wanted.round(4).tolist(),
            "plate": found.round(4).tolist(),
            "grid_per_centimetre": wide.tolist(),
        },
        "axis_local_shifts": {
            "mean": local_shifts(wanted[0], found[0], spacing).tolist(),
            "deviation": local_shifts(wanted[1], found[1], spacing).tolist(),
        },
    }
    spectra = SpectrumScaling("mean").fit_transform(
        np.concatenate([*aligned, plate_grid])[:, : len(grid)]
    )
    return _joined(instruments, plates, grid, spectra, counts, wavenumber), facts


def _raw_curve(wavenumber: np.ndarray, spectra: np.ndarray) -> dict[str, list[float]]:
    """Return the median spectrum as the file has it, divided by its maximum."""
    shown = wavenumber <= _WATER_END_PER_CENTIMETRE
    median = np.median(spectra[:, shown], axis=0)
    share = median / max(float(np.abs(median).max()), 1e-12)
    return {
        "per_centimetre": wavenumber[shown].round(2).tolist(),
        "share": share.round(4).tolist(),
    }


def _alignment(on_grid: list[np.ndarray], widest: float) -> list[float]:
    """Return a shift per instrument: to the mean of the others, half the way."""
    own = [features(spectra) for spectra in on_grid]
    shifts = []
    for number, spectra in enumerate(on_grid):
        others = np.mean([f for n, f in enumerate(own) if n != number], axis=0)
        # all move at once: the whole way would let two instruments change places
        shifts.append(find_shift(spectra, others, widest) / 2)
    return shifts


def _joined(
    instruments: list[InstrumentSpectra],
    plates: list[PlateSpectra],
    grid: np.ndarray,
    spectra: np.ndarray,
    counts: np.ndarray,
    wavenumber: np.ndarray,
) -> Prepared:
    names = [s.name for s in instruments] + [p.name for p in plates]
    targets = [source.concentrations for source in instruments]
    _, groups = np.unique(np.concatenate(targets), axis=0, return_inverse=True)
    group = [groups.reshape(-1)]
    sizes = [len(source.concentrations) for source in instruments]
    for number, plate in enumerate(plates, start=1):
        truth = plate.concentrations
        if truth is None:
            truth = np.full((len(plate.samples), 3), np.nan)
        targets.append(np.repeat(truth, 2, axis=0))
        group.append(np.repeat(10_000 * number + plate.positions, 2))
        sizes.append(2 * len(plate.samples))
    return Prepared(
        np.array(names),
        grid,
        spectra,
        np.concatenate(targets),
        np.repeat(np.arange(len(names)), sizes),
        np.concatenate(group),
        counts,
        wavenumber,
    )
