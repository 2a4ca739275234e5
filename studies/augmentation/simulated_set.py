"""The simulated absorption set: 8 ions in water, 911 channels, Beer-Lambert.

Solutions are mixed from ten salts, so that charges balance. Ion pairs and hydrolysis
change the species that absorb; a spectrometer with stray light, noise of dark current
and photons, and a wandering baseline records them in a cell of 1 cm.
"""

from __future__ import annotations

import numpy as np

from studies.augmentation.absorption_bands import (
    WATER_LOSS,
    WATER_SHIFT_NM,
    WATER_WIDENING,
    absorptivities,
    water_absorbance,
)
from studies.augmentation.ion_equilibria import free_and_bound
from studies.augmentation.spectral_set import SpectralSet

IONS = ("Zn", "Cu", "Li", "Fe", "Ni", "NH4", "SO4", "NO3")
# ions of a formula unit, and the largest concentration of the salt, mol/L
SALTS: dict[str, tuple[dict[str, int], float]] = {
    "Zn(NO3)2": ({"Zn": 1, "NO3": 2}, 0.15),
    "ZnSO4": ({"Zn": 1, "SO4": 1}, 0.15),
    "Cu(NO3)2": ({"Cu": 1, "NO3": 2}, 0.06),
    "CuSO4": ({"Cu": 1, "SO4": 1}, 0.06),
    "LiNO3": ({"Li": 1, "NO3": 1}, 0.30),
    "Fe(NO3)3": ({"Fe": 1, "NO3": 3}, 0.004),
    "NiSO4": ({"Ni": 1, "SO4": 1}, 0.15),
    "Ni(NO3)2": ({"Ni": 1, "NO3": 2}, 0.15),
    "(NH4)2SO4": ({"NH4": 2, "SO4": 1}, 0.15),
    "NH4NO3": ({"NH4": 1, "NO3": 1}, 0.30),
}
# a salt is left out of a solution with this probability
ABSENT = 0.3
FIRST_NM, STEP_NM = 300.0, 1.0
# shares of the lamp's light
STRAY_LIGHT, DARK_NOISE, PHOTON_NOISE = 2e-4, 1e-4, 2e-4
# standard deviations between solutions: absorbance, absorbance over the whole axis,
# shift of the bands of water with the temperature of the room (nm)
OFFSET, SLOPE, THERMAL_SHIFT_NM = 0.001, 0.001, 0.02


def simulate_set(
    spectra: int, channels: int, rng: np.random.Generator, *, noise: bool = True
) -> SpectralSet:
    """Return `spectra` solutions on an axis of `channels` steps of 1 nm from 300 nm.

    Without noise, the recorded absorbance is the true one.
    """
    wavelength_nm = FIRST_NM + STEP_NM * np.arange(channels)
    salts = mix_salts(spectra, rng)
    totals = ion_totals(salts)
    absorbance = true_absorbance(wavelength_nm, totals)
    if noise:
        absorbance = record(wavelength_nm, absorbance, totals, rng)
    return SpectralSet(
        "simulated",
        wavelength_nm,
        absorbance.astype(np.float32),
        np.column_stack([totals[ion] for ion in IONS]),
        IONS,
        ("mol/L",) * len(IONS),
        np.arange(spectra),
    )


def mix_salts(spectra: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return concentrations of salts, mol/L: each absent or even up to its largest."""
    return {
        salt: np.where(
            rng.random(spectra) < ABSENT, 0.0, rng.uniform(0, largest, spectra)
        )
        for salt, (_, largest) in SALTS.items()
    }


def ion_totals(salts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return total concentrations of the ions, mol/L."""
    return {
        ion: np.sum(
            [SALTS[salt][0].get(ion, 0) * molar for salt, molar in salts.items()],
            axis=0,
        )
        for ion in IONS
    }


def true_absorbance(
    wavelength_nm: np.ndarray,
    totals: dict[str, np.ndarray],
    thermal_shift_nm: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Return absorbances (n_solutions, n_wavelengths) of 1 cm by Beer and Lambert."""
    species = free_and_bound(totals)
    absorbance = water_absorbance(
        wavelength_nm,
        1 - _sum_of(WATER_LOSS, totals),
        _sum_of(WATER_SHIFT_NM, totals) + thermal_shift_nm,
        _sum_of(WATER_WIDENING, totals),
    )
    for name, absorptivity in absorptivities(wavelength_nm).items():
        absorbance += species[name][:, None] * absorptivity
    return absorbance


def record(
    wavelength_nm: np.ndarray,
    absorbance: np.ndarray,
    totals: dict[str, np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """Return what the spectrometer shows of a true absorbance.

    Noise is even in the light that arrives, so it grows with the absorbance.
    """
    count = len(absorbance)
    thermal = rng.normal(0, THERMAL_SHIFT_NM, count)
    light = 10 ** -true_absorbance(wavelength_nm, totals, thermal)
    light = (light + STRAY_LIGHT) / (1 + STRAY_LIGHT)
    deviation = np.sqrt(DARK_NOISE**2 + PHOTON_NOISE**2 * light)
    light = light + deviation * rng.standard_normal(light.shape)
    # what falls below the dark signal can't be shown
    shown = -np.log10(np.maximum(light, STRAY_LIGHT / 2))
    axis = np.linspace(-0.5, 0.5, len(wavelength_nm))
    offset, slope = rng.normal(0, OFFSET, count), rng.normal(0, SLOPE, count)
    return shown + offset[:, None] + slope[:, None] * axis


def _sum_of(effect: dict[str, float], totals: dict[str, np.ndarray]) -> np.ndarray:
    """Return the sum over ions of the effect of 1 mol/L times the concentration."""
    return np.sum([effect[ion] * totals[ion] for ion in IONS], axis=0)
