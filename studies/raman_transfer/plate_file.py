"""Files of the plate reader: detector counts without axis, two rows a sample.

The labelled plate has a header row, and beside the counts a table of concentrations
with a row per sample, so that its rows do not belong to the spectra beside them.
The others have neither. Oddities of the files are undone, and told in `notes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studies.raman_transfer.csv_rows import fault, number, read_rows
from studies.raman_transfer.plate_table import TABLE_HEAD, read_table

SATURATION = 65535.0
N_PIXELS = 2048
REPLICATES = 2


@dataclass(frozen=True)
class PlateSpectra:
    """One file.

    Attributes
    ----------
    name : str
    samples : list of str
        (n_samples,), without the blanks that some files have around them.
    counts : (n_samples, 2, 2048)
        Replicates of a sample in the second axis.
    concentrations : (n_samples, 3) g/L, or None
    notes : list of str
    """

    name: str
    samples: list[str]
    counts: np.ndarray
    concentrations: np.ndarray | None
    notes: list[str]

    @property
    def positions(self) -> np.ndarray:
        """Return the number in each sample's name, its place on the plate."""
        return np.array([position(name) for name in self.samples])


def read_plate(path: Path) -> PlateSpectra:
    """Read a file, with or without table of concentrations.

    Raises
    ------
    EgaError
        A row has too few cells or no number where one should be, names do not stand on
        every second row or occur twice, or the table lacks a sample.
    """
    rows = read_rows(path)
    head = rows.pop(0) if any(TABLE_HEAD in cell for cell in rows[0]) else None
    first_line = 1 if head is None else 2
    names, notes = _names(path, rows, first_line)
    counts = np.empty((len(rows), N_PIXELS))
    brackets = 0
    for place, row in enumerate(rows):
        line = place + first_line
        if len(row) < N_PIXELS + 1:
            fault(
                path,
                line,
                "row",
                f"{len(row)} cells",
                f"a name and {N_PIXELS} counts",
                "export the row again, or drop the sample",
            )
        first, *middle, last = (cell.strip() for cell in row[1 : N_PIXELS + 1])
        brackets += first.startswith("[") or last.endswith("]")
        cells = [first.removeprefix("["), *middle, last.removesuffix("]")]
        counts[place] = [
            number(cell, path, line, f"count {column}")
            for column, cell in enumerate(cells, start=1)
        ]
        if (counts[place] < 0).any() or (counts[place] > SATURATION).any():
            bad = int(np.argmax((counts[place] < 0) | (counts[place] > SATURATION)))
            fault(
                path,
                line,
                f"count {bad + 1}",
                f"{counts[place, bad]:g}",
                f"0 to {SATURATION:g}",
                "export the row again",
            )
    if brackets:
        notes.append(f"brackets around the counts of {brackets} rows taken off")
    full = (counts >= SATURATION).sum()
    notes.append(f"{full} saturated counts ({SATURATION:g}), all kept as they are")
    notes.append("no wavenumber axis: it is recovered from the spectra")
    shaped = counts.reshape(-1, REPLICATES, N_PIXELS)
    labels = None if head is None else read_table(path, head, rows, names, notes)
    return PlateSpectra(path.stem, names, shaped, labels, notes)


def position(name: str) -> int:
    """Return the number at the end of a name.

    >>> position("sample17")
    17
    """
    return int(name.removeprefix("sample"))


def _names(
    path: Path, rows: list[list[str]], first_line: int
) -> tuple[list[str], list[str]]:
    names: list[str] = []
    padded = 0
    for place, row in enumerate(rows):
        name, line = row[0].strip(), place + first_line
        if place % REPLICATES == 0:
            if not name.removeprefix("sample").isdecimal():
                fault(
                    path,
                    line,
                    "name",
                    repr(row[0][:40]),
                    "sample and a number on the first row of each pair",
                    "write the name, or drop the row without partner",
                )
            if name in names:
                fault(
                    path,
                    line,
                    "name",
                    repr(name),
                    "each sample once",
                    "rename or drop one of the pairs",
                )
            padded += row[0] != name
            names.append(name)
        elif name not in ("", names[-1]):
            fault(
                path,
                line,
                "name",
                repr(name[:40]),
                f"none, or {names[-1]!r}: the second replicate",
                "each sample needs two rows",
            )
    if len(rows) % REPLICATES:
        fault(
            path,
            len(rows) - 1 + first_line,
            "rows",
            f"{len(rows)} spectra",
            "two of each sample",
            "drop the row without partner",
        )
    notes = [f"{len(names)} samples, named on the first of two rows each"]
    if padded:
        notes.append(f"blanks around {padded} names taken off")
    return names, notes
