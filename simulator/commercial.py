"""A commercial laboratory EGA-MS: a scan over all integer m/z every few seconds.

Levels, noise and formats follow what such instruments deliver: ion currents in
ampere, a helium carrier a hundred times above everything else, residual air and
water, and an amplifier offset that may lie below its own noise.
"""

from types import MappingProxyType

import numpy as np

from simulator.gases import pattern_matrix
from simulator.instruments import (
    Measurement,
    TemperatureProgramme,
    draw_background,
    ion_patterns,
    release_per_celsius,
    round_significant,
)
from simulator.laboratories import LABORATORIES, Laboratory
from simulator.mixtures import Sample

HELIUM_MZ = 4
# Current of the carrier and what its huge peak leaks into the neighbouring m/z.
_HELIUM_CURRENT_AMPERE = 1.2e-7
_HELIUM_TAIL = MappingProxyType({0: 1.0e-3, 1: 1.6e-3, 2: 5.0e-4, 3: 1.0e-3, 5: 4e-5})
# Median currents of the residual gases at their base ions.
_BACKGROUND_AMPERE = MappingProxyType(
    {
        "H2O": 8.0e-10,
        "N2": 7.0e-10,
        "O2": 3.0e-10,
        "Ar": 6.0e-12,
        "CO2": 1.5e-11,
        "H2": 2.0e-11,
        "HCl": 4.0e-13,
        "SO2": 2.0e-13,
        "alkanes": 3.0e-13,
    }
)
_AREA_PER_AMOUNT_AMPERE_CELSIUS = 1.0e-6
_GAIN_LOG_SPREAD = 0.5
# Shot noise: variance = this charge-like coefficient x current.
_SHOT_AMPERE = 1.5e-14
_RELATIVE_NOISE = 8.0e-4
_SHARE_OF_RUNS_WITH_LOST_MZ = 0.1


def measure(random: np.random.Generator, sample: Sample) -> Measurement:
    """Measure a sample; row order is scan by scan, m/z rising within each scan."""
    shares = [laboratory.share for laboratory in LABORATORIES]
    laboratory = LABORATORIES[int(random.choice(len(LABORATORIES), p=shares))]
    programme = TemperatureProgramme(
        random.uniform(*laboratory.start_celsius),
        random.uniform(*laboratory.end_celsius),
        random.uniform(*laboratory.heating_rate_celsius_per_minute),
        hold_seconds=random.uniform(0.0, 60.0),
        lag_seconds=60.0,
    )
    scans = int(random.integers(*laboratory.scans, endpoint=True))
    mz = _draw_mz(random, laboratory)
    scan_seconds = programme.duration_seconds / (scans - 1)
    time = np.arange(scans) * scan_seconds
    time[1:] += 0.001 * scan_seconds * random.standard_normal(scans - 1)
    temperature = programme.temperature_celsius(time)
    gain = laboratory.gain * random.lognormal(0.0, _GAIN_LOG_SPREAD)

    current = gain * _background(random, mz, time / time[-1])
    area_per_amount = gain * _AREA_PER_AMOUNT_AMPERE_CELSIUS
    current += (
        area_per_amount
        * release_per_celsius(
            sample, temperature, programme.heating_rate_celsius_per_minute
        )
        @ ion_patterns(sample, mz)
    )
    offset = random.uniform(*laboratory.offset_ampere)
    abundance = current + offset + _noise(random, current, laboratory.floor_ampere)
    # The thermocouple is read with a jitter that outweighs the ramp's slow start.
    reading = temperature + random.uniform(0.03, 0.25) * random.standard_normal(scans)
    return Measurement(
        time_seconds=np.repeat(np.round(time, 3), mz.size),
        temperature_celsius=np.repeat(np.round(reading, 3), mz.size),
        mz=np.tile(mz.astype(np.float64), scans),
        abundance=round_significant(abundance, laboratory.digits).ravel(),
        programme=programme,
        area_per_amount=area_per_amount,
    )


def _draw_mz(random: np.random.Generator, laboratory: Laboratory) -> np.ndarray:
    """Return the recorded m/z; in some runs a few are lost."""
    mz = np.array(laboratory.mz)
    if random.random() >= _SHARE_OF_RUNS_WITH_LOST_MZ:
        return mz
    lost = random.choice(mz.size, size=int(random.integers(1, 7)), replace=False)
    return np.delete(mz, lost)


def _background(
    random: np.random.Generator, mz: np.ndarray, elapsed: np.ndarray
) -> np.ndarray:
    """Return carrier and residual gases, shape ``(n_scans, n_mz)``, at gain 1."""
    residual = draw_background(random, _BACKGROUND_AMPERE, 0.7, 0.12, elapsed)
    carrier = draw_background(
        random, {"He": _HELIUM_CURRENT_AMPERE}, 0.15, 0.015, elapsed
    )
    tail = random.lognormal(0.0, 0.7)
    carrier_pattern = np.array(
        [
            1.0 if value == HELIUM_MZ else tail * _HELIUM_TAIL.get(int(value), 0.0)
            for value in mz
        ]
    )
    return (
        residual @ pattern_matrix(tuple(_BACKGROUND_AMPERE), mz)
        + carrier * carrier_pattern
    )


def _noise(
    random: np.random.Generator, current: np.ndarray, floor_ampere: float
) -> np.ndarray:
    """Amplifier, shot and source noise, independent from point to point."""
    variance = floor_ampere**2 + _SHOT_AMPERE * current
    variance += (_RELATIVE_NOISE * current) ** 2
    return np.sqrt(variance) * random.standard_normal(current.shape)
