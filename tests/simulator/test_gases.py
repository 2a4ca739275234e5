import numpy as np
import pytest

from simulator.gases import FRAGMENT_PATTERNS, base_mz, pattern_matrix

BASE_IONS = {
    "H2O": 18,
    "CO2": 44,
    "CO": 28,
    "O2": 32,
    "SO2": 64,
    "HCl": 36,
    "NO": 30,
    "H2S": 34,
    "H2": 2,
    "N2": 28,
    "Ar": 40,
    "Cl2": 70,
    "CH3Cl": 50,
}


@pytest.mark.parametrize("gas", FRAGMENT_PATTERNS)
def test_patterns_are_relative_to_their_base_peak(gas):
    values = np.array(list(FRAGMENT_PATTERNS[gas].values()))
    # Areas of truth refer to the base ion, so exactly one ion must have intensity 1.
    assert np.count_nonzero(values == 1.0) == 1
    assert ((values > 0.0) & (values <= 1.0)).all()


@pytest.mark.parametrize(("gas", "mz"), BASE_IONS.items())
def test_base_ions_are_those_of_the_webbook(gas, mz):
    # The molecular ion is the base peak of each of these small gases.
    assert base_mz(gas) == mz


def test_isotopes_of_chlorine_and_sulfur_have_their_natural_ratio():
    # 35Cl : 37Cl = 75.8 : 24.2 and 32S : 34S = 95 : 4.3 (+ 18O) fix these ratios.
    assert FRAGMENT_PATTERNS["HCl"][38] == pytest.approx(0.242 / 0.758, abs=0.02)
    assert FRAGMENT_PATTERNS["SO2"][66] == pytest.approx(0.049, abs=0.005)


def test_pattern_matrix_places_intensities_by_mz():
    matrix = pattern_matrix(["CO2", "H2O", "CO2"], np.array([44.0, 18.0, 99.0]))
    # Hand-written: base peaks where they belong, zero where a gas has no ion.
    np.testing.assert_array_equal(
        matrix, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    )
    # An empty cup releases nothing, and matrix products must still have a shape.
    assert pattern_matrix([], np.array([18.0])).shape == (0, 1)
