"""What every feature family promises, whatever it computes."""

from dataclasses import fields

import numpy as np
import pytest

from features.cleaning import clean
from features.feature import FeatureBlock, feature_name
from features.grid import HELIUM_MZ
from features.table import FAMILIES, FeatureSettings, compute_features

SEEDS = range(3)
N_RUNS, N_MZ, N_TEMPERATURES = 5, 7, 43
FIRST_MZ, ABSENT_ION, UNOBSERVED_RUN = 12, 3, 2
SETTINGS = FeatureSettings(
    background_quantile=0.05,
    window_low_celsius=50.0,
    window_high_celsius=1050.0,
    prevalence_window_celsius=100.0,
    area_window_celsius=250.0,
)
family_names = [name for name, _ in FAMILIES]
every_family = pytest.mark.parametrize(("name", "family"), FAMILIES, ids=family_names)
# run_facts copies facts of the run and does not look at the grid
ion_families = [(name, family) for name, family in FAMILIES if name != "run_facts"]
every_ion_family = pytest.mark.parametrize(
    ("name", "family"), ion_families, ids=[name for name, _ in ion_families]
)
every_seed = pytest.mark.parametrize("seed", SEEDS)


def signals(seed):
    """Return raw runs: two Gaussians per ion on a slope, noise, gaps, lost parts.

    Temperatures run from 80 celsius in cells of 20. The axes differ in length on
    purpose, so that mixing them up cannot go unnoticed.
    """
    rng = np.random.default_rng(seed)
    temperature = 80.0 + 20.0 * (np.arange(N_TEMPERATURES) + 0.5)
    shape = (N_RUNS, N_MZ, 1)
    runs = 0.02 * rng.random(shape) * temperature / 1000.0
    for _ in range(2):
        height = rng.lognormal(-2.0, 1.0, shape)
        centre = rng.uniform(150.0, 850.0, shape)
        sigma = rng.uniform(25.0, 90.0, shape)
        runs = runs + height * np.exp(-0.5 * ((temperature - centre) / sigma) ** 2)
    runs = runs + rng.uniform(0.0, 0.003, runs.shape)
    runs[rng.random(runs.shape) < 0.03] = np.nan
    runs[:, :, :2] = np.nan
    runs[1, :, -5:] = np.nan
    runs[:, ABSENT_ION] = np.nan
    return runs * 1e-9


@pytest.fixture
def grid(make_grid, seed):
    """Raw grid, read-only."""
    grid = make_grid(signals(seed), low=80.0, width=20.0, first_mz=FIRST_MZ)
    return read_only(grid)


@pytest.fixture
def clean_grid(grid):
    """Clean grid, which is what the families get, read-only."""
    return read_only(clean(grid, SETTINGS.background_quantile))


def read_only(grid):
    for array in arrays(grid):
        array.flags.writeable = False
    return grid


def arrays(grid):
    facts = [getattr(grid.facts, field.name) for field in fields(grid.facts)]
    return [grid.abundance, grid.mz_values, grid.temperature_edges_celsius, *facts]


@every_seed
@every_family
def test_input_is_not_modified(name, family, clean_grid):
    # All families read one grid in turn; a result that is a view could change later.
    before = [array.tobytes() for array in arrays(clean_grid)]
    values = family(clean_grid, SETTINGS).values
    assert [array.tobytes() for array in arrays(clean_grid)] == before
    assert not any(np.shares_memory(values, array) for array in arrays(clean_grid))


@every_seed
@every_family
def test_names_match_the_columns(name, family, clean_grid):
    # A name per column, a row per run, and the family under its own name.
    block = family(clean_grid, SETTINGS)
    assert block.values.shape == (N_RUNS, len(block.features))
    assert {feature.family for feature in block.features} == {name}


@every_seed
@every_family
def test_values_are_float32_and_finite_or_nan(name, family, clean_grid):
    # Trees take NaN for missing; an infinity would stop the linear model.
    values = family(clean_grid, SETTINGS).values
    assert values.dtype == np.float32
    assert not np.isinf(values).any()
    assert np.isfinite(values).any()


@every_seed
@every_family
def test_repeated_call_gives_equal_bytes(name, family, clean_grid):
    # Features are deterministic; randomness has its place in augmentation only.
    first, second = family(clean_grid, SETTINGS), family(clean_grid, SETTINGS)
    assert first.values.tobytes() == second.values.tobytes()
    assert first.features == second.features


@every_seed
@every_family
def test_permuting_runs_permutes_rows(name, family, clean_grid, seed):
    # No family may look at another run: that would leak between training and test.
    order = np.random.default_rng(seed).permutation(N_RUNS)
    values = family(clean_grid, SETTINGS).values
    np.testing.assert_array_equal(
        family(clean_grid.take(order), SETTINGS).values, values[order]
    )


@every_seed
@every_family
def test_a_run_alone_equals_the_run_in_a_block(name, family, clean_grid):
    # The size of a block is a matter of memory, not of results.
    values = family(clean_grid, SETTINGS).values
    for run in range(N_RUNS):
        alone = family(clean_grid.take(np.array([run])), SETTINGS).values
        np.testing.assert_array_equal(alone, values[[run]])


@every_seed
@every_family
def test_other_runs_have_no_influence(name, family, clean_grid, seed):
    # The same with all other runs replaced by something else.
    rng = np.random.default_rng(seed)
    changed = rng.random(clean_grid.abundance.shape).astype(np.float32)
    changed[UNOBSERVED_RUN] = clean_grid.abundance[UNOBSERVED_RUN]
    np.testing.assert_array_equal(
        family(clean_grid.with_abundance(changed), SETTINGS).values[UNOBSERVED_RUN],
        family(clean_grid, SETTINGS).values[UNOBSERVED_RUN],
    )


@every_seed
@every_ion_family
def test_an_ion_never_observed_is_nan(name, family, clean_grid):
    # Unknown is not zero; the ions that were observed have values.
    block = family(clean_grid, SETTINGS)
    absent = FIRST_MZ + ABSENT_ION
    for column, feature in enumerate(block.features):
        if feature.mz == absent:
            assert np.isnan(block.values[:, column]).all(), feature.name
    ions = {feature.mz for feature in block.features}
    assert ions == set(clean_grid.mz_values.tolist())
    for mz in ions - {absent}:
        columns = [feature.mz == mz for feature in block.features]
        assert np.isfinite(block.values[:, columns]).any(axis=1).all(), mz


@every_seed
@every_ion_family
def test_a_run_never_observed_is_nan(name, family, clean_grid):
    # A lost run in a block must not warn, fail, or pass for a run of zeros.
    abundance = clean_grid.abundance.copy()
    abundance[UNOBSERVED_RUN] = np.nan
    values = family(clean_grid.with_abundance(abundance), SETTINGS).values
    assert np.isnan(values[UNOBSERVED_RUN]).all()


@pytest.mark.parametrize("n_temperatures", [1, 2, 3, 4])
@every_family
def test_short_runs(make_grid, name, family, n_temperatures):
    # A run broken off at once is data, too: no exception, no warning, no infinity.
    abundance = np.random.default_rng(0).random((2, 3, n_temperatures))
    block = family(make_grid(abundance, low=80.0, width=20.0), SETTINGS)
    assert block.values.shape == (2, len(block.features))
    assert block.values.dtype == np.float32
    assert not np.isinf(block.values).any()


@every_seed
def test_names_are_unique_in_the_table(grid):
    # Names are keys in every later table, the importance report included.
    table, features = compute_features(grid, SETTINGS)
    names = [feature.name for feature in features]
    assert len(set(names)) == len(names)
    assert list(table.columns) == names
    assert {feature.family for feature in features} == set(family_names)
    assert len(set(family_names)) == len(family_names)
    assert (table.dtypes == np.float32).all()


def test_names_are_unique_over_all_ions(make_grid):
    # The grid of the pipeline: m/z 0 to 99, default windows.
    grid = make_grid(np.random.default_rng(0).random((1, 100, 20)), first_mz=0)
    names = [f.name for f in compute_features(grid, FeatureSettings())[1]]
    assert len(set(names)) == len(names) > 99 * len(FAMILIES)


@every_seed
def test_feature_dictionary_is_complete(grid):
    # A reader of the report sees only the dictionary, never the code.
    _, features = compute_features(grid, SETTINGS)
    for feature in features:
        row = feature.as_dict()
        for key in ("name", "family", "unit", "description"):
            assert isinstance(row[key], str), feature
            assert row[key].strip() == row[key] != "", feature
        assert feature.mz is None or feature.mz in grid.mz_values, feature
        low, high = feature.temperature_low_celsius, feature.temperature_high_celsius
        assert (low is None) == (high is None), feature
        if low is not None:
            assert 50.0 <= low < high <= 1050.0, feature
            assert feature.name.endswith(f"_{low:04.0f}_{high:04.0f}C"), feature
        if feature.mz is not None:
            assert f"_mz{feature.mz:03d}" in feature.name, feature


@pytest.mark.parametrize(
    ("family", "width"), [("prevalence", 100.0), ("window_area", 250.0)]
)
@pytest.mark.parametrize("seed", [0])
def test_windowed_families_cover_the_range(grid, family, width):
    # Each ion has every window once, without gap or overlap.
    _, features = compute_features(grid, SETTINGS)
    for mz in grid.mz_values:
        windows = [
            (f.temperature_low_celsius, f.temperature_high_celsius)
            for f in features
            if f.family == family and f.mz == mz
        ]
        lows = np.arange(50.0, 1050.0, width)
        assert windows == list(zip(lows, lows + width, strict=True))


@pytest.mark.parametrize("gain", [2.0**-13, 64.0, 3e-6, 1e9])
@every_seed
def test_an_overall_gain_changes_the_facts_only(make_grid, seed, gain):
    # Instruments report counts or amperes; only the logged maximum may know.
    runs = signals(seed)
    options = {"low": 80.0, "width": 20.0, "first_mz": FIRST_MZ}
    table, features = compute_features(make_grid(runs, **options), SETTINGS)
    louder, _ = compute_features(make_grid(runs * gain, **options), SETTINGS)
    differences = [f.name for f in features if f.family == "n_differences"]
    facts = [f.name for f in features if f.family == "run_facts"]
    others = table.columns.difference(differences + facts)
    np.testing.assert_allclose(louder[others], table[others], rtol=1e-4, atol=1e-6)
    # the scale of 1e5 before the logarithm shows the rounding of float32
    np.testing.assert_allclose(louder[differences], table[differences], atol=5e-3)
    moved = (louder[facts] - table[facts]).abs().max()
    assert moved.pop("log10_maximum_abundance") == pytest.approx(
        abs(np.log10(gain)), rel=1e-5
    )
    assert (moved == 0).all()


@pytest.mark.parametrize("carrier_mz", [HELIUM_MZ, 14, 99])
def test_the_carrier_has_no_features(make_grid, carrier_mz):
    # Carrier gas says nothing of the sample; m/z 99 is not in the grid at all.
    grid = make_grid(signals(0), low=80.0, width=20.0, first_mz=2)
    settings = FeatureSettings(carrier_mz=carrier_mz)
    table, features = compute_features(grid, settings)
    ions = {feature.mz for feature in features} - {None}
    assert ions == {*range(2, 2 + N_MZ)} - {carrier_mz}
    # the carrier's signal does not leak into what is left
    runs = grid.abundance.copy()
    runs[:, grid.mz_values == carrier_mz] *= 1000.0
    again, _ = compute_features(grid.with_abundance(runs), settings)
    np.testing.assert_array_equal(again, table)


def test_a_block_with_too_few_names_is_refused():
    # Numbers without a name could not be explained later.
    with pytest.raises(ValueError, match="0 features for 2 columns"):
        FeatureBlock((), np.zeros((1, 2), dtype=np.float32))


def test_feature_name_by_hand():
    # The one function that makes names: quantity, ion, window.
    assert feature_name("heating_rate") == "heating_rate"
    assert feature_name("area", 4) == "area_mz004"
    assert feature_name("prevalence", 18, (50.0, 100.0)) == (
        "prevalence_mz018_0050_0100C"
    )
