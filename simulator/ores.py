"""Decomposition steps of iron oxides and sulfides.

Peak temperatures and activation energies are chosen as told in `simulator.salts`.
Sulfides burn on the traces of oxygen in the carrier gas, hence SO2 rather than sulfur.
Hematite and magnetite have nothing to lose below 1100 celsius but the water and the
carbonate that fine powders hold on their surface.
"""

from simulator.decomposition import Mineral, step

_MCADAM = "McAdam et al. 2014, JGR Planets 119, 373-393"
_MING = "Ming et al. 2014, Science 343, 1245267"
_CORNELL = "Cornell and Schwertmann 2003, The Iron Oxides, Wiley-VCH"

_IRON_OXIDE = ("iron_oxide",)
_SULFIDE = ("sulfide",)

ORES = (
    Mineral("goethite", _IRON_OXIDE, (step("H2O", 0.5, 305, 150),), _CORNELL),
    Mineral("lepidocrocite", _IRON_OXIDE, (step("H2O", 0.5, 265, 140),), _CORNELL),
    Mineral(
        "ferrihydrite",
        _IRON_OXIDE,
        (
            step("H2O", 0.6, 145, 50),
            step("H2O", 0.15, 290, 90),
            step("CO2", 0.02, 330, 90),
        ),
        _CORNELL,
    ),
    Mineral(
        "akaganeite",
        _IRON_OXIDE + ("chloride",),
        (
            step("H2O", 0.35, 255, 110),
            step("HCl", 0.06, 310, 120),
            step("HCl", 0.05, 455, 140),
        ),
        _MING,
    ),
    # Hematite turns into magnetite, and its oxygen tells it, above 1100 celsius only.
    Mineral(
        "hematite",
        _IRON_OXIDE,
        (
            step("H2O", 0.03, 140, 55),
            step("H2O", 0.05, 290, 110),
            step("O2", 0.03, 1170, 320),
        ),
        _CORNELL,
    ),
    Mineral(
        "magnetite",
        _IRON_OXIDE,
        (step("H2O", 0.03, 270, 90), step("CO2", 0.03, 310, 100)),
        _CORNELL,
    ),
    Mineral(
        "pyrite",
        _SULFIDE,
        (
            step("SO2", 0.6, 505, 150),
            step("SO2", 0.2, 630, 170),
            step("H2S", 0.05, 480, 150),
            step("COS", 0.01, 540, 150),
            step("CS2", 0.004, 560, 150),
        ),
        _MCADAM,
    ),
    Mineral(
        "pyrrhotite",
        _SULFIDE,
        (step("SO2", 0.3, 600, 160), step("H2S", 0.03, 560, 160)),
        _MCADAM,
    ),
    Mineral(
        "troilite",
        _SULFIDE,
        (step("SO2", 0.15, 690, 180), step("H2S", 0.02, 650, 170)),
        _MCADAM,
    ),
)
