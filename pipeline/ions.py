"""What an ion usually is: m/z -> likely parent gases and fragments.

A short reading aid for 70 eV electron ionisation, most likely first; it is no proof of
identity. Neutral formulas are gases seen as their molecular ion, a plus sign marks a
fragment (or a doubly charged ion). Source: electron-ionisation spectra of the NIST
Chemistry WebBook, NIST Standard Reference Database 69 (webbook.nist.gov).
"""

from __future__ import annotations

import re
from types import MappingProxyType

IONS = MappingProxyType(
    {
        1: ("H+",),
        2: ("H2",),
        4: ("He",),
        12: ("C+",),
        13: ("CH+",),
        14: ("N+", "CH2+"),
        15: ("CH3+",),
        16: ("O+", "CH4"),
        17: ("OH+", "NH3"),
        18: ("H2O",),
        19: ("H3O+", "F+"),
        20: ("HF", "Ar++"),
        22: ("CO2++",),
        24: ("C2+",),
        25: ("C2H+",),
        26: ("C2H2", "CN+"),
        27: ("HCN", "C2H3+"),
        28: ("CO", "N2"),
        29: ("CHO+", "C2H5+"),
        30: ("NO", "CH2O"),
        31: ("CH3O+",),
        32: ("O2", "S+"),
        33: ("HS+",),
        34: ("H2S",),
        35: ("Cl+",),
        36: ("HCl",),
        37: ("(37Cl)+",),
        38: ("H(37Cl)",),
        39: ("C3H3+",),
        40: ("Ar",),
        41: ("C3H5+",),
        42: ("C3H6+",),
        43: ("C3H7+", "C2H3O+"),
        44: ("CO2",),
        45: ("(13C)O2", "CHO2+"),
        46: ("NO2",),
        47: ("CH3S+", "CCl+"),
        48: ("SO+",),
        49: ("CH2Cl+", "(33S)O+"),
        50: ("CH3Cl", "(34S)O+"),
        51: ("C4H3+", "ClO+"),
        52: ("CH3(37Cl)", "C4H4+"),
        53: ("C4H5+", "(37Cl)O+"),
        54: ("C4H6+",),
        55: ("C4H7+",),
        56: ("C4H8+",),
        57: ("C4H9+",),
        58: ("C3H6O",),
        60: ("COS",),
        62: ("CO(34S)",),
        64: ("SO2", "S2"),
        65: ("(33S)O2", "C5H5+"),
        66: ("(34S)O2",),
        67: ("C5H7+", "ClO2"),
        68: ("C5H8+",),
        69: ("C5H9+", "(37Cl)O2"),
        70: ("Cl2", "C5H10+"),
        71: ("C5H11+",),
        72: ("Cl(37Cl)",),
        73: ("Si(CH3)3+",),
        74: ("(37Cl)2",),
        75: ("Si(CH3)2OH+",),
        76: ("CS2",),
        77: ("C6H5+",),
        78: ("C6H6",),
        79: ("C6H7+",),
        80: ("SO3",),
        81: ("C6H9+",),
        82: ("C6H10+",),
        83: ("C6H11+", "CHCl2+"),
        84: ("CH2Cl2", "C6H12+"),
        85: ("C6H13+", "SiF3+"),
        91: ("C7H7+",),
        92: ("C7H8",),
        94: ("CH3Br",),
        96: ("S3",),
        98: ("H2SO4",),
    }
)

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺")


def typeset(formula: str) -> str:
    """Write isotopes and charges high and counts low.

    >>> typeset("CO2"), typeset("CH3(37Cl)"), typeset("CO2++")
    ('CO₂', 'CH₃³⁷Cl', 'CO₂²⁺')
    """
    # a lone isotope needs no brackets once it stands high; a counted one keeps them
    formula = re.sub(r"\((\d+[A-Z][a-z]?)\)(?!\d)", r"^\1", formula)
    formula = re.sub(
        r"([\^(])(\d+)(?=[A-Z])",
        lambda m: m[1].replace("^", "") + m[2].translate(_SUPERSCRIPTS),
        formula,
    )
    formula = formula.replace("++", "²⁺").replace("+", "⁺")
    return formula.translate(_SUBSCRIPTS)


def ion_name(mz: int) -> str:
    """Return the likely ions in plain letters, or an empty text.

    >>> ion_name(28), ion_name(99)
    ('CO/N2', '')
    """
    return "/".join(IONS.get(mz, ()))


def ion_label(mz: int) -> str:
    """Return m/z with the likely ions beside it.

    >>> ion_label(44), ion_label(99)
    ('m/z 44 (CO₂)', 'm/z 99')
    """
    name = typeset(ion_name(mz))
    return f"m/z {mz} ({name})" if name else f"m/z {mz}"
