"""What a worker does with a unit: look it up, or compute and keep it."""

from __future__ import annotations

from functools import lru_cache

from studies.raman_transfer.instrument_protocols import PROTOCOLS
from studies.raman_transfer.plate_protocol import plate
from studies.raman_transfer.prepared import Prepared, load_prepared
from studies.raman_transfer.pretraining import pretrain
from studies.raman_transfer.units import PLATE, PRETRAIN, Arrays, Task

_PROTOCOLS = {**PROTOCOLS, PLATE: plate, PRETRAIN: pretrain}


def compute(task: Task) -> Arrays:
    """Return `rows` of the prepared spectra and their `predicted` concentrations.

    A unit of protocol `pretrained` returns the weights of its network instead.
    """
    stored = task.cache.load(task.unit.name)
    if stored is not None:
        return stored
    result = _PROTOCOLS[task.unit.protocol](task, _prepared())
    task.cache.save(task.unit.name, result)
    return result


@lru_cache(maxsize=1)
def _prepared() -> Prepared:
    return load_prepared()
