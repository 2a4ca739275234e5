"""Files made to harm, by reader: bombs, endless patterns, paths that lead away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.fuzzing.attack import Attack
from benchmarks.fuzzing.bombs import bomb_attacks
from benchmarks.fuzzing.folder_attacks import folder_attacks
from benchmarks.fuzzing.model_attacks import bundle_attacks, model_attacks
from benchmarks.fuzzing.params_attacks import params_attacks
from benchmarks.fuzzing.run_attacks import (
    andi_attacks,
    heating_attacks,
    mzml_attacks,
    text_attacks,
)

ATTACKS: dict[str, Callable[[], Iterator[Attack]]] = {
    "csv": text_attacks,
    "dialects": text_attacks,
    "mzml": mzml_attacks,
    "andi": andi_attacks,
    "packed": bomb_attacks,
    "params": params_attacks,
    "tables": folder_attacks,
    "folder": folder_attacks,
    "bundle": bundle_attacks,
    "model": model_attacks,
    "heating": heating_attacks,
}


def truncated(files: tuple[bytes, ...]) -> Iterator[Attack]:
    """Yield every beginning of every file."""
    for number, content in enumerate(files):
        for end in range(len(content)):
            yield f"seed {number} to {end}", lambda c=content, e=end: c[:e]
