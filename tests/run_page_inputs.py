"""An answer for a run with known chemistry, as a page about it is made from.

Carbonate (CO2 at 700 °C), sulfate (SO2 at 900 °C, cut off by the end of the run), water
at 120 and 450 °C, all on an air background with helium as the carrier gas.
"""

import numpy as np

from pipeline.prediction.answer import (
    Answer,
    Compound,
    Contributions,
    Evidence,
    Neighbour,
    Reliability,
)

LABELS = (
    "basalt",
    "carbonate",
    "chloride",
    "iron_oxide",
    "oxalate",
    "oxychlorine",
    "phyllosilicate",
    "silicate",
    "sulfate",
    "sulfide",
)
FAMILIES = ("gbt", "kernel", "sequence")
PROBABILITIES = (0.08, 0.97, 0.01, 0.32, 0.004, 0.02, 0.61, 0.11, 0.93, 0.03)
TRUTH = ("carbonate", "sulfate")
UNIT = 1e-7
# m/z, temperature of the maximum, standard deviation (celsius), height
PEAKS = (
    (18, 120, 25, 0.30),
    (18, 450, 40, 0.80),
    (17, 450, 40, 0.18),
    (44, 700, 30, 1.00),
    (28, 700, 30, 0.12),
    (12, 700, 30, 0.06),
    (16, 700, 30, 0.09),
    (22, 700, 30, 0.02),
    (45, 700, 30, 0.012),
    (64, 980, 60, 0.50),
    (48, 980, 60, 0.25),
    (66, 980, 60, 0.025),
    (32, 980, 60, 0.15),
)
AIR = {4: 6.0, 28: 0.4, 32: 0.1, 40: 0.02, 18: 0.05, 44: 0.004}
EDGES = np.arange(-100.0, 1501.0, 5.0)
WINDOWS = np.arange(0.0, 1101.0, 50.0)
MZ = np.arange(1, 100)
OBSERVED = (30.0, 985.0)
OTHER = ("average run", "similar training runs", "run as a whole", "rounding")
# label -> m/z, low and high celsius, log-odds
CHEMISTRY = {
    "carbonate": ((44, 650, 750, 1.6), (12, 650, 750, 0.5), (64, 900, 1000, -0.3)),
    "sulfate": ((64, 900, 1000, 1.5), (48, 900, 1000, 0.8), (44, 650, 750, -0.4)),
    "phyllosilicate": ((18, 400, 500, 1.1), (18, 100, 150, -0.6)),
}


def abundance(seed=3):
    """Return the grid of the run, (99, 320)."""
    rng = np.random.default_rng(seed)
    centres = (EDGES[:-1] + EDGES[1:]) / 2
    grid = np.full((len(MZ), len(centres)), 1e-5)
    for mz, level in AIR.items():
        grid[mz - 1] += level
    for mz, top, width, height in PEAKS:
        grid[mz - 1] += height * np.exp(-0.5 * ((centres - top) / width) ** 2)
    grid *= rng.normal(1, 0.004, grid.shape)
    grid += 2e-5 * rng.standard_normal(grid.shape)
    grid[:, (centres < OBSERVED[0]) | (centres > OBSERVED[1])] = np.nan
    grid[43, 100] = np.nan
    grid[95:] = np.nan
    return (UNIT * grid).astype(np.float32)


def contributions(seed=5):
    """Return contributions that add up to the log-odds of PROBABILITIES."""
    rng = np.random.default_rng(seed)
    cells = rng.normal(0, 0.005, (len(LABELS), len(MZ), len(WINDOWS) - 1))
    ions = rng.normal(0, 0.02, (len(LABELS), len(MZ)))
    for label, patches in CHEMISTRY.items():
        for mz, low, high, value in patches:
            inside = (WINDOWS[:-1] >= low) & (WINDOWS[1:] <= high)
            cells[LABELS.index(label), mz - 1, inside] += value / inside.sum()
    other = {name: rng.normal(0, 0.1, len(LABELS)) for name in OTHER}
    other["average run"] = np.linspace(-3, -1, len(LABELS))
    p = np.array(PROBABILITIES)
    known = cells.sum((1, 2)) + ions.sum(1) + sum(other.values())
    other["similar training runs"] += np.log(p / (1 - p)) - known
    return Contributions(MZ, WINDOWS, cells, ions, other)


def compound(number, label):
    p = PROBABILITIES[number]
    word = "present" if p > 0.7 else "absent" if p < 0.25 else "unclear"
    return Compound(
        label=label,
        probability=p,
        low=p * 0.7,
        high=1 - (1 - p) * 0.75,
        word=word,
        by_family={name: p ** (1 + n / 4) for n, name in enumerate(FAMILIES)},
        reliability=Reliability(p - p % 0.2, p - p % 0.2 + 0.2, 0.71, 0.56, 0.83, 41),
        evidence=tuple(
            Evidence(mz, low, high, value)
            for mz, low, high, value in CHEMISTRY.get(label, ())
        ),
        truth=label in TRUTH,
    )


def answer(**changes):
    """Return the answer, with fields of it replaced."""
    fields = {
        "sample_id": "S0042",
        "source": "S0042.csv",
        "origin": "out of fold",
        "instrument": "commercial",
        "compounds": tuple(compound(n, label) for n, label in enumerate(LABELS)),
        "neighbours": (
            Neighbour("S0007", 0.84, ("carbonate",)),
            Neighbour("S0101", 0.41, ("carbonate", "iron_oxide")),
            Neighbour("S0300", 0.12, ()),
        ),
        "warnings": ("heats at 35 °C/min; the training runs heat at 5 to 20 °C/min",),
        "facts": {
            "heating_rate_celsius_per_minute": 35.0,
            "temperature_low_celsius": 30.2,
            "temperature_high_celsius": 984.0,
            "scan_count": 1931.0,
            "ion_count": 95.0,
            "maximum_abundance": 6.1 * UNIT,
        },
        "abundance": abundance(),
        "mz_values": MZ,
        "temperature_edges_celsius": EDGES,
        "contributions": contributions(),
        "families": FAMILIES,
    }
    return Answer(**(fields | changes))
