"""Decomposition steps of basalts, silicates and clays.

Peak temperatures and activation energies are chosen as told in `simulator.salts`.
Silicates and basalts hold hardly any volatiles: traces of water, of carbon dioxide
from inclusions that burst near 900 celsius, and of sulfur are all that tells them from
an empty cup. Clays lose interlayer water first and their hydroxyl at a temperature
that depends on the metal it is bound to: iron, aluminium, magnesium, in this order.
"""

from simulator.decomposition import Mineral, step

_FOLDVARI = "Foldvari 2011, Geological Institute of Hungary, Occasional Papers 213"
_SUTTER = "Sutter et al. 2017, JGR Planets 122, 2574-2609"
_ARCHER = "Archer et al. 2014, JGR Planets 119, 237-254"
_MING = "Ming et al. 2014, Science 343, 1245267"

_BASALT = ("basalt",)
_PHYLLOSILICATE = ("phyllosilicate",)
_SILICATE = ("silicate",)

ROCKS = (
    Mineral(
        "tholeiitic basalt",
        _BASALT,
        (
            step("H2O", 0.03, 135, 50),
            step("CO2", 0.012, 400, 80),
            step("H2O", 0.02, 640, 140),
            step("SO2", 0.01, 930, 200),
            step("HCl", 0.002, 800, 150),
        ),
        _ARCHER,
    ),
    Mineral(
        "olivine basalt",
        _BASALT + _SILICATE,
        (
            step("H2O", 0.015, 150, 50),
            step("H2O", 0.02, 780, 180),
            step("CO2", 0.03, 895, 230),
            step("SO2", 0.008, 945, 200),
            step("H2S", 0.0015, 900, 190),
        ),
        _ARCHER,
    ),
    Mineral(
        "palagonitic basalt",
        _BASALT,
        (
            step("H2O", 0.25, 140, 48),
            step("H2O", 0.05, 320, 75),
            step("CO2", 0.02, 460, 90),
            step("SO2", 0.01, 900, 190),
        ),
        _ARCHER,
    ),
    Mineral(
        "forsterite",
        _SILICATE,
        (
            step("H2O", 0.02, 125, 50),
            step("H2O", 0.02, 730, 180),
            step("CO2", 0.03, 905, 230),
        ),
        _FOLDVARI,
    ),
    Mineral(
        "augite",
        _SILICATE,
        (
            step("H2O", 0.02, 130, 50),
            step("CO2", 0.015, 640, 140),
            step("CO2", 0.03, 885, 230),
        ),
        _FOLDVARI,
    ),
    Mineral(
        "labradorite",
        _SILICATE,
        (
            step("H2O", 0.03, 120, 50),
            step("H2O", 0.02, 560, 130),
            step("CO2", 0.03, 865, 220),
        ),
        _FOLDVARI,
    ),
    Mineral(
        "opal",
        _SILICATE,
        (step("H2O", 0.15, 160, 45), step("H2O", 0.04, 480, 70)),
        _FOLDVARI,
    ),
    Mineral("analcime", _SILICATE, (step("H2O", 0.35, 340, 75),), _FOLDVARI),
    Mineral(
        "nontronite",
        _PHYLLOSILICATE,
        (step("H2O", 0.5, 140, 60), step("H2O", 0.25, 465, 140)),
        _SUTTER,
    ),
    Mineral(
        "montmorillonite",
        _PHYLLOSILICATE,
        (
            step("H2O", 0.5, 135, 65),
            step("H2O", 0.1, 205, 85),
            step("H2O", 0.22, 690, 190),
        ),
        _FOLDVARI,
    ),
    Mineral(
        "saponite",
        _PHYLLOSILICATE,
        (step("H2O", 0.5, 145, 62), step("H2O", 0.2, 820, 260)),
        _MING,
    ),
    Mineral(
        "kaolinite",
        _PHYLLOSILICATE,
        (step("H2O", 0.02, 110, 55), step("H2O", 0.55, 560, 175)),
        _FOLDVARI,
    ),
    Mineral(
        "clinochlore",
        _PHYLLOSILICATE,
        (
            step("H2O", 0.03, 120, 55),
            step("H2O", 0.35, 625, 200),
            step("H2O", 0.12, 835, 250),
        ),
        _FOLDVARI,
    ),
    Mineral(
        "antigorite",
        _PHYLLOSILICATE,
        (step("H2O", 0.03, 115, 55), step("H2O", 0.5, 705, 230)),
        _FOLDVARI,
    ),
)
