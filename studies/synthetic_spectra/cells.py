"""What is trained: networks on data sets, with seeds."""

from __future__ import annotations

from dataclasses import dataclass

from studies.synthetic_spectra.settings import Settings


@dataclass(frozen=True)
class Cell:
    """One training: a network on a data set with a seed."""

    data_set: str
    network: str
    seed: int

    def __str__(self) -> str:
        """Return set/network/seed."""
        return f"{self.data_set}/{self.network}/seed {self.seed}"


def cells(settings: Settings) -> list[Cell]:
    """Return all trainings in the order in which they run.

    Every network is trained once on every set before any is trained again: what there
    is when the stage is stopped can be compared.
    """
    return [
        Cell(data_set, network, seed)
        for seed in range(settings.train.seeds)
        for data_set in settings.generate.sets
        for network in settings.train.networks
    ]
