"""First-order release of a gas while the furnace warms at a constant rate.

With heating rate b, pre-exponential factor A and activation energy E the converted
fraction a follows da/dT = (A / b) exp(-E / RT) (1 - a). Its solution is closed:
a = 1 - exp(-g), g = (A E / (b R)) p(E / RT), where p is the temperature integral.
We work with ln g throughout, so that neither A = 1e30 nor exp(-E / RT) = 1e-60
leaves the range of floating point numbers.

References: Kissinger 1957, Analytical Chemistry 29, 1702-1706 (peak temperature);
Senum and Yang 1977, Journal of Thermal Analysis 11, 445-447 (temperature integral).
"""

import numpy as np

GAS_CONSTANT_JOULE_PER_MOLE_KELVIN = 8.314462618
ZERO_CELSIUS_IN_KELVIN = 273.15

# Newton's method on a smooth, increasing, concave function: doubling digits each step.
_NEWTON_STEPS = 12


def _log_temperature_integral(reduced_energy: np.ndarray) -> np.ndarray:
    """Return ln p(x), p(x) = integral of exp(-u) / u**2 from x to infinity."""
    x = reduced_energy
    numerator = ((x + 18.0) * x + 86.0) * x + 96.0
    denominator = (((x + 20.0) * x + 120.0) * x + 240.0) * x + 120.0
    return -x - np.log(x) + np.log(numerator) - np.log(denominator)


def _reduced(
    temperature_celsius: np.ndarray,
    pre_exponential_per_second: np.ndarray,
    activation_energy_joule_per_mole: np.ndarray,
    heating_rate_celsius_per_minute: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return E / RT, ln g, both ``(n_points, n_steps)``, and ln(A / b) per step."""
    kelvin = np.asarray(temperature_celsius, dtype=np.float64) + ZERO_CELSIUS_IN_KELVIN
    energy_kelvin = (
        np.asarray(activation_energy_joule_per_mole, dtype=np.float64)
        / GAS_CONSTANT_JOULE_PER_MOLE_KELVIN
    )
    x = energy_kelvin[None, :] / kelvin[:, None]
    log_rate = np.log(pre_exponential_per_second) - np.log(
        heating_rate_celsius_per_minute / 60.0
    )
    return x, log_rate + np.log(energy_kelvin) + _log_temperature_integral(x), log_rate


def converted_fraction(
    temperature_celsius: np.ndarray,
    pre_exponential_per_second: np.ndarray,
    activation_energy_joule_per_mole: np.ndarray,
    heating_rate_celsius_per_minute: float,
) -> np.ndarray:
    """Return how much of each step is over at each temperature.

    Parameters
    ----------
    temperature_celsius
        Shape ``(n_points,)``, in any order, above absolute zero.
    pre_exponential_per_second, activation_energy_joule_per_mole
        Shape ``(n_steps,)``.
    heating_rate_celsius_per_minute
        One constant rate; the sample is taken to start unconverted.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_points, n_steps)``, from 0 to 1.
    """
    _, log_g, _ = _reduced(
        temperature_celsius,
        pre_exponential_per_second,
        activation_energy_joule_per_mole,
        heating_rate_celsius_per_minute,
    )
    return -np.expm1(-np.exp(log_g))


def release_rate_per_celsius(
    temperature_celsius: np.ndarray,
    pre_exponential_per_second: np.ndarray,
    activation_energy_joule_per_mole: np.ndarray,
    heating_rate_celsius_per_minute: float,
) -> np.ndarray:
    """Return the converted fraction's slope: its area over temperature is 1.

    Parameters are those of `converted_fraction`; so is the shape of the result,
    ``(n_points, n_steps)``, whose unit is 1 / celsius.
    """
    x, log_g, log_rate = _reduced(
        temperature_celsius,
        pre_exponential_per_second,
        activation_energy_joule_per_mole,
        heating_rate_celsius_per_minute,
    )
    return np.exp(log_rate - x - np.exp(log_g))


def peak_temperature_celsius(
    pre_exponential_per_second: np.ndarray | float,
    activation_energy_joule_per_mole: np.ndarray | float,
    heating_rate_celsius_per_minute: float,
) -> np.ndarray:
    """Return the temperature of the fastest release: the root of Kissinger's equation.

    E b / (R T**2) = A exp(-E / RT) becomes x + 2 ln x = ln(A E / (b R)) with
    x = E / RT, which Newton's method solves for all steps at once.
    """
    energy_kelvin = (
        np.asarray(activation_energy_joule_per_mole, dtype=np.float64)
        / GAS_CONSTANT_JOULE_PER_MOLE_KELVIN
    )
    target = (
        np.log(pre_exponential_per_second)
        + np.log(energy_kelvin)
        - np.log(heating_rate_celsius_per_minute / 60.0)
    )
    x = np.maximum(target, 2.0)
    for _ in range(_NEWTON_STEPS):
        x = np.maximum(x - (x + 2.0 * np.log(x) - target) / (1.0 + 2.0 / x), 0.01 * x)
    return energy_kelvin / x - ZERO_CELSIUS_IN_KELVIN


def pre_exponential_from_peak(
    peak_temperature_celsius: np.ndarray | float,
    activation_energy_joule_per_mole: np.ndarray | float,
    heating_rate_celsius_per_minute: float,
) -> np.ndarray:
    """Return the factor A (1 / s) that puts the peak at a temperature: Kissinger."""
    kelvin = (
        np.asarray(peak_temperature_celsius, dtype=np.float64) + ZERO_CELSIUS_IN_KELVIN
    )
    energy_kelvin = (
        np.asarray(activation_energy_joule_per_mole, dtype=np.float64)
        / GAS_CONSTANT_JOULE_PER_MOLE_KELVIN
    )
    rate_per_second = heating_rate_celsius_per_minute / 60.0
    return rate_per_second * energy_kelvin / kelvin**2 * np.exp(energy_kelvin / kelvin)
