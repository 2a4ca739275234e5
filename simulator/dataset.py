"""Run i of a data set: a pure function of the seed and i, and of nothing else.

Any run can therefore be made anywhere, in any order and in parallel, and a larger
data set begins with the runs of a smaller one.
"""

from dataclasses import dataclass

import numpy as np

from simulator import commercial, sam_testbed
from simulator.decomposition import LABELS
from simulator.mixtures import draw_sample
from simulator.truth import StepTruth, true_steps

COMMERCIAL = "commercial"
SAM_TESTBED = "sam_testbed"
SPLITS = ("train", "val", "test")
_SPLIT_ENDS = (0.6, 0.8, 1.0)

# Main labels come in shuffled blocks within each split, so that every split of even a
# small data set has every class; None is an empty cup.
_BLOCK: tuple[str | None, ...] = (
    *LABELS,
    *LABELS,
    "phyllosilicate",
    "phyllosilicate",
    None,
    None,
)
_GOLDEN_RATIO = (5.0**0.5 - 1.0) / 2.0


@dataclass(frozen=True)
class SimulatedRun:
    """One run: the four columns of its file, its labels and the truth behind them.

    The arrays have shape ``(n_rows,)``; ``labels`` has one 0 or 1 per `LABELS`.
    """

    sample_id: str
    split: str
    instrument_type: str
    time_seconds: np.ndarray
    temperature_celsius: np.ndarray
    mz: np.ndarray
    abundance: np.ndarray
    labels: tuple[int, ...]
    minerals: tuple[str, ...]
    heating_rate_celsius_per_minute: float
    steps: tuple[StepTruth, ...]


def split_of(index: int) -> str:
    """Return the split of a run: 60 % train, 20 % val, 20 % test.

    The golden-ratio sequence spreads evenly over any regular subset of the indices,
    so each split gets its share of SAM-testbed runs, too.
    """
    return SPLITS[int(_split_numbers(np.array([index]))[0])]


def instrument_of(index: int, sam_testbed_share: float) -> str:
    """Return the instrument of a run; SAM-testbed runs are spaced evenly."""
    before = np.floor(index * sam_testbed_share)
    after = np.floor((index + 1) * sam_testbed_share)
    return SAM_TESTBED if after > before else COMMERCIAL


def main_label_of(index: int, seed: int) -> str | None:
    """Return the label that a run is sure to carry; None for an empty cup."""
    numbers = _split_numbers(np.arange(index + 1))
    split = int(numbers[index])
    earlier_in_split = int(np.count_nonzero(numbers[:index] == split))
    block, place = divmod(earlier_in_split, len(_BLOCK))
    # A longer key than any run's own streams have, so that no stream is used twice.
    sequence = np.random.SeedSequence(seed, spawn_key=(0, split, block))
    order = np.random.default_rng(sequence).permutation(len(_BLOCK))
    return _BLOCK[int(order[place])]


def _split_numbers(indices: np.ndarray) -> np.ndarray:
    positions = ((indices + 0.5) * _GOLDEN_RATIO) % 1.0
    return np.searchsorted(_SPLIT_ENDS, positions, side="right")


def simulate_run(
    index: int,
    seed: int,
    *,
    sam_testbed_share: float = 0.1,
    instrument_type: str | None = None,
) -> SimulatedRun:
    """Simulate one run.

    Parameters
    ----------
    index
        Number of the run in its data set, from 0.
    seed
        Base seed of the data set.
    sam_testbed_share
        Share of runs measured on the SAM testbed, 0 to 1.
    instrument_type
        ``commercial`` or ``sam_testbed`` to measure the very same sample on a chosen
        instrument; None leaves the choice to the index.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(index,))
    # Separate streams: the sample does not depend on the instrument.
    sample_random, instrument_random = map(np.random.default_rng, sequence.spawn(2))
    sample = draw_sample(sample_random, main_label_of(index, seed))
    instrument = instrument_type or instrument_of(index, sam_testbed_share)
    if instrument not in (COMMERCIAL, SAM_TESTBED):
        raise ValueError(
            f"Unknown instrument_type {instrument!r}; "
            f"expected {COMMERCIAL!r} or {SAM_TESTBED!r}."
        )
    module = commercial if instrument == COMMERCIAL else sam_testbed
    measurement = module.measure(instrument_random, sample)
    return SimulatedRun(
        sample_id=f"S{index:04d}",
        split=split_of(index),
        instrument_type=instrument,
        time_seconds=measurement.time_seconds,
        temperature_celsius=measurement.temperature_celsius,
        mz=measurement.mz,
        abundance=measurement.abundance,
        labels=sample.labels,
        minerals=sample.minerals,
        heating_rate_celsius_per_minute=(
            measurement.programme.heating_rate_celsius_per_minute
        ),
        steps=true_steps(sample, measurement),
    )
