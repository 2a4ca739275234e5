from pathlib import Path

import numpy as np
import pytest
from support import REPOSITORY

from pipeline.formats.heating import parse_heating
from pipeline.formats.read_any import read_any
from pipeline.formats.reading import Reading
from pipeline.params import load_params
from pipeline.read_run import RunFaultError

FORMATS = load_params(REPOSITORY / "params.yaml").formats
SCANS = [
    (2.5 * i, 25.0 + 4.25 * i, np.array([2.0, 18.0, 44.0]), np.array([1.0, i, 0.5 * i]))
    for i in range(12)
]
ROWS = np.array(
    [
        (time, temperature, mz, abundance)
        for time, temperature, masses, signal in SCANS
        for mz, abundance in zip(masses, signal, strict=True)
    ]
)


def new_reading(path, heating=None, **settings):
    programme = parse_heating(heating) if heating else None
    formats = FORMATS.model_copy(update=settings)
    return Reading("S1", Path(path), formats, programme)


def read(path, heating=None, **settings):
    """Return rows (n, 4), in the organisers' order, and what was learnt."""
    reading = new_reading(path, heating, **settings)
    blocks = [
        np.column_stack([b.time, b.temperature, b.mz, b.abundance])
        for b in read_any(reading, -100.0, 1500.0)
    ]
    return np.concatenate(blocks) if blocks else np.empty((0, 4)), reading


def fault_of(path, heating=None, **settings):
    """Return the only fault of a file that is refused."""
    with pytest.raises(RunFaultError) as caught:
        read(path, heating, **settings)
    (fault,) = caught.value.faults
    # Whoever reads it must know the file, and be told what to do.
    assert fault.file == str(path)
    assert fault.got
    assert fault.expected
    assert fault.cure
    assert str(fault).isprintable()
    return fault
