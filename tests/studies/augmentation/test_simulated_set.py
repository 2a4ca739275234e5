import numpy as np
import pytest

from studies.augmentation.absorption_bands import absorptivities, water_absorbance
from studies.augmentation.ion_equilibria import (
    HYDROGEN_SULFATE_CONSTANT,
    HYDROLYSIS_CONSTANT,
    SULFATE_CONSTANTS,
    free_and_bound,
)
from studies.augmentation.simulated_set import (
    IONS,
    SALTS,
    ion_totals,
    mix_salts,
    simulate_set,
    true_absorbance,
)

CHARGES = {
    "Zn": 2, "Cu": 2, "Li": 1, "Fe": 3, "Ni": 2, "NH4": 1, "SO4": -2, "NO3": -1
}  # fmt: skip
AXIS = np.arange(300.0, 1211.0)


def totals(count=50, seed=0):
    return ion_totals(mix_salts(count, np.random.default_rng(seed)))


def only(**molar):
    return {ion: np.array([molar.get(ion, 0.0)]) for ion in IONS}


def test_the_set_has_the_published_size():
    spectra = simulate_set(30, 911, np.random.default_rng(0))
    assert spectra.absorbance.shape == (30, 911)
    assert spectra.wavelength_nm[[0, -1]].tolist() == [300.0, 1210.0]
    assert spectra.analytes == IONS
    assert len(SALTS) == 10
    assert np.isfinite(spectra.absorbance).all()


def test_charges_balance():
    mixed = totals()
    charge = sum(CHARGES[ion] * mixed[ion] for ion in IONS)
    np.testing.assert_allclose(charge, 0, atol=1e-12)


def test_masses_balance_and_constants_hold():
    mixed = totals()
    species = free_and_bound(mixed)
    sulfate = sum(v for name, v in species.items() if name.endswith("SO4"))
    np.testing.assert_allclose(sulfate, mixed["SO4"], atol=1e-8)
    nitrate = sum(v for name, v in species.items() if name.endswith("NO3"))
    np.testing.assert_allclose(nitrate, mixed["NO3"], atol=1e-8)
    iron = sum(species[name] for name in ("Fe", "FeOH", "FeSO4", "FeNO3"))
    np.testing.assert_allclose(iron, mixed["Fe"], atol=1e-10)
    np.testing.assert_allclose(
        species["CuSO4"], SULFATE_CONSTANTS["Cu"] * species["Cu"] * species["SO4"]
    )
    np.testing.assert_allclose(
        species["FeOH"] * species["H"], HYDROLYSIS_CONSTANT * species["Fe"]
    )
    np.testing.assert_allclose(
        species["HSO4"], HYDROGEN_SULFATE_CONSTANT * species["H"] * species["SO4"]
    )


def test_a_metal_alone_is_free_and_a_pair_takes_what_the_quadratic_says():
    assert free_and_bound(only(Ni=0.1))["Ni"] == pytest.approx(0.1)
    # No acid bound: with Li in excess of nothing, Ni + SO4 <=> NiSO4 alone.
    species = free_and_bound(only(Ni=0.1, SO4=0.1))
    bound, free = species["NiSO4"][0], species["SO4"][0]
    assert bound == pytest.approx(SULFATE_CONSTANTS["Ni"] * (0.1 - bound) * free)


def test_absorbance_without_interaction_is_linear():
    single, double = (
        true_absorbance(AXIS[:300], only(Ni=molar)) for molar in (0.05, 0.1)
    )
    none = true_absorbance(AXIS[:300], only())
    # Beer and Lambert, where water does not absorb.
    np.testing.assert_allclose(double - none, 2 * (single - none), atol=1e-9)
    nickel = absorptivities(AXIS)["Ni"]
    assert nickel[AXIS == 395] == pytest.approx(5.1, rel=0.01)


def test_complexes_make_it_nonlinear():
    axis = np.array([305.0])
    iron = true_absorbance(axis, only(Fe=0.002))
    sulfate = true_absorbance(axis, only(SO4=0.1))
    none = true_absorbance(axis, only())
    both = true_absorbance(axis, only(Fe=0.002, SO4=0.1))
    assert (both - none) > 1.3 * ((iron - none) + (sulfate - none))


def test_ions_without_bands_change_the_water_only():
    water = true_absorbance(AXIS, only())
    lithium = true_absorbance(AXIS, only(Li=0.3))
    changed = np.abs(lithium - water)[0]
    assert changed[AXIS < 600].max() < 1e-6
    assert changed[(AXIS > 900) & (AXIS < 1000)].max() > 1e-3


def test_water_has_its_maximum_at_972_nm_and_moves():
    one, zero = np.ones(1), np.zeros(1)
    near = AXIS[(AXIS > 900) & (AXIS < 1050)]
    assert near[water_absorbance(near, one, zero, zero).argmax()] == 972
    assert near[water_absorbance(near, one, 3 * one, zero).argmax()] == 975


def test_noise_grows_with_the_absorbance_and_stray_light_limits_it():
    clean = simulate_set(200, 911, np.random.default_rng(0), noise=False)
    noisy = simulate_set(200, 911, np.random.default_rng(0))
    assert np.array_equal(clean.concentrations, noisy.concentrations)
    rough = np.abs(np.diff(noisy.absorbance - clean.absorbance, axis=1))
    dark = (clean.absorbance[:, 1:] > 2) & (clean.absorbance[:, 1:] < 3)
    bright = clean.absorbance[:, 1:] < 0.3
    assert np.median(rough[dark]) > 20 * np.median(rough[bright])
    assert noisy.absorbance.max() < 4.1 < clean.absorbance.max()


def test_the_seed_decides():
    sets = [simulate_set(5, 50, np.random.default_rng(s)).absorbance for s in (1, 1, 2)]
    assert np.array_equal(sets[0], sets[1])
    assert not np.array_equal(sets[0], sets[2])
