import numpy as np
import pytest
from scipy.special import expn

from simulator import kinetics
from simulator.minerals import MINERALS

ALL_STEPS = [step for mineral in MINERALS for step in mineral.steps]
FACTORS = np.array([step.pre_exponential_per_second for step in ALL_STEPS])
ENERGIES = np.array([step.activation_energy_joule_per_mole for step in ALL_STEPS])
FINE_GRID = np.arange(-150.0, 2500.0, 0.25)


@pytest.mark.parametrize("heating_rate", [5.0, 20.0, 35.0])
def test_area_is_one_when_the_step_is_complete(heating_rate):
    rate = kinetics.release_rate_per_celsius(FINE_GRID, FACTORS, ENERGIES, heating_rate)
    area = np.trapezoid(rate, FINE_GRID, axis=0)
    # Amount is defined as the area of a complete release, so each must give 1.
    np.testing.assert_allclose(area, 1.0, atol=1e-4)


@pytest.mark.parametrize("heating_rate", [5.0, 20.0, 35.0])
def test_curve_peaks_at_the_kissinger_root(heating_rate):
    rate = kinetics.release_rate_per_celsius(FINE_GRID, FACTORS, ENERGIES, heating_rate)
    from_curve = FINE_GRID[rate.argmax(axis=0)]
    root = kinetics.peak_temperature_celsius(FACTORS, ENERGIES, heating_rate)
    # For first order Kissinger's equation is exact, so only the grid may differ.
    np.testing.assert_allclose(from_curve, root, atol=0.5)


def test_kissinger_root_solves_kissingers_equation():
    root = kinetics.peak_temperature_celsius(FACTORS, ENERGIES, 35.0) + 273.15
    gas_constant = 8.314462618
    left = ENERGIES * (35.0 / 60.0) / (gas_constant * root**2)
    right = FACTORS * np.exp(-ENERGIES / (gas_constant * root))
    # Both sides are written out here, independently of the substitution in the code.
    np.testing.assert_allclose(left, right, rtol=1e-9)


def test_pre_exponential_factor_and_peak_are_inverse():
    tabulated = np.array([step.peak_temperature_celsius for step in ALL_STEPS])
    # The tables give peaks at 35 celsius per minute; they must come back unchanged.
    np.testing.assert_allclose(
        kinetics.peak_temperature_celsius(FACTORS, ENERGIES, 35.0), tabulated, atol=1e-6
    )


def test_peak_moves_up_with_the_heating_rate():
    peaks = [
        kinetics.peak_temperature_celsius(FACTORS, ENERGIES, rate)
        for rate in (2.0, 10.0, 20.0, 35.0)
    ]
    # A faster furnace leaves less time at each temperature: every peak must be later.
    assert (np.diff(peaks, axis=0) > 0.0).all()


def test_converted_fraction_agrees_with_the_exponential_integral():
    temperature = np.linspace(50.0, 1400.0, 200)
    energy_kelvin = ENERGIES / 8.314462618
    x = energy_kelvin / (temperature[:, None] + 273.15)
    # Parity with scipy: the temperature integral p(x) is E2(x) / x.
    exact = -np.expm1(-FACTORS / (35.0 / 60.0) * energy_kelvin * expn(2, x) / x)
    ours = kinetics.converted_fraction(temperature, FACTORS, ENERGIES, 35.0)
    np.testing.assert_allclose(ours, exact, atol=1e-5)


def test_rate_is_the_slope_of_the_converted_fraction():
    rate = kinetics.release_rate_per_celsius(FINE_GRID, FACTORS, ENERGIES, 35.0)
    fraction = kinetics.converted_fraction(FINE_GRID, FACTORS, ENERGIES, 35.0)
    # Two formulas for one process: their difference is that of the numerical slope.
    slope = np.gradient(fraction, FINE_GRID, axis=0)
    np.testing.assert_allclose(slope[1:-1], rate[1:-1], atol=2e-5)


def test_extreme_energies_stay_finite():
    temperature = np.array([-100.0, 20.0, 500.0, 2000.0])
    energy = np.array([3.0e4, 2.0e5, 6.0e5])
    factor = kinetics.pre_exponential_from_peak(
        np.array([60.0, 400.0, 900.0]), energy, 35.0
    )
    rate = kinetics.release_rate_per_celsius(temperature, factor, energy, 35.0)
    # exp(-E / RT) spans hundreds of decades here; nothing may overflow or turn NaN.
    assert np.isfinite(rate).all()
    assert (rate >= 0.0).all()
