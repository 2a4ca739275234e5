"""Decomposition steps of carbonates, oxalates and the salts of chlorine and sulfur.

Peak temperatures are rounded to what the cited works show for heating rates near
35 celsius per minute in helium; they scatter by tens of celsius with grain size and
crystallinity. Activation energies are effective first-order values which give peaks
of the widths seen in such runs; they are not fits to a particular sample. Sulfates
set SO3 free, which arrives as SO2 and half as much O2.
"""

from simulator.decomposition import Mineral, step

_FOLDVARI = "Foldvari 2011, Geological Institute of Hungary, Occasional Papers 213"
_SUTTER = "Sutter et al. 2017, JGR Planets 122, 2574-2609"
_LEWIS = "Lewis et al. 2021, JGR Planets 126, e2020JE006803"
_CLARK = "Clark et al. 2021, Minerals 11, 475"
_MCADAM = "McAdam et al. 2014, JGR Planets 119, 373-393"
_FROST = "Frost and Weier 2004, Thermochimica Acta 409, 79-85"

_CARBONATE = ("carbonate",)
_CHLORIDE = ("chloride",)
_OXALATE = ("oxalate",)
_OXYCHLORINE = ("oxychlorine",)
_SULFATE = ("sulfate",)

SALTS = (
    Mineral("calcite", _CARBONATE, (step("CO2", 1.0, 770, 200),), _FOLDVARI),
    Mineral(
        "siderite",
        _CARBONATE,
        (step("CO2", 1.0, 520, 180), step("CO", 0.25, 535, 180)),
        _SUTTER,
    ),
    Mineral("magnesite", _CARBONATE, (step("CO2", 1.0, 620, 190),), _FOLDVARI),
    Mineral(
        "dolomite",
        _CARBONATE,
        (step("CO2", 0.5, 730, 230), step("CO2", 0.5, 815, 220)),
        _FOLDVARI,
    ),
    Mineral(
        "hydromagnesite",
        _CARBONATE,
        (
            step("H2O", 0.7, 270, 115),
            step("H2O", 0.2, 440, 160),
            step("CO2", 0.8, 475, 170),
        ),
        _FOLDVARI,
    ),
    # Alone halite only sublimes; traces of water turn a little of it into HCl.
    Mineral(
        "halite",
        _CHLORIDE,
        (step("H2O", 0.03, 130, 70), step("HCl", 0.03, 840, 170)),
        _CLARK,
    ),
    Mineral(
        "bischofite",
        _CHLORIDE,
        (
            step("H2O", 0.7, 150, 85),
            step("H2O", 0.3, 215, 105),
            step("HCl", 0.5, 440, 130),
        ),
        _FOLDVARI,
    ),
    Mineral(
        "sinjarite",
        _CHLORIDE,
        (step("H2O", 0.6, 170, 90), step("HCl", 0.06, 730, 170)),
        _CLARK,
    ),
    Mineral(
        "whewellite",
        _OXALATE,
        (
            step("H2O", 0.4, 185, 100),
            step("CO", 0.45, 495, 220),
            step("CO2", 0.12, 500, 220),
            step("CO2", 0.45, 715, 200),
        ),
        _FROST,
    ),
    Mineral(
        "humboldtine",
        _OXALATE,
        (
            step("H2O", 0.8, 205, 110),
            step("CO2", 0.6, 395, 165),
            step("CO", 0.45, 405, 165),
        ),
        _LEWIS,
    ),
    Mineral(
        "glushinskite",
        _OXALATE,
        (
            step("H2O", 0.8, 215, 110),
            step("CO", 0.55, 490, 200),
            step("CO2", 0.6, 490, 200),
        ),
        _LEWIS,
    ),
    # Potassium and sodium perchlorate keep their chlorine as chloride.
    Mineral(
        "sodium perchlorate",
        _OXYCHLORINE,
        (
            step("H2O", 0.2, 140, 80),
            step("O2", 1.0, 555, 240),
            step("HCl", 0.01, 780, 160),
        ),
        _CLARK,
    ),
    Mineral(
        "potassium perchlorate", _OXYCHLORINE, (step("O2", 1.0, 600, 260),), _CLARK
    ),
    Mineral(
        "calcium perchlorate",
        _OXYCHLORINE,
        (
            step("H2O", 0.5, 165, 85),
            step("O2", 1.0, 470, 210),
            step("HCl", 0.03, 640, 150),
        ),
        _CLARK,
    ),
    Mineral(
        "magnesium perchlorate",
        _OXYCHLORINE,
        (
            step("H2O", 0.7, 200, 95),
            step("O2", 1.0, 455, 200),
            step("HCl", 0.3, 485, 170),
            step("Cl2", 0.03, 465, 190),
        ),
        _CLARK,
    ),
    Mineral(
        "sodium chlorate",
        _OXYCHLORINE,
        (step("O2", 0.75, 505, 220), step("HCl", 0.01, 760, 160)),
        _CLARK,
    ),
    Mineral(
        "gypsum",
        _SULFATE,
        (
            step("H2O", 0.8, 165, 95),
            step("SO2", 0.2, 1180, 330),
            step("O2", 0.1, 1180, 330),
        ),
        _FOLDVARI,
    ),
    Mineral(
        "kieserite",
        _SULFATE,
        (
            step("H2O", 0.5, 355, 130),
            step("SO2", 0.45, 985, 290),
            step("O2", 0.22, 985, 290),
        ),
        _MCADAM,
    ),
    Mineral(
        "melanterite",
        _SULFATE,
        (
            step("H2O", 0.9, 130, 80),
            step("H2O", 0.2, 300, 120),
            step("SO2", 0.5, 645, 210),
            step("O2", 0.12, 650, 210),
        ),
        _MCADAM,
    ),
    Mineral(
        "jarosite",
        _SULFATE,
        (
            step("H2O", 0.35, 425, 170),
            step("SO2", 0.45, 665, 220),
            step("O2", 0.2, 665, 220),
        ),
        _SUTTER,
    ),
    Mineral(
        "alunite",
        _SULFATE,
        (
            step("H2O", 0.5, 540, 190),
            step("SO2", 0.45, 800, 240),
            step("O2", 0.22, 800, 240),
        ),
        _FOLDVARI,
    ),
)
