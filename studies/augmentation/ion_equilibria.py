"""Ion pairs, hydrolysis and protons of salt solutions, by mass balance.

    M + SO4 <=> MSO4,  M + NO3 <=> MNO3,  Fe + H2O <=> FeOH + H,  H + SO4 <=> HSO4

Constants are rounded published values for an ionic strength near 1 mol/L and 25 C
(Smith and Martell, Critical Stability Constants); activities are not followed further.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# L/mol
SULFATE_CONSTANTS = {
    "Cu": 10**0.95,
    "Zn": 10**0.90,
    "Ni": 10**0.60,
    "Fe": 10**2.10,
    "Li": 10**-0.10,
    "NH4": 10**-0.10,
}
NITRATE_CONSTANTS = {"Cu": 10**-0.15, "Fe": 10**-0.25}
# mol/L, of Fe3+ -> FeOH2+ + H+
HYDROLYSIS_CONSTANT = 10**-2.75
# L/mol, of H+ + SO4 2-
HYDROGEN_SULFATE_CONSTANT = 10**1.10
# of a strong acid that neither absorbs nor forms pairs, in every solution, mol/L
ACID_MOLAR = 0.02

_CATIONS = ("Zn", "Cu", "Li", "Fe", "Ni", "NH4")
_STEPS = 500
_TOLERANCE = 1e-10


def free_and_bound(totals: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the concentration of every species, mol/L.

    Parameters
    ----------
    totals : mapping of ion -> (n_solutions,)
        Total concentrations of the eight ions, mol/L.

    Returns
    -------
    dict of species -> (n_solutions,)
        Ions by their name, pairs as in "CuSO4", and "FeOH", "H", "HSO4".

    Raises
    ------
    ArithmeticError
        The balances do not close.
    """
    sulfate, nitrate = totals["SO4"].astype(float), totals["NO3"].astype(float)
    hydrogen = np.full(len(sulfate), ACID_MOLAR)
    for _ in range(_STEPS):
        cations = _free_cations(totals, sulfate, nitrate, hydrogen)
        bound_sulfate = sum(k * cations[m] for m, k in SULFATE_CONSTANTS.items())
        bound_nitrate = sum(k * cations[m] for m, k in NITRATE_CONSTANTS.items())
        new_sulfate = totals["SO4"] / (
            1 + bound_sulfate + HYDROGEN_SULFATE_CONSTANT * hydrogen
        )
        new_nitrate = totals["NO3"] / (1 + bound_nitrate)
        # H (1 + K S) = acid + K_hydrolysis Fe / H
        factor = 1 + HYDROGEN_SULFATE_CONSTANT * new_sulfate
        source = HYDROLYSIS_CONSTANT * cations["Fe"]
        new_hydrogen = (ACID_MOLAR + np.sqrt(ACID_MOLAR**2 + 4 * factor * source)) / (
            2 * factor
        )
        change = max(
            float(np.abs(new - old).max(initial=0))
            for new, old in (
                (new_sulfate, sulfate),
                (new_nitrate, nitrate),
                (new_hydrogen, hydrogen),
            )
        )
        # the mean of old and new does not swing
        sulfate = (sulfate + new_sulfate) / 2
        nitrate = (nitrate + new_nitrate) / 2
        hydrogen = (hydrogen + new_hydrogen) / 2
        if change < _TOLERANCE:
            return _species(totals, sulfate, nitrate, hydrogen)
    raise ArithmeticError(f"mass balances still move by {change:.1e} mol/L")


def _free_cations(
    totals: Mapping[str, np.ndarray],
    sulfate: np.ndarray,
    nitrate: np.ndarray,
    hydrogen: np.ndarray,
) -> dict[str, np.ndarray]:
    free = {}
    for ion in _CATIONS:
        bound = 1 + SULFATE_CONSTANTS[ion] * sulfate
        bound = bound + NITRATE_CONSTANTS.get(ion, 0.0) * nitrate
        if ion == "Fe":
            bound = bound + HYDROLYSIS_CONSTANT / hydrogen
        free[ion] = totals[ion] / bound
    return free


def _species(
    totals: Mapping[str, np.ndarray],
    sulfate: np.ndarray,
    nitrate: np.ndarray,
    hydrogen: np.ndarray,
) -> dict[str, np.ndarray]:
    species = _free_cations(totals, sulfate, nitrate, hydrogen)
    species |= {
        f"{m}SO4": k * species[m] * sulfate for m, k in SULFATE_CONSTANTS.items()
    }
    species |= {
        f"{m}NO3": k * species[m] * nitrate for m, k in NITRATE_CONSTANTS.items()
    }
    species["FeOH"] = HYDROLYSIS_CONSTANT * species["Fe"] / hydrogen
    species["SO4"], species["NO3"], species["H"] = sulfate, nitrate, hydrogen
    species["HSO4"] = HYDROGEN_SULFATE_CONSTANT * hydrogen * sulfate
    return species
