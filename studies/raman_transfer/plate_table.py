"""The table of concentrations beside the labelled plate's counts.

It has a row per sample where the counts have two, so that its rows belong to other
samples than the counts beside them: both are joined by name.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studies.raman_transfer.csv_rows import fault, number

TABLE_HEAD = "Analyte concentration"
# what each column of the table may be headed, and what it holds
_GLUCOSE, _ACETATE = {"glucose"}, {"sodium acetate"}
_SULFATE = {"magnesium sulfate", "magnesium sulphate", "magnesium acetate"}
_MIS_HEADED = "magnesium acetate"


def read_table(
    path: Path,
    head: list[str],
    rows: list[list[str]],
    names: list[str],
    notes: list[str],
) -> np.ndarray:
    """Return the concentrations of `names`, (n_samples, 3) g/L; tell oddities in notes.

    Parameters
    ----------
    head, rows : list of str, list of list of str
        The header row, and all rows below it.
    names : list of str
        Samples in the order of their spectra.
    notes : list of str
        What is odd is added to it.

    Raises
    ------
    EgaError
        The head names other analytes, a cell is no number, or table and spectra differ
        in their samples.
    """
    start = next(i for i, cell in enumerate(head) if TABLE_HEAD in cell)
    columns = [c.replace("(g/L)", "").strip().lower() for c in head[start + 1 :]][:3]
    known = (_GLUCOSE, _ACETATE, _SULFATE)
    if len(columns) < 3 or any(
        name not in names for name, names in zip(columns, known, strict=True)
    ):
        fault(
            path,
            1,
            "table of concentrations",
            ", ".join(columns) or "no columns",
            "glucose, sodium acetate, magnesium sulfate",
            "head the columns so, in g/L",
        )
    if columns[2] == _MIS_HEADED:
        notes.append('column "Magnesium Acetate" read as magnesium sulfate')
    found: dict[str, list[float]] = {}
    for place, row in enumerate(rows):
        cells = [cell.strip() for cell in row[start : start + 4]]
        if not any(cells):
            continue
        line = place + 2
        if len(cells) < 4 or cells[0] in found:
            got = f"{len(cells)} cells" if len(cells) < 4 else f"{cells[0]} again"
            cure = "mend the row"
            fault(path, line, "table", got, "a sample and 3 values, once", cure)
        found[cells[0]] = [
            number(cell, path, line, name)
            for cell, name in zip(cells[1:], columns, strict=True)
        ]
    different = set(names) ^ set(found)
    if different:
        example = sorted(different)[0]
        where = "spectra" if example in names else "table"
        fault(
            path,
            None,
            "table of concentrations",
            f"{example} only in the {where} ({len(different)} such samples)",
            "the same samples as the spectra",
            "add the missing rows or drop the others",
        )
    notes.append(
        f"table of {len(found)} rows beside {len(rows)} spectra, joined by name"
    )
    return np.array([found[name] for name in names])
