"""The ledger of test scorings: a test set that is looked at twice is no test set.

A line of JSON each time that test spectra are scored. No stage ever removes a line.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import EgaError, shorten


@dataclass(frozen=True)
class Scoring:
    """One scoring of the test spectra of a data set.

    Attributes
    ----------
    scoring : int
        1 if it was the first of this data set, network and seed, 2 if the second, ...
    weights, spectra : str
        sha256 of the weights file and of the test spectra.
    """

    data_set: str
    network: str
    seed: int
    scoring: int
    errors: int
    spectra_scored: int
    weights: str
    spectra: str


def read_ledger(path: Path) -> list[Scoring]:
    """Return all scorings, the oldest first; none if there is no ledger.

    Raises
    ------
    EgaError
        A line is damaged; it is named.
    """
    if not path.exists():
        return []
    scorings = []
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            scorings.append(Scoring(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise EgaError(
                f"{path}, line {number}: got {shorten(line)}; expected a scoring as "
                "JSON. Cure: repair the line from version control or a backup; the "
                "ledger tells how often test spectra were looked at."
            ) from error
    return scorings


def times_scored(
    scorings: list[Scoring], data_set: str, network: str, seed: int
) -> int:
    """Return how often the test spectra were scored with such a training."""
    wanted = (data_set, network, seed)
    return sum((s.data_set, s.network, s.seed) == wanted for s in scorings)


def append(path: Path, scoring: Scoring) -> None:
    """Add a line; it is on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(scoring), sort_keys=True) + "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
