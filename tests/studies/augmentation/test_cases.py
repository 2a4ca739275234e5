import numpy as np
import pytest
from ruamel.yaml import YAML
from support import REPOSITORY

from models.variational_autoencoder import AutoencoderTraining
from pipeline.errors import EgaError
from pipeline.settings_file import load_settings
from studies.augmentation import experiment, paths
from studies.augmentation.augmentations import AUGMENTATIONS, Augmentation
from studies.augmentation.concentration_sets import CONCENTRATION_SETS
from studies.augmentation.experiment import (
    Case,
    CaseName,
    training_size,
)
from studies.augmentation.generators import (
    ClassicalSettings,
    FoldGenerator,
    interpolate,
)
from studies.augmentation.settings import Settings
from studies.augmentation.spectral_set import SpectralSet
from studies.augmentation.training_case import assign_folds, fold_rows, training_rows

CLASSICAL = ClassicalSettings(components=4, inner_folds=3, gp_rows=50)


def small_set(count=64, *, gaps=False, instruments=1):
    rng = np.random.default_rng(0)
    concentrations = rng.uniform(0, 1, (count, 3))
    pure = np.abs(np.random.default_rng(1).standard_normal((3, 20)))
    spectra = [
        concentrations @ pure + 0.01 * rng.standard_normal((count, 20))
        for _ in range(instruments)
    ]
    known = np.concatenate([concentrations] * instruments)
    if gaps:
        known[::2, 1] = np.nan
    return SpectralSet(
        "small",
        np.arange(20.0),
        np.concatenate(spectra).astype(np.float32),
        known,
        ("a", "b", "c"),
        ("M",) * 3,
        np.tile(np.arange(count), instruments),
    )


def settings(**changed):
    content = YAML(typ="safe").load(REPOSITORY / paths.PARAMS)
    del content["budgets"]
    content["networks"] |= {"epochs": 2, "device": "cpu"}
    for section, values in changed.items():
        content[section] |= values
    return Settings.model_validate(content)


def test_samples_never_cross_folds():
    spectra = small_set(instruments=2)
    folds = assign_folds(spectra, 8, seed=1)
    for sample in range(64):
        assert len(set(folds[spectra.groups == sample])) == 1
    assert set(np.bincount(folds)) == {16}
    for fold in range(8):
        rows = training_rows(spectra, folds, fold, frozenset(range(8)), 30, 1, 0)
        test = folds == fold
        assert not {*spectra.groups[rows]} & {*spectra.groups[test]}


def test_larger_training_sets_hold_the_smaller_ones():
    spectra = small_set()
    folds = assign_folds(spectra, 8, seed=1)

    def rows(count, repeat):
        pool = frozenset(range(8))
        return training_rows(spectra, folds, 0, pool, count, 1, repeat).tolist()

    assert rows(20, 0)[:7] == rows(7, 0)
    assert rows(20, 0) != rows(20, 1)


def test_the_search_never_sees_the_folds_of_the_confirmation():
    searched, seen = experiment.tested_and_pool("search", 8, 3)
    confirmed, pool = experiment.tested_and_pool("confirm", 8, 3)
    assert not {*searched, *seen} & {*confirmed}
    assert [*experiment.tested_and_pool("compare", 8, 3)[0]] == [*searched, *confirmed]
    assert pool == frozenset(range(8))


def test_a_fold_is_scaled_with_its_training_rows_alone():
    spectra = small_set(gaps=True)
    train, test = np.arange(40), np.arange(40, 64)
    rows = fold_rows(spectra, train, test, 0)
    np.testing.assert_allclose(rows.spectra.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(rows.spectra.std(axis=0), 1, atol=1e-4)
    np.testing.assert_allclose(np.nanstd(rows.concentrations, axis=0), 1, atol=1e-4)
    np.testing.assert_allclose(
        rows.absorbance(rows.test_spectra), spectra.absorbance[test], atol=1e-5
    )
    changed = small_set(gaps=True)
    changed.absorbance[test] *= 100
    changed.concentrations[test] += 7
    again = fold_rows(changed, train, test, 0)
    assert np.array_equal(rows.spectra, again.spectra)
    assert np.array_equal(rows.deviations, again.deviations)


def generator_of(spectra):
    rows = fold_rows(spectra, np.arange(40), np.arange(40, 64), 0)
    training = AutoencoderTraining(epochs=2, hidden=8, latent=3)
    return FoldGenerator(rows, training, CLASSICAL, 5, ("here",))


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_every_augmentation_gives_what_it_should(name):
    augmentation = AUGMENTATIONS[name]
    if augmentation.source == "none" or augmentation.labels == "networks":
        return
    fold = generator_of(small_set(gaps=True))
    spectra, concentrations = fold.generate(augmentation)
    times = augmentation.times
    assert spectra.shape == (40 * times, 20)
    assert spectra.dtype == concentrations.dtype == np.float32
    # An analyte that half of the spectra have is not enlarged more than the others.
    known = (~np.isnan(concentrations)).sum(axis=0)
    assert known.tolist() == [40 * times, 20 * times, 40 * times]
    again, _ = generator_of(small_set(gaps=True)).generate(augmentation)
    assert np.array_equal(spectra, again)


def test_labels_of_regressors_are_their_predictions():
    fold = generator_of(small_set())
    spectra, by_pls = fold.generate(Augmentation("combinations", "pls"))
    same, own = fold.generate(Augmentation("combinations"))
    assert np.array_equal(spectra, same)
    assert not np.array_equal(by_pls, own)
    # Both follow a set that is linear but for its noise.
    np.testing.assert_allclose(by_pls, own, atol=0.3)


def test_interpolated_spectra_lie_between_neighbours():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((30, 4))
    y = x @ rng.standard_normal((4, 2))
    made, labels = interpolate(x, y, 90, rng)
    np.testing.assert_allclose(labels, made @ np.linalg.lstsq(x, y, rcond=None)[0])
    assert (made.min(axis=0) >= x.min(axis=0)).all()
    assert (made.max(axis=0) <= x.max(axis=0)).all()


def test_concentration_sets_differ_as_their_names_say():
    rng = np.random.default_rng(0)
    first = rng.exponential(1, 400)
    known = np.column_stack([first, 2 * first + 0.1 * rng.standard_normal(400)])
    drawn = {n: f(known, 1000, rng) for n, f in CONCENTRATION_SETS.items()}
    assert {*map(tuple, drawn["resampled"])} <= {*map(tuple, known)}
    assert not {*map(tuple, drawn["joint"])} <= {*map(tuple, known)}
    for values in drawn.values():
        assert (values.min(axis=0) >= known.min(axis=0) - 1e-12).all()
        assert (values.max(axis=0) <= known.max(axis=0) + 1e-12).all()
    # Only the design does not know that analytes go together.
    together = {n: np.corrcoef(v.T)[0, 1] for n, v in drawn.items()}
    assert together["joint"] > 0.9
    assert abs(together["design"]) < 0.1
    # It fills its box evenly: each tenth holds a tenth.
    low, high = known[:, 0].min(), known[:, 0].max()
    counts = np.histogram(drawn["design"][:, 0], 10, (low, high))[0]
    assert set(counts) <= {99, 100, 101}


def test_a_case_measures_errors_in_the_units_of_the_set():
    case = Case(CaseName("compare", "small", 100, 0), small_set(gaps=True), settings())
    found = case.measure(AUGMENTATIONS["none"], "pls")
    assert found["mae"].shape == (8, 3)
    assert found["fold"].tolist() == list(range(8))
    assert found["train_rows"].tolist() == [[56, 28, 56]] * 8 or (
        found["train_rows"][:, 1].sum() == 7 * 32
    )
    assert (found["mae"] <= found["rmse"]).all()
    assert np.nanmean(found["rmse"]) < 0.1  # of concentrations in 0..1


def test_augmentations_share_what_they_must():
    spectra, name = small_set(), CaseName("compare", "small", 50, 0)
    case = Case(name, spectra, settings())
    plain = case.measure(AUGMENTATIONS["none"], "networks")
    vae = case.measure(AUGMENTATIONS["vae"], "networks")
    assert vae["generated_rows"].tolist() == plain["train_rows"].tolist()
    # Another order gives the same numbers: units may be taken up anywhere.
    again = Case(name, spectra, settings())
    first = again.measure(AUGMENTATIONS["vae"], "networks")
    assert np.array_equal(first["rmse"], vae["rmse"])
    second = again.measure(AUGMENTATIONS["none"], "networks")
    assert np.array_equal(second["rmse"], plain["rmse"])


def test_too_few_values_of_an_analyte_are_named():
    spectra = small_set(gaps=True)
    spectra.concentrations[1:, 2] = np.nan
    with pytest.raises(EgaError, match="values of c among 56 training spectra"):
        Case(CaseName("compare", "small", 100, 0), spectra, settings())


def test_percentages_are_of_what_all_folds_but_one_hold():
    assert training_size(3744, 100, settings()) == 3276
    assert training_size(3744, 5, settings()) == 164
    assert training_size(80, 1, settings()) == 4


def test_every_budget_of_the_study_is_valid():
    path = REPOSITORY / paths.PARAMS
    for budget in YAML(typ="safe").load(path)["budgets"]:
        assert load_settings(Settings, path, budget).budget == budget
