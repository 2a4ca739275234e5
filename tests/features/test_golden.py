"""Features of a fixed grid, number by number.

Guarded: every family, cleaning, the order and the names of the columns, missing values.
Not guarded: whether the numbers are right (test_limit_cases.py) and binning
(test_binning.py). The grid is a closed formula with gaps, lost ends, an absent ion and
helium; its peaks lie away from ties, so rounding cannot move one to another cell.

A change on purpose: run `python tests/features/test_golden.py`, look at the difference,
and say in CHANGELOG.md that the features have changed.
"""

import json
from pathlib import Path

import numpy as np

from features.grid import EgaGrid, RunFacts
from features.table import FeatureSettings, compute_features

GOLDEN = Path(__file__).with_name("golden_features.json")
REGENERATE = "python tests/features/test_golden.py"
SETTINGS = FeatureSettings(
    background_quantile=0.05,
    window_low_celsius=50.0,
    window_high_celsius=1050.0,
    prevalence_window_celsius=250.0,
    area_window_celsius=500.0,
)


def golden_grid():
    """Return 2 runs x 5 ions (m/z 2 to 6, helium among them) x 47 cells of 20 C."""
    edges = 110.0 + 20.0 * np.arange(48)
    temperature = (edges[:-1] + edges[1:]) / 2
    runs = np.empty((2, 5, 47))
    for run in range(2):
        for ion in range(5):
            slope = (1 + run + 2 * ion) * 1e-5 * temperature
            early = np.exp(-(((temperature - 287 - 31 * ion) / (45 + 9 * run)) ** 2))
            late = np.exp(-(((temperature - 733 + 26 * run) / (70 + 11 * ion)) ** 2))
            ripple = 0.004 * np.sin(temperature / (13.7 + ion))
            runs[run, ion] = slope + (1 + ion) * early + (2.3 - run) * late + ripple
    runs[:, 2] *= 1000.0  # helium
    runs[0, :, :3] = np.nan
    runs[1, :, -2:] = np.nan
    runs[0, 1, 20:23] = np.nan
    runs[1, 4] = np.nan
    runs *= np.array([1e-9, 3e-7])[:, None, None]
    facts = RunFacts(
        heating_rate_celsius_per_minute=np.array([35.2, 29.7]),
        temperature_low_celsius=np.array([171.3, 112.9]),
        temperature_high_celsius=np.array([1048.6, 1008.4]),
        scan_count=np.array([871, 645]),
        ion_count=np.array([5, 4]),
        maximum_abundance=np.nanmax(runs, axis=(1, 2)),
    )
    return EgaGrid(runs.astype(np.float32), np.arange(2, 7), edges, facts)


def current():
    """Return {name: [value of run 0, value of run 1]}; None where missing."""
    table, _ = compute_features(golden_grid(), SETTINGS)
    return {
        name: [None if np.isnan(v) else float(str(v)) for v in table[name].to_numpy()]
        for name in table.columns
    }


def test_features_have_not_changed():
    # An edit of features must be seen here before it is seen in the score.
    expected, found = json.loads(GOLDEN.read_text(encoding="utf-8")), current()
    hint = f"features have changed; if on purpose, run: {REGENERATE}"
    assert list(found) == list(expected), hint
    # n_differences multiplies a sum that nearly cancels by 1e5, and with it the last
    # bit of float32; the absolute part for the others is for values near 0
    amplified = [name for name in found if name.startswith("difference_")]
    others = [name for name in found if name not in amplified]
    for names, tolerance in ((others, 1e-6), (amplified, 3e-4)):
        # None becomes NaN, which equals NaN only
        np.testing.assert_allclose(
            np.array([found[name] for name in names], dtype=float),
            np.array([expected[name] for name in names], dtype=float),
            rtol=1e-5,
            atol=tolerance,
            err_msg=hint,
        )


def test_golden_grid_reaches_every_family():
    # Golden numbers guard a family only if most of them are numbers that vary.
    table, features = compute_features(golden_grid(), SETTINGS)
    for family in {feature.family for feature in features}:
        names = [feature.name for feature in features if feature.family == family]
        values = table[names].to_numpy()
        finite = values[np.isfinite(values)]
        assert finite.size >= 0.4 * values.size, family
        assert np.unique(finite).size > 2, family


def regenerate():
    lines = [f"{json.dumps(name)}: {json.dumps(v)}" for name, v in current().items()]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    regenerate()
