"""The SAM testbed: a counting quadrupole that looks at one m/z after the other.

Every row has its own time and temperature. The instrument hops through a list of m/z
chosen for the experiment, dwells on some flanks of important peaks (fractional m/z)
and now and then sweeps to high masses (Mahaffy et al. 2012, Space Science Reviews
170, 401-478). Rows are about five times sparser here than in the real files.
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
)
from simulator.mixtures import Sample

DWELL_SECONDS = 0.017
ROWS = 25_000
_THERMOCOUPLE_STEP_CELSIUS = 0.268

_LOW_MZ = (2.0, 3.0, *(float(mz) for mz in range(12, 101)))
_HIGH_MZ = (104.0, 105.0, 117.0, 119.0, 131.0, 147.0, 151.0, 184.0, 207.0, 221.0, 281.0)
_FLANK_MZ = (1.9, 35.9, 36.1, 37.9, 38.1, 39.9, 40.1, 63.9, 64.1, 66.1)
_SHARE_OF_RUNS_WITH_FLANKS = 0.7
_SWEEP_MZ = tuple(float(mz) for mz in range(101, 538))
_SHARE_OF_RUNS_WITH_SWEEPS = 0.4
_CYCLES_PER_SWEEP = 40
# Flat-topped peaks of half-width 0.35: 98 % of the height is left 0.1 off centre.
_PEAK_HALF_WIDTH_MZ = 0.35

# Median count rates of the residual gases at their base ions, in 1 / second.
_BACKGROUND_COUNTS_PER_SECOND = MappingProxyType(
    {
        "H2O": 1.5e6,
        "CO2": 4.0e5,
        "N2": 3.0e5,
        "O2": 6.0e4,
        "H2": 4.0e4,
        "SO2": 1.2e4,
        "Ar": 5.0e3,
        "HCl": 4.0e3,
        "H2S": 3.0e3,
        "CH4": 6.0e3,
        "alkanes": 5.0e3,
        "silyl": 2.0e3,
        "benzene": 1.2e3,
    }
)
_AREA_PER_AMOUNT_COUNTS_CELSIUS = 4.0e7
_GAIN_LOG_SPREAD = 0.5
_DARK_COUNTS_PER_SECOND = (15.0, 120.0)
# The source flickers on top of the counting statistics.
_RELATIVE_NOISE = 4.0e-3


def measure(random: np.random.Generator, sample: Sample) -> Measurement:
    """Measure a sample; row order is time, one m/z a row."""
    programme = TemperatureProgramme(
        random.uniform(20.0, 40.0),
        random.uniform(900.0, 1040.0),
        random.uniform(33.5, 36.0),
        hold_seconds=random.uniform(0.0, 60.0),
        lag_seconds=90.0,
    )
    mz = _draw_mz_sequence(random)
    time = np.linspace(0.0, programme.duration_seconds, ROWS)
    temperature = programme.temperature_celsius(time)
    gain = random.lognormal(0.0, _GAIN_LOG_SPREAD)

    background = gain * draw_background(
        random, _BACKGROUND_COUNTS_PER_SECOND, 0.6, 0.18, time / time[-1]
    )
    area_per_amount = gain * _AREA_PER_AMOUNT_COUNTS_CELSIUS
    release = area_per_amount * release_per_celsius(
        sample, temperature, programme.heating_rate_celsius_per_minute
    )
    nominal, column = np.unique(np.round(mz), return_inverse=True)
    background_patterns = pattern_matrix(tuple(_BACKGROUND_COUNTS_PER_SECOND), nominal)
    counts_per_second = _pick(background, background_patterns, column)
    counts_per_second += _pick(release, ion_patterns(sample, nominal), column)
    off_centre = np.abs(mz - np.round(mz)) / _PEAK_HALF_WIDTH_MZ
    counts_per_second *= np.exp(-(off_centre**4))
    counts_per_second *= 1.0 + _RELATIVE_NOISE * random.standard_normal(ROWS)
    counts_per_second += random.uniform(*_DARK_COUNTS_PER_SECOND)
    counts = random.poisson(np.maximum(counts_per_second, 0.0) * DWELL_SECONDS)
    return Measurement(
        time_seconds=np.round(time, 2),
        temperature_celsius=_read_thermocouple(random, temperature),
        mz=mz,
        abundance=np.round(counts / DWELL_SECONDS, 1),
        programme=programme,
        area_per_amount=area_per_amount,
    )


def _pick(currents: np.ndarray, patterns: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return each row's sum over sources at the one m/z that the row looks at."""
    return np.einsum("rs,sr->r", currents, patterns[:, column])


def _draw_mz_sequence(random: np.random.Generator) -> np.ndarray:
    """Return the m/z of every row: cycles from a random start, sweeps in between."""
    with_flanks = random.random() < _SHARE_OF_RUNS_WITH_FLANKS
    with_sweeps = random.random() < _SHARE_OF_RUNS_WITH_SWEEPS
    cycle = np.array(sorted((*_LOW_MZ, *_HIGH_MZ, *(_FLANK_MZ if with_flanks else ()))))
    cycle = np.roll(cycle, int(random.integers(cycle.size)))
    block = np.tile(cycle, _CYCLES_PER_SWEEP)
    if with_sweeps:
        block = np.concatenate([block, _SWEEP_MZ])
    return np.resize(block, ROWS)


def _read_thermocouple(
    random: np.random.Generator, temperature_celsius: np.ndarray
) -> np.ndarray:
    """Return the readings: noisy, and in the steps of the converter."""
    jitter = 0.25 * random.standard_normal(temperature_celsius.size)
    noisy = temperature_celsius + jitter
    return np.round(
        np.round(noisy / _THERMOCOUPLE_STEP_CELSIUS) * _THERMOCOUPLE_STEP_CELSIUS, 3
    )
