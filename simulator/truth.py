"""What a feature of a run ought to find: peak temperatures, widths and areas."""

from dataclasses import dataclass

import numpy as np

from simulator import kinetics
from simulator.gases import base_mz
from simulator.instruments import Measurement
from simulator.mixtures import Sample
from simulator.peak_width import full_width_at_half_maximum_celsius

_GRID_CELSIUS = np.arange(-100.0, 2200.0, 0.5)


@dataclass(frozen=True)
class StepTruth:
    """The true peak of one gas release at the base ion of its gas.

    Peak and width are those of the whole release, were the ramp to go on; the area
    (abundance x celsius above background) is what is released before the run ends,
    and ``released_fraction`` says how much of the whole that is.
    """

    mineral: str
    gas: str
    base_mz: int
    amount: float
    peak_temperature_celsius: float
    full_width_half_maximum_celsius: float
    area_abundance_celsius: float
    released_fraction: float


def true_steps(sample: Sample, measurement: Measurement) -> tuple[StepTruth, ...]:
    """Return the truth of every step of a sample, in its order."""
    heating_rate = measurement.programme.heating_rate_celsius_per_minute
    factors = np.array([step.pre_exponential_per_second for step in sample.steps])
    energies = np.array(
        [step.activation_energy_joule_per_mole for step in sample.steps]
    )
    end = np.array([measurement.programme.end_celsius])
    released = kinetics.converted_fraction(end, factors, energies, heating_rate)[0]
    peaks = kinetics.peak_temperature_celsius(factors, energies, heating_rate)
    curves = kinetics.release_rate_per_celsius(
        _GRID_CELSIUS, factors, energies, heating_rate
    )
    return tuple(
        StepTruth(
            mineral=step.mineral,
            gas=step.gas,
            base_mz=base_mz(step.gas),
            amount=step.amount,
            peak_temperature_celsius=float(peaks[index]),
            full_width_half_maximum_celsius=full_width_at_half_maximum_celsius(
                _GRID_CELSIUS, curves[:, index]
            ),
            area_abundance_celsius=float(
                step.amount * measurement.area_per_amount * released[index]
            ),
            released_fraction=float(released[index]),
        )
        for index, step in enumerate(sample.steps)
    )
