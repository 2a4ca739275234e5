"""The three real sets: corn, tablets and diesel, as they are published.

Faults name the file, the line, what was got, what was expected, and the cure.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import EgaError, shorten
from studies.augmentation.spectral_set import SpectralSet

CURE = "copy the published file anew"
TABLET_COLUMNS = ("SampleType", "weight", "hardness", "assay")
CORN_COLUMNS = ("Moisture", "Oil", "Protein", "Starch")
DIESEL_COLUMNS = ("BP50", "CN", "D4052", "FLASH", "FREEZE", "TOTAL", "VISC")
DIESEL_UNITS = ("C", "", "g/mL", "C", "C", "%", "cSt")
# lines before the names of columns in the files of diesel
DIESEL_HEAD = 8
_LONGEST_LINE = 1_000_000


def read_corn(folder: Path, instrument: str) -> SpectralSet:
    """Read 80 samples on one of three instruments: m5, mp5 or mp6.

    Raises
    ------
    EgaError
        A file is missing or not as published.
    """
    spectra = _rows(folder / "corn" / f"{instrument}_spectra.csv")
    values = _rows(folder / "corn" / "property_values.csv")
    path = folder / "corn" / "property_values.csv"
    _expect_names(path, 1, values[0], CORN_COLUMNS)
    properties = _numbers(path, values[1:], 2)
    path = folder / "corn" / f"{instrument}_spectra.csv"
    absorbance = _numbers(path, spectra[1:], 2)
    _expect_equal(path, "spectra", len(absorbance), len(properties))
    return _set(
        "corn",
        _axis(path, 1, spectra[0]),
        absorbance,
        properties,
        CORN_COLUMNS,
        ("%",) * len(CORN_COLUMNS),
        np.arange(len(absorbance)),
    )


def read_tablets(folder: Path, instruments: Sequence[int]) -> SpectralSet:
    """Read 655 tablets on one instrument or on both; a tablet is a group.

    Raises
    ------
    EgaError
        A file is missing or not as published, or the two files differ in tablets.
    """
    head = len(TABLET_COLUMNS)
    axis: np.ndarray | None = None
    absorbances, properties = [], []
    for instrument in instruments:
        path = folder / "pharma_tablets" / f"Pharma_Instrument{instrument}.csv"
        rows = _rows(path)
        _expect_names(path, 1, rows[0][:head], TABLET_COLUMNS)
        axis = _axis(path, 1, rows[0][head:])
        numbers = _numbers(path, [row[1:] for row in rows[1:]], 2)
        properties.append(numbers[:, : head - 1])
        absorbances.append(numbers[:, head - 1 :])
        _expect_equal(path, "tablets", len(numbers), len(properties[0]))
        different = np.flatnonzero((properties[-1] != properties[0]).any(axis=1))
        if len(different):
            raise _fault(
                path,
                int(different[0]) + 2,
                f"properties {properties[-1][different[0]].tolist()}",
                "those of the same tablet on the first instrument",
            )
    if axis is None:
        raise EgaError("data.tablet_instruments: got none; expected 1, 2 or both")
    return _set(
        "tablets",
        axis,
        np.concatenate(absorbances),
        np.concatenate(properties),
        TABLET_COLUMNS[1:],
        ("mg", "kp", "mg"),
        np.tile(np.arange(len(properties[0])), len(absorbances)),
    )


def read_diesel(folder: Path) -> SpectralSet:
    """Read 784 fuels; each has some of the seven properties. A sample is a group.

    Raises
    ------
    EgaError
        A file is missing or not as published, or the two files differ in samples.
    """
    spectra_path = folder / "diesel" / "diesel_spec.csv"
    path = folder / "diesel" / "diesel_prop.csv"
    spectra, values = _rows(spectra_path), _rows(path)
    names = values[DIESEL_HEAD] if len(values) > DIESEL_HEAD else []
    _expect_names(path, DIESEL_HEAD + 1, names[2:-1], DIESEL_COLUMNS)
    first = DIESEL_HEAD + 1
    width = len(DIESEL_COLUMNS)
    properties = _numbers(
        path, [row[2 : 2 + width] for row in values[first:]], first + 1, gaps=True
    )
    axis = _axis(spectra_path, first + 1, _trimmed(spectra[first])[2:])
    measured = [_trimmed(row) for row in spectra[first + 1 :]]
    absorbance = _numbers(spectra_path, [row[2:] for row in measured], first + 2)
    _expect_equal(spectra_path, "spectra", len(absorbance), len(properties))
    for place, (left, right) in enumerate(zip(measured, values[first:], strict=True)):
        if left[1] != right[1]:
            raise _fault(
                spectra_path,
                first + 2 + place,
                f"sample {shorten(left[1])}",
                f"sample {shorten(right[1])}, as in {path.name}",
            )
    samples = np.unique([row[1] for row in measured], return_inverse=True)[1]
    return _set(
        "diesel", axis, absorbance, properties, DIESEL_COLUMNS, DIESEL_UNITS, samples
    )


def _set(
    name: str,
    axis: np.ndarray,
    absorbance: np.ndarray,
    properties: np.ndarray,
    analytes: tuple[str, ...],
    units: tuple[str, ...],
    groups: np.ndarray,
) -> SpectralSet:
    if absorbance.shape[1] != len(axis):
        raise EgaError(
            f"{name}: got {absorbance.shape[1]} values a spectrum; expected "
            f"{len(axis)}, one for each wavelength. Cure: {CURE}"
        )
    return SpectralSet(
        name, axis, absorbance.astype(np.float32), properties, analytes, units, groups
    )


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            csv.field_size_limit(_LONGEST_LINE)
            rows = list(csv.reader(file))
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise EgaError(
            f"{path}: {reason}; expected a published CSV file. Cure: point data.folder "
            "of the study's params.yaml at the folder that holds corn, pharma_tablets "
            "and diesel, or leave the set out of data.sets"
        ) from error
    if len(rows) < 2:
        raise _fault(path, 1, f"{len(rows)} lines", "names and values")
    return rows


def _numbers(
    path: Path, rows: Sequence[Sequence[str]], line: int, *, gaps: bool = False
) -> np.ndarray:
    """Return the values of rows, the first of which stands on `line`."""
    if not rows:
        raise _fault(path, line, "no rows", "one for each sample")
    width = len(rows[0])
    values = np.empty((len(rows), width))
    for place, row in enumerate(rows):
        if len(row) != width:
            raise _fault(path, line + place, f"{len(row)} values", f"{width} values")
        try:
            values[place] = [float(text) for text in row]
        except ValueError as error:
            raise _fault(path, line + place, shorten(str(error)), "numbers") from error
        wrong = np.isinf(values[place]) | (np.isnan(values[place]) & (not gaps))
        if wrong.any():
            got = row[int(np.flatnonzero(wrong)[0])]
            raise _fault(path, line + place, shorten(got), "a finite number")
    return values


def _axis(path: Path, line: int, names: Sequence[str]) -> np.ndarray:
    axis = _numbers(path, [list(names)], line)[0]
    if len(axis) < 2 or not (np.diff(axis) > 0).all():
        raise _fault(
            path, line, f"{len(axis)} wavelengths that do not grow", "growing ones (nm)"
        )
    return axis


def _trimmed(row: list[str]) -> list[str]:
    """Return a row without the empty fields at its end."""
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


def _expect_names(
    path: Path, line: int, got: Sequence[str], expected: Sequence[str]
) -> None:
    if tuple(got) != tuple(expected):
        raise _fault(path, line, shorten(list(got), 120), f"columns {list(expected)}")


def _expect_equal(path: Path, what: str, got: int, expected: int) -> None:
    if got != expected:
        raise _fault(path, got + 1, f"{got} {what}", f"{expected}")


def _fault(path: Path, line: int, got: str, expected: str) -> EgaError:
    return EgaError(
        f"{path}, line {line}: got {got}; expected {expected}. Cure: {CURE}"
    )
