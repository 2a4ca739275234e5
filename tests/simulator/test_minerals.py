import pytest

from simulator.decomposition import LABELS
from simulator.gases import FRAGMENT_PATTERNS
from simulator.minerals import (
    ADSORBED_WATER,
    MINERALS,
    OCCASIONAL_CONTAMINANTS,
    mineral_named,
    minerals_with_label,
)


@pytest.mark.parametrize("label", LABELS)
def test_every_label_has_several_minerals(label):
    # With one mineral a class would be a single spectrum to memorise.
    assert len(minerals_with_label(label)) >= 3


def test_names_are_unique():
    names = [mineral.name for mineral in MINERALS]
    # Truth tables are joined by mineral name.
    assert len(names) == len(set(names))


@pytest.mark.parametrize("mineral", MINERALS, ids=lambda mineral: mineral.name)
def test_mineral_is_well_formed(mineral):
    # A misspelt label or gas would silently vanish from labels or spectra.
    assert set(mineral.labels) <= set(LABELS)
    assert mineral.labels
    assert {step.gas for step in mineral.steps} <= set(FRAGMENT_PATTERNS)
    assert mineral.source
    for step in mineral.steps:
        # Outside these ranges a value is a slip of unit, not a mineral.
        assert 80.0 <= step.peak_temperature_celsius <= 1250.0
        assert 4.0e4 <= step.activation_energy_joule_per_mole <= 4.0e5
        assert 0.0 < step.amount <= 1.0


def test_telltale_gases():
    # What makes each class recognisable in the literature must be in the tables.
    telltale = {
        "carbonate": "CO2",
        "oxalate": "CO",
        "oxychlorine": "O2",
        "sulfate": "SO2",
        "sulfide": "SO2",
        "chloride": "HCl",
        "phyllosilicate": "H2O",
    }
    for label, gas in telltale.items():
        for mineral in minerals_with_label(label):
            assert gas in {step.gas for step in mineral.steps}, mineral.name


def test_calcium_oxalate_has_its_three_steps_in_order():
    gases = [step.gas for step in mineral_named("whewellite").steps]
    peaks = [
        step.peak_temperature_celsius for step in mineral_named("whewellite").steps
    ]
    # The textbook thermogram: water, then carbon monoxide, then carbon dioxide.
    assert (gases[0], gases[1], gases[-1]) == ("H2O", "CO", "CO2")
    assert peaks == sorted(peaks)


def test_contaminants_carry_no_label():
    # They are in every cup, the empty one included.
    assert all(not one.labels for one in (ADSORBED_WATER, *OCCASIONAL_CONTAMINANTS))


def test_unknown_names_are_refused_with_the_known_ones():
    # A user must see what can be asked for.
    with pytest.raises(
        ValueError, match="Unknown label 'gold'; expected one of basalt"
    ):
        minerals_with_label("gold")
    with pytest.raises(ValueError, match="Unknown mineral 'unobtainium'.*calcite"):
        mineral_named("unobtainium")
