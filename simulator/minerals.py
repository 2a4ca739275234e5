"""The minerals a sample is drawn from, and what dirt every furnace adds."""

from simulator.decomposition import LABELS, Mineral, step
from simulator.ores import ORES
from simulator.rocks import ROCKS
from simulator.salts import SALTS

MINERALS = SALTS + ROCKS + ORES

_LESHIN = "Leshin et al. 2013, Science 341, 1238937"
_GLAVIN = "Glavin et al. 2013, JGR Planets 118, 1955-1973"

# Gases that come with any sample and carry no label: they keep a class from being
# read off one ion alone.
ADSORBED_WATER = Mineral(
    "adsorbed water",
    (),
    (step("H2O", 0.05, 105, 42), step("H2O", 0.02, 250, 48)),
    _LESHIN,
)
OCCASIONAL_CONTAMINANTS = (
    Mineral(
        "burnt organics",
        (),
        (step("CO2", 0.03, 340, 62), step("CO", 0.01, 430, 80)),
        _LESHIN,
    ),
    Mineral(
        "hydrocarbons",
        (),
        (
            step("alkanes", 0.004, 390, 90),
            step("CH4", 0.003, 520, 130),
            step("benzene", 0.0006, 480, 120),
        ),
        _GLAVIN,
    ),
    Mineral(
        "soluble salts",
        (),
        (
            step("HCl", 0.003, 690, 110),
            step("NO", 0.004, 520, 130),
            step("NO2", 0.001, 480, 130),
        ),
        _LESHIN,
    ),
    Mineral(
        "chlorinated traces",
        (),
        (step("CH3Cl", 0.001, 300, 90), step("O2", 0.01, 400, 110)),
        _GLAVIN,
    ),
    Mineral("sulfur traces", (), (step("SO2", 0.006, 760, 110),), _LESHIN),
)


def minerals_with_label(label: str) -> tuple[Mineral, ...]:
    """Return the minerals that carry a label, in table order."""
    if label not in LABELS:
        raise ValueError(
            f"Unknown label {label!r}; expected one of {', '.join(LABELS)}."
        )
    return tuple(mineral for mineral in MINERALS if label in mineral.labels)


def mineral_named(name: str) -> Mineral:
    """Return the mineral of a name."""
    for mineral in MINERALS:
        if mineral.name == name:
            return mineral
    known = ", ".join(mineral.name for mineral in MINERALS)
    raise ValueError(f"Unknown mineral {name!r}; expected one of {known}.")
