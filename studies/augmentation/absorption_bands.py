"""Bands of aqueous ions between 300 and 1210 nm, as sums of Gaussians.

Positions and molar absorptivities are rounded textbook values of aqueous ions at 25 C;
widths are such that neighbouring bands overlap as they do in published spectra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Band:
    """A Gaussian: position and standard deviation (nm), molar absorptivity at the top.

    The absorptivity is in L/(mol cm), decadic.
    """

    position_nm: float
    width_nm: float
    absorptivity: float

    def on(self, wavelength_nm: np.ndarray) -> np.ndarray:
        """Return the molar absorptivity at each wavelength."""
        offset = (wavelength_nm - self.position_nm) / self.width_nm
        return self.absorptivity * np.exp(-0.5 * offset**2)


# Ni(H2O)6 2+: 3A2g -> 3T1g(P) at 395 nm, 3T1g(F) split by 1Eg at 656 and 740 nm, 3T2g
# at 1150 nm; absorptivities 5, 2, 2 and 2
_NICKEL = (
    Band(395, 22, 5.1),
    Band(656, 38, 1.7),
    Band(735, 42, 2.0),
    Band(1150, 95, 2.1),
)
SPECIES: dict[str, tuple[Band, ...]] = {
    # Cu(H2O)6 2+: 2Eg -> 2T2g, about 12 at 810 nm, with the shoulder of the
    # Jahn-Teller splitting at 950 nm
    "Cu": (Band(800, 85, 10.5), Band(950, 90, 6.0)),
    # the ion pair absorbs more strongly and at shorter wavelengths, and its
    # charge-transfer band reaches 300 nm
    "CuSO4": (Band(770, 88, 14.5), Band(935, 95, 7.0), Band(255, 24, 130.0)),
    "CuNO3": (Band(790, 86, 12.5), Band(945, 92, 6.5)),
    "Ni": _NICKEL,
    # an outer-sphere pair: six waters stay, and so do the bands
    "NiSO4": _NICKEL,
    # Fe(H2O)6 3+: charge transfer at 240 nm, here only its edge; d-d bands are
    # forbidden (0.05 at 794 nm)
    "Fe": (Band(240, 24, 4200.0), Band(794, 60, 0.05)),
    # charge transfer of the hydrolysed ion, 297 nm
    "FeOH": (Band(297, 33, 2000.0),),
    # charge transfer of the sulfate complex, 305 nm
    "FeSO4": (Band(305, 32, 2200.0),),
    # n -> pi*, 301 nm
    "NO3": (Band(301, 13, 7.2),),
}

# overtones and combinations of water, absorbance in 1 cm: 740, 838, 970, 1190 nm
WATER: tuple[Band, ...] = (
    Band(740, 14, 0.012),
    Band(838, 20, 0.018),
    Band(972, 24, 0.20),
    Band(1192, 34, 0.45),
)

# what 1 mol/L of an ion does to the bands of water: the share of water that is
# displaced or bound, the shift (structure makers to longer, breakers to shorter
# wavelengths) and the relative widening
WATER_LOSS = {
    "Zn": 0.010,
    "Cu": 0.012,
    "Li": 0.002,
    "Fe": 0.020,
    "Ni": 0.010,
    "NH4": 0.040,
    "SO4": 0.022,
    "NO3": 0.030,
}
WATER_SHIFT_NM = {
    "Zn": 1.6,
    "Cu": 1.3,
    "Li": 0.4,
    "Fe": 2.5,
    "Ni": 1.1,
    "NH4": 0.5,
    "SO4": 1.6,
    "NO3": -2.2,
}
WATER_WIDENING = {
    "Zn": 0.040,
    "Cu": 0.030,
    "Li": 0.050,
    "Fe": 0.060,
    "Ni": 0.030,
    "NH4": -0.010,
    "SO4": -0.020,
    "NO3": 0.010,
}


def absorptivities(wavelength_nm: np.ndarray) -> dict[str, np.ndarray]:
    """Return molar absorptivities (n_wavelengths,) of each species, L/(mol cm)."""
    return {
        name: np.sum([band.on(wavelength_nm) for band in bands], axis=0)
        for name, bands in SPECIES.items()
    }


def water_absorbance(
    wavelength_nm: np.ndarray,
    share: np.ndarray,
    shift_nm: np.ndarray,
    widening: np.ndarray,
) -> np.ndarray:
    """Return the absorbance of 1 cm of water (n_solutions, n_wavelengths).

    Parameters
    ----------
    share : (n_solutions,)
        Of the absorbance of pure water.
    shift_nm : (n_solutions,)
        Of all bands.
    widening : (n_solutions,)
        Relative, of all bands.
    """
    absorbance = np.zeros((len(share), len(wavelength_nm)))
    for band in WATER:
        offset = wavelength_nm - (band.position_nm + shift_nm[:, None])
        width_nm = band.width_nm * (1 + widening[:, None])
        absorbance += band.absorptivity * np.exp(-0.5 * (offset / width_nm) ** 2)
    return share[:, None] * absorbance
