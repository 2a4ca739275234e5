"""What 70 eV electron impact makes of each gas: its ions and their relative heights.

Values are rounded from the electron-ionisation spectra of the NIST Chemistry WebBook,
NIST Standard Reference Database 69 (https://webbook.nist.gov). The two organic
patterns are rounded averages of the n-alkanes and of the trimethylsilyl products
whose ions (73, 75, 147) mark the derivatisation agent carried by the SAM instrument
(Glavin et al. 2013, JGR Planets 118, 1955-1973).
"""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

# gas -> {m/z: intensity relative to the base peak}
FRAGMENT_PATTERNS = MappingProxyType(
    {
        "H2": {2: 1.0, 1: 0.021},
        "H2O": {18: 1.0, 17: 0.212, 16: 0.009, 19: 0.005, 20: 0.003},
        "CO": {28: 1.0, 12: 0.047, 16: 0.017, 29: 0.012, 14: 0.008, 30: 0.002},
        "CO2": {
            44: 1.0,
            28: 0.098,
            16: 0.096,
            12: 0.087,
            22: 0.019,
            45: 0.012,
            46: 0.004,
        },
        "O2": {32: 1.0, 16: 0.218, 34: 0.004, 33: 0.001},
        "N2": {28: 1.0, 14: 0.138, 29: 0.007},
        "NO": {30: 1.0, 14: 0.075, 15: 0.024, 16: 0.015, 31: 0.004, 32: 0.002},
        "NO2": {30: 1.0, 46: 0.37, 16: 0.223, 14: 0.096},
        # SO3 falls apart to SO2 and oxygen before it reaches the ion source.
        "SO2": {64: 1.0, 48: 0.493, 32: 0.104, 16: 0.052, 66: 0.049, 50: 0.023},
        "H2S": {34: 1.0, 32: 0.444, 33: 0.42, 36: 0.042, 35: 0.025},
        "COS": {60: 1.0, 32: 0.58, 28: 0.08, 12: 0.05, 62: 0.045},
        "CS2": {76: 1.0, 32: 0.22, 44: 0.17, 78: 0.09, 38: 0.06},
        "HCl": {36: 1.0, 38: 0.324, 35: 0.17, 37: 0.054},
        "Cl2": {70: 1.0, 72: 0.65, 35: 0.54, 37: 0.18, 74: 0.106},
        "Ar": {40: 1.0, 20: 0.146, 36: 0.003},
        "CH4": {16: 1.0, 15: 0.888, 14: 0.204, 13: 0.107, 12: 0.038, 17: 0.016},
        "CH3Cl": {50: 1.0, 15: 0.72, 52: 0.32, 49: 0.1, 14: 0.09, 47: 0.08},
        "benzene": {78: 1.0, 77: 0.23, 51: 0.19, 52: 0.18, 50: 0.16, 39: 0.13},
        "alkanes": {
            43: 1.0,
            57: 0.8,
            41: 0.6,
            29: 0.45,
            27: 0.4,
            55: 0.35,
            71: 0.35,
            42: 0.3,
            56: 0.3,
            69: 0.2,
            85: 0.2,
        },
        "silyl": {75: 1.0, 147: 0.8, 73: 0.6, 45: 0.3, 148: 0.12, 77: 0.1},
    }
)


def base_mz(gas: str) -> int:
    """Return the m/z of the highest ion of a gas."""
    pattern = FRAGMENT_PATTERNS[gas]
    return max(pattern, key=pattern.__getitem__)


def pattern_matrix(gases: Sequence[str], mz: np.ndarray) -> np.ndarray:
    """Return the relative intensity of each gas at each integer m/z.

    Parameters
    ----------
    gases
        Gas names, ``n_gases`` of them; repeats are allowed.
    mz
        Integer m/z values (any numeric type), shape ``(n_mz,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_gases, n_mz)``; 0 where the gas has no such ion.
    """
    columns = [int(value) for value in mz]
    return np.array(
        [
            [FRAGMENT_PATTERNS[gas].get(column, 0.0) for column in columns]
            for gas in gases
        ],
        dtype=np.float64,
    ).reshape(len(gases), len(columns))
