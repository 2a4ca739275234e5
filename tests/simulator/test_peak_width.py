import math

import numpy as np
import pytest

from simulator import kinetics
from simulator.peak_width import full_width_at_half_maximum_celsius


def test_width_of_a_gaussian():
    temperature = np.arange(0.0, 1000.0, 2.0)
    rate = np.exp(-0.5 * ((temperature - 501.3) / 30.0) ** 2)
    # The closed form is 2 sqrt(2 ln 2) sigma.
    assert full_width_at_half_maximum_celsius(temperature, rate) == pytest.approx(
        2.0 * math.sqrt(2.0 * math.log(2.0)) * 30.0, rel=1e-3
    )


def test_width_of_a_first_order_peak():
    energy = np.array([2.0e5])
    factor = kinetics.pre_exponential_from_peak(np.array([700.0]), energy, 35.0)
    temperature = np.arange(300.0, 1100.0, 0.5)
    rate = kinetics.release_rate_per_celsius(temperature, factor, energy, 35.0)[:, 0]
    # In u = E (T - Tp) / (R Tp**2) a first-order peak is nearly exp(u - exp(u)), whose
    # full width at half maximum is 2.446; the rest is of order R Tp / E = 4 %.
    expected = 2.446 * 8.314462618 * 973.15**2 / 2.0e5
    assert full_width_at_half_maximum_celsius(temperature, rate) == pytest.approx(
        expected, rel=0.06
    )


def test_a_peak_cut_off_by_the_end_has_no_width():
    temperature = np.arange(0.0, 500.0)
    # Still rising at the end: half the maximum is crossed on one side only.
    assert math.isnan(full_width_at_half_maximum_celsius(temperature, temperature**2))
