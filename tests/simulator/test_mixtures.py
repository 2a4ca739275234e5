import numpy as np
import pytest

from simulator.decomposition import LABELS
from simulator.interactions import step_factors
from simulator.minerals import MINERALS, mineral_named
from simulator.mixtures import draw_sample, labels_of, pure_sample

LABELS_BY_MINERAL = {mineral.name: set(mineral.labels) for mineral in MINERALS}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("main_label", LABELS)
def test_labels_are_those_of_the_minerals(main_label, seed):
    sample = draw_sample(np.random.default_rng(seed), main_label)
    present = {
        label for label, there in zip(LABELS, sample.labels, strict=True) if there
    }
    # Labels must follow from the minerals, and the asked-for one must be there.
    assert present == set().union(*(LABELS_BY_MINERAL[n] for n in sample.minerals))
    assert main_label in present
    # No mineral twice: its steps would be two rows of truth with the same name.
    assert len(set(sample.minerals)) == len(sample.minerals) <= 3


def test_an_empty_cup_has_no_label_but_some_water():
    sample = draw_sample(np.random.default_rng(0), None)
    # Blank runs are real negatives: no mineral, yet not a flat line.
    assert sum(sample.labels) == 0
    assert sample.minerals == ()
    assert "H2O" in {step.gas for step in sample.steps}


def test_pure_sample_is_the_table():
    sample = pure_sample(mineral_named("siderite"), amount=2.0)
    # Amounts scale with the mineral's amount, energies stay as tabulated.
    assert [step.amount for step in sample.steps] == [2.0, 0.5]
    assert sample.steps[0].activation_energy_joule_per_mole == 180_000.0
    assert sample.labels == labels_of([mineral_named("siderite")])
    assert sum(sample.labels) == 1


def test_iron_brings_the_oxygen_of_perchlorates_down():
    def energy_factor(partners):
        random = np.random.default_rng(3)
        return step_factors(random, ("oxychlorine",), "O2", frozenset(partners))[0]

    # The shift needs the partner, and lowers the energy, never raises it.
    assert energy_factor([]) == 1.0
    assert 0.86 <= energy_factor(["iron_oxide"]) <= 0.97
    assert energy_factor(["carbonate"]) == 1.0


def test_water_makes_chlorides_yield_more_acid():
    random = np.random.default_rng(3)
    _, amount_factor = step_factors(
        random, ("chloride",), "HCl", frozenset({"phyllosilicate"})
    )
    # HCl needs hydrogen, which chlorides do not have themselves.
    assert amount_factor == 3.0


def test_peaks_scatter_around_the_table():
    peaks = []
    for seed in range(200):
        sample = draw_sample(np.random.default_rng(seed), "carbonate")
        peaks += [
            step.activation_energy_joule_per_mole
            for step in sample.steps
            if step.mineral == "calcite"
        ]
    # Grain size moves peaks by about a percent: neither frozen nor arbitrary.
    assert 0.004 < np.std(peaks) / np.mean(peaks) < 0.025
    assert np.mean(peaks) == pytest.approx(200_000.0, rel=0.01)
