"""Any instrument file -> checked rows, in blocks of a useful size."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pipeline.formats.andi_run import read_andi_run
from pipeline.formats.csv_run import read_csv_run
from pipeline.formats.mzml_run import read_mzml_run
from pipeline.formats.opening import Kind, kind_of, size_of
from pipeline.formats.reading import Reading, Rows
from pipeline.read_run import LARGEST

READERS: dict[Kind, Callable[[Reading], Iterator[Rows]]] = {
    "CSV": read_csv_run,
    "mzML": read_mzml_run,
    "ANDI-MS": read_andi_run,
}
# scans are gathered: a table of each alone would cost more than its rows
BLOCK_ROWS = 200_000
# packed files of real runs take some bytes for a row; some rows are always allowed
_ROWS_PER_BYTE, _FREE_ROWS = 2, 1_000_000
_FIELDS = ("time", "temperature", "mz", "abundance")


def read_any(reading: Reading, low: float, high: float) -> Iterator[Rows]:
    """Yield the rows of a file, all finite and between `low` and `high` celsius.

    Raises
    ------
    RunFaultError
        The file can't be used; the fault names scan or line.
    """
    gathered: list[Rows] = []
    n_rows = n_gathered = 0
    most_packed = _FREE_ROWS + _ROWS_PER_BYTE * size_of(reading)
    for rows in READERS[kind_of(reading)](reading):
        _check(reading, rows, low, high)
        n_rows += rows.time.size
        if n_rows > reading.settings.most_rows:
            raise reading.fault(
                "rows",
                f"more than {reading.settings.most_rows:,} rows",
                "a run",
                "raise formats.most_rows in params.yaml if the file is right",
            )
        if n_rows > most_packed:
            raise reading.fault(
                "rows",
                f"more than {most_packed:,} rows, too many for its size",
                "a run",
                "do not trust the file; export the run again",
            )
        gathered.append(rows)
        n_gathered += rows.time.size
        if n_gathered >= BLOCK_ROWS:
            yield _joined(gathered)
            gathered, n_gathered = [], 0
    if gathered:
        yield _joined(gathered)


def _joined(blocks: list[Rows]) -> Rows:
    return Rows(
        *(
            np.concatenate([getattr(block, name) for block in blocks])
            for name in (*_FIELDS, "place")
        )
    )


def _check(reading: Reading, rows: Rows, low: float, high: float) -> None:
    for name in _FIELDS:
        values = getattr(rows, name)
        # NaN fails every comparison
        bad = ~(np.abs(values) <= LARGEST)
        if bad.any():
            row = int(bad.argmax())
            raise reading.fault(
                "m/z" if name == "mz" else name,
                f"{values[row]:g}",
                f"a number of at most {LARGEST:g} in size",
                "export the run again, or delete the place",
                int(rows.place[row]),
            )
    outside = (rows.temperature < low) | (rows.temperature > high)
    if outside.any():
        row = int(outside.argmax())
        raise reading.fault(
            "temperature",
            f"{rows.temperature[row]:g}",
            f"{low:g} to {high:g} celsius",
            "check unit and heating programme, or widen bin.temperature_min_celsius "
            "and bin.temperature_max_celsius",
            int(rows.place[row]),
        )
