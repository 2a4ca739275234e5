"""Files of instruments: a spectrum a row, wavenumbers in the header, labels last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studies.raman_transfer.csv_rows import fault, number, read_rows

LABELS = ("glucose", "Na_acetate", "Mg_SO4")
FURTHER = ("MSM_present", "fold_idx")
_FEWEST_POINTS = 20


@dataclass(frozen=True)
class InstrumentSpectra:
    """One file.

    Attributes
    ----------
    name : str
    wavenumber : (n_points,) cm-1, ascending
    spectra : (n_spectra, n_points), counts or any linear unit
    concentrations : (n_spectra, 3) g/L
        Glucose, sodium acetate, magnesium sulfate.
    groups : (n_spectra,) int
        Spectra of the same three concentrations share a number.
    folds : (n_spectra,) int
        The publishers' folds.
    medium : (n_spectra,) bool
        The solution holds mineral salt medium.
    notes : list of str
        What a reader should know of the file.
    """

    name: str
    wavenumber: np.ndarray
    spectra: np.ndarray
    concentrations: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    medium: np.ndarray
    notes: list[str]


def read_instrument(path: Path) -> InstrumentSpectra:
    """Read a file.

    Raises
    ------
    EgaError
        Columns are missing, wavenumbers do not ascend, a row has another length, or a
        cell is no number: file, line, field, got, expected and cure are told.
    """
    header, *rows = read_rows(path)
    last = (*LABELS, *FURTHER)
    if tuple(cell.strip() for cell in header[-len(last) :]) != last:
        fault(
            path,
            1,
            "last columns",
            ", ".join(header[-len(last) :])[:120],
            ", ".join(last),
            "name and order the columns of the labels so",
        )
    wavenumber = np.array(
        [number(cell, path, 1, "wavenumber") for cell in header[: -len(last)]]
    )
    _check_axis(path, wavenumber)
    if not rows:
        fault(path, 2, "spectra", "none", "a spectrum a row", "export it again")
    table = np.empty((len(rows), len(header)))
    for place, row in enumerate(rows):
        line = place + 2
        if len(row) != len(header):
            fault(
                path,
                line,
                "row",
                f"{len(row)} cells",
                f"{len(header)}, as in the header",
                "export the row again or drop it",
            )
        table[place] = [
            number(cell, path, line, name)
            for cell, name in zip(row, header, strict=True)
        ]
    n = len(wavenumber)
    concentrations = table[:, n : n + 3]
    if (concentrations < 0).any():
        place, column = np.argwhere(concentrations < 0)[0]
        fault(
            path,
            int(place) + 2,
            LABELS[column],
            f"{concentrations[place, column]:g}",
            "0 g/L or more",
            "mend the label",
        )
    _, groups = np.unique(concentrations, axis=0, return_inverse=True)
    medium = table[:, n + 3] > 0
    spacing = np.diff(wavenumber)
    notes = [
        f"{len(rows)} spectra of {groups.max() + 1} solutions, "
        f"{wavenumber[0]:g} to {wavenumber[-1]:g} cm-1, "
        f"{spacing.min():.2f} to {spacing.max():.2f} cm-1 a point"
    ]
    if medium.any():
        notes.append(f"{medium.sum()} spectra with mineral salt medium")
    return InstrumentSpectra(
        path.stem,
        wavenumber,
        table[:, :n],
        concentrations,
        groups.reshape(-1),
        table[:, n + 4].astype(int),
        medium,
        notes,
    )


def without_medium(source: InstrumentSpectra) -> InstrumentSpectra:
    """Return the spectra of solutions without mineral salt medium.

    Its ammonium sulfate has the band of magnesium sulfate, but is not in the label.
    """
    kept = ~source.medium
    if kept.all():
        return source
    note = f"{(~kept).sum()} of them left out: the sulfate of the medium has no label"
    return replace(
        source,
        spectra=source.spectra[kept],
        concentrations=source.concentrations[kept],
        groups=source.groups[kept],
        folds=source.folds[kept],
        medium=source.medium[kept],
        notes=[*source.notes, note],
    )


def _check_axis(path: Path, wavenumber: np.ndarray) -> None:
    if len(wavenumber) < _FEWEST_POINTS:
        fault(
            path,
            1,
            "wavenumbers",
            f"{len(wavenumber)} columns",
            f"at least {_FEWEST_POINTS} before the labels",
            "is this an instrument file?",
        )
    falls = np.flatnonzero(np.diff(wavenumber) <= 0)
    if len(falls):
        place = int(falls[0])
        fault(
            path,
            1,
            "wavenumbers",
            f"{wavenumber[place + 1]:g} after {wavenumber[place]:g}",
            "ascending values in cm-1",
            "sort the columns",
        )
