"""What both instruments share: heating, the ion current of a sample, the background."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulator import kinetics
from simulator.gases import pattern_matrix
from simulator.mixtures import Sample


@dataclass(frozen=True)
class TemperatureProgramme:
    """A wait at the start, then a ramp that the furnace follows with a lag."""

    start_celsius: float
    end_celsius: float
    heating_rate_celsius_per_minute: float
    hold_seconds: float
    lag_seconds: float

    @property
    def duration_seconds(self) -> float:
        """Return the time at which the furnace reaches the end of the ramp."""
        rate_per_second = self.heating_rate_celsius_per_minute / 60.0
        span_celsius = self.end_celsius - self.start_celsius
        return self.hold_seconds + span_celsius / rate_per_second + self.lag_seconds

    def temperature_celsius(self, time_seconds: np.ndarray) -> np.ndarray:
        """Return the furnace temperature at each time, both of one shape."""
        ramp_seconds = np.maximum(time_seconds - self.hold_seconds, 0.0)
        approach = -np.expm1(-ramp_seconds / self.lag_seconds)
        delayed_seconds = ramp_seconds - self.lag_seconds * approach
        rate_per_second = self.heating_rate_celsius_per_minute / 60.0
        return self.start_celsius + rate_per_second * delayed_seconds


@dataclass(frozen=True)
class Measurement:
    """One run as the instrument wrote it, and what is needed to know the truth.

    The four arrays have shape ``(n_rows,)``. ``abundance`` is an ion current
    (commercial) or counts per second (SAM testbed). A release of amount 1 adds an
    area of ``area_per_amount`` (abundance x celsius) to the base ion of its gas.
    """

    time_seconds: np.ndarray
    temperature_celsius: np.ndarray
    mz: np.ndarray
    abundance: np.ndarray
    programme: TemperatureProgramme
    area_per_amount: float


def release_per_celsius(
    sample: Sample,
    temperature_celsius: np.ndarray,
    heating_rate_celsius_per_minute: float,
) -> np.ndarray:
    """Return amount x release rate, shape ``(n_points, n_steps)``, in 1 / celsius."""
    rates = kinetics.release_rate_per_celsius(
        temperature_celsius,
        np.array([step.pre_exponential_per_second for step in sample.steps]),
        np.array([step.activation_energy_joule_per_mole for step in sample.steps]),
        heating_rate_celsius_per_minute,
    )
    return rates * np.array([step.amount for step in sample.steps])


def ion_patterns(sample: Sample, mz: np.ndarray) -> np.ndarray:
    """Return the fragment pattern of each step's gas, shape ``(n_steps, n_mz)``."""
    return pattern_matrix([step.gas for step in sample.steps], mz)


def draw_background(
    random: np.random.Generator,
    levels: Mapping[str, float],
    level_log_spread: float,
    drift: float,
    elapsed: np.ndarray,
) -> np.ndarray:
    """Draw the current of each background gas over a run.

    Parameters
    ----------
    random
        Source of randomness.
    levels
        Gas -> median current at its base ion.
    level_log_spread
        Standard deviation of the natural logarithm of the level from run to run.
    drift
        Relative size of a slope and a bend over the run, each with a random sign.
    elapsed
        Share of the run that is over at each point, 0 to 1, shape ``(n_points,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_points, n_gases)``, gases in the order of `levels`.
    """
    count = len(levels)
    level = np.array(list(levels.values())) * random.lognormal(
        0.0, level_log_spread, count
    )
    slope = drift * random.standard_normal(count)
    bend = drift * random.standard_normal(count)
    shape = slope * elapsed[:, None] + bend * (4.0 * elapsed * (1.0 - elapsed))[:, None]
    # The exponential keeps a strongly falling background above zero.
    return level * np.exp(shape)


def round_significant(values: np.ndarray, digits: int) -> np.ndarray:
    """Round to significant digits such that the shortest decimal form has no more.

    Division by a power of ten up to 1e22 is exact to the last bit, which
    multiplication by 1e-11, say, is not; values below 1e-16 therefore lose digits.
    """
    magnitude = np.abs(values)
    exponent = np.floor(np.log10(np.where(magnitude > 0.0, magnitude, 1.0)))
    power = 10.0 ** np.clip(digits - 1 - exponent, 0, 22)
    return np.round(values * power) / power
