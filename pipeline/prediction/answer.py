"""What the ensemble says of one run, and all that a page about it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Word = Literal["present", "unclear", "absent"]
# keys of `Contributions.other`
START = "average run"
SIMILAR = "similar training runs"
WHOLE_RUN = "run as a whole"
NOT_MEASURED = "temperatures not measured"
REST = "remainder"


@dataclass(frozen=True)
class Evidence:
    """Something measured that speaks for (log_odds > 0) or against a compound.

    Attributes
    ----------
    mz : int
    low_celsius, high_celsius : float or None
        Temperatures; None if the ion as a whole speaks.
    log_odds : float
        How much it moves the blend, in natural log-odds.
    """

    mz: int
    low_celsius: float | None
    high_celsius: float | None
    log_odds: float


@dataclass(frozen=True)
class Reliability:
    """How often runs with a probability like this one have the compound.

    Attributes
    ----------
    low, high : float
        The bin of predicted probability.
    observed : float
        Share of the bin's labelled runs, predicted out of fold, with the compound.
    observed_low, observed_high : float
        Its interval (Wilson).
    runs : int
        Runs behind it; 0 if the bin is empty, the shares are then NaN.
    """

    low: float
    high: float
    observed: float
    observed_low: float
    observed_high: float
    runs: int


@dataclass(frozen=True)
class Compound:
    """The answer for one compound.

    Attributes
    ----------
    low, high : float
        Interval of the probability across members.
    by_family : dict[str, float]
        Probability of each model family alone, averaged over its members.
    evidence : tuple[Evidence, ...]
        Strongest first, empty if it was not asked for.
    truth : bool or None
        The label, if the run has one.
    """

    label: str
    probability: float
    low: float
    high: float
    word: Word
    by_family: dict[str, float]
    reliability: Reliability | None = None
    evidence: tuple[Evidence, ...] = ()
    truth: bool | None = None


@dataclass(frozen=True)
class Neighbour:
    """A training run that is like the run."""

    sample_id: str
    similarity: float
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Contributions:
    """What moves the log-odds of each compound, laid on m/z x temperature.

    Everything of a compound adds up to the log-odds of the blend, averaged over its
    members: cells + ions + other.

    Attributes
    ----------
    mz_values : (n_mz,) int
    edges_celsius : (n_windows + 1,) float
    cells : (n_labels, n_mz, n_windows)
        Natural log-odds of an ion in a temperature window.
    ions : (n_labels, n_mz)
        Of an ion as a whole, such as the temperature of its peak.
    other : dict[str, (n_labels,)]
        What belongs to no ion: `START` (where the answer starts), `SIMILAR` (training
        runs), `WHOLE_RUN` (heating rate, scale, ...), `NOT_MEASURED` (that nothing was
        seen before the run's start and after its end), `REST` (averaging
        and integration).

    The label axis is that of `Answer.compounds`.
    """

    mz_values: np.ndarray
    edges_celsius: np.ndarray
    cells: np.ndarray
    ions: np.ndarray
    other: dict[str, np.ndarray]


@dataclass(frozen=True)
class Answer:
    """All about one run.

    Attributes
    ----------
    source : str
        File that the run was read from, or "" if it comes from the data folder.
    origin : str
        What the probabilities are: "all models", or "out of fold" for a training run,
        which is shown only to models that have not learnt from it.
    abundance : (n_mz, n_cells) float32
        Mean abundance of the grid's cells in the unit of the instrument; NaN where
        nothing was observed.
    mz_values : (n_mz,) int
    temperature_edges_celsius : (n_cells + 1,) float
    facts : dict[str, float]
        heating_rate_celsius_per_minute, temperature_low_celsius,
        temperature_high_celsius, scan_count, ion_count, maximum_abundance; NaN where
        unknown.
    warnings : tuple[str, ...]
        Where the run lies outside what the models know.
    interval : float
        Coverage of the compounds' intervals.
    present_from, absent_below : float
        Probabilities behind the words.
    """

    sample_id: str
    source: str
    origin: str
    instrument: str
    compounds: tuple[Compound, ...]
    neighbours: tuple[Neighbour, ...]
    warnings: tuple[str, ...]
    facts: dict[str, float]
    abundance: np.ndarray
    mz_values: np.ndarray
    temperature_edges_celsius: np.ndarray
    contributions: Contributions | None = None
    interval: float = 0.95
    present_from: float = 0.7
    absent_below: float = 0.15
    families: tuple[str, ...] = field(default=())
