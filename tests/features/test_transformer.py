"""EgaFeatures: the numbers of stage featurize behind scikit-learn's interface."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from ruamel.yaml import YAML
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from support import DEFAULTS, SMALL_BUDGET, new_workspace

from features.transformer import EgaFeatures

# one ion: any number of columns is then a whole number of temperature cells
ONE_ION = EgaFeatures(
    mz_min=18,
    mz_max=18,
    bin_width_celsius=50,
    temperature_min_celsius=50,
    window_high_celsius=1050,
    prevalence_window_celsius=100,
    area_window_celsius=250,
)
FEW_IONS = EgaFeatures(
    mz_min=17,
    mz_max=20,
    temperature_min_celsius=0,
    temperature_max_celsius=1200,
    bin_width_celsius=25,
    prevalence_window_celsius=350,
    area_window_celsius=350,
)
# checks that scikit-learn publishes but does not run through parametrize_with_checks
FURTHER_CHECKS = (
    "check_dataframe_column_names_consistency",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
)
KEYS = ["sample_id", "partner_id"]
# what neither cells nor rows without time tell
TIMED = ["heating_rate", "scan_count"]


# none is expected to fail; check_array_api_input skips itself: it needs SciPy's array
# API mode, and the features are computed with NumPy on the processor
@estimator_checks.parametrize_with_checks([ONE_ION])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# these checks fit to a DataFrame and transform an array, and the reverse, on purpose
@pytest.mark.filterwarnings("ignore:X (does not have|has).* feature names:UserWarning")
@pytest.mark.parametrize("check", FURTHER_CHECKS)
def test_further_scikit_learn_checks(check):
    getattr(estimator_checks, check)("EgaFeatures", clone(ONE_ION))


@pytest.fixture(scope="module")
def stage(simulated, tmp_path_factory):
    """Return the run table, features and dictionary that the stages write."""
    with pytest.MonkeyPatch.context() as patch:
        space = new_workspace(tmp_path_factory.mktemp("stage") / "space", simulated)
        patch.chdir(space.folder)
        budget = SMALL_BUDGET | {"featurize": {"copies": 0}}
        space.set(budgets={"quick": budget}, soup={"pool": 2})
        for name in ("bin", "featurize"):
            result = space.ega(name)
            assert result.code == 0, result.stderr
        folder = space.folder / "artifacts"
        return (
            pl.read_parquet(folder / "bin/runs.parquet"),
            pl.read_parquet(folder / "featurize/features.parquet"),
            pl.read_csv(folder / "featurize/dictionary.csv", infer_schema_length=None),
        )


def test_numbers_are_those_of_the_stage_to_the_bit(stage, simulated):
    table, expected, _ = stage
    runs = [pl.read_csv(simulated / path) for path in table["features_path"]]
    got = EgaFeatures().fit_transform(runs)
    assert list(got.columns) == expected.columns[2:]
    # training on one and predicting with the other must give the same answer
    np.testing.assert_array_equal(got.to_numpy(), expected.drop(KEYS).to_numpy())


def test_dictionary_is_that_of_the_stage(stage):
    got = pl.from_pandas(EgaFeatures().feature_dictionary())
    assert got.with_columns(pl.col("mz").cast(pl.Int64)).equals(stage[2])


def test_settings_have_the_names_and_defaults_of_params_yaml():
    params = YAML(typ="safe").load(DEFAULTS)
    known = params["bin"] | params["featurize"]
    settings = EgaFeatures().get_params()
    # someone who copies settings from one to the other must get the same features
    assert settings == {name: known[name] for name in settings}
    elsewhere = {"on_bad_run", "verify_md5", "runs_per_chunk", "read_mebibytes"}
    augmentation = {"shift_celsius", "gain_log2", "mix_share"}
    assert set(known) - set(settings) <= elsewhere | augmentation


@pytest.fixture
def runs():
    """Return 12 runs of 4 ions as arrays of time, temp, m/z and abundance."""
    rng = np.random.default_rng(0)
    temperature = np.repeat(np.arange(40.0, 1100.0, 10.0), 4)
    mz = np.tile(np.arange(17.0, 21.0), len(temperature) // 4)
    centres = rng.uniform(200, 900, 12)
    return [
        np.column_stack(
            [
                2.0 * temperature,
                temperature,
                mz,
                1e-9 * mz * np.exp(-(((temperature - centre) / 60.0) ** 2))
                + 1e-12 * rng.random(len(mz)),
            ]
        )
        for centre in centres
    ]


def frame(run, library=pd):
    columns = ("time", "temp", "m/z", "abundance")
    return library.DataFrame(dict(zip(columns, run.T, strict=True)))


@pytest.mark.parametrize("library", [pd, pl])
def test_tables_of_any_library_and_column_order_give_the_numbers_of_arrays(
    library, runs
):
    expected = FEW_IONS.transform(runs)
    tables = [frame(run, library)[["abundance", "m/z", "temp", "time"]] for run in runs]
    pd.testing.assert_frame_equal(FEW_IONS.transform(tables), expected)
    objects = np.empty(len(tables), dtype=object)
    objects[:] = tables
    pd.testing.assert_frame_equal(FEW_IONS.transform(objects), expected)


def test_without_time_only_heating_rate_and_scans_are_missing(runs):
    expected = FEW_IONS.transform(runs)
    got = FEW_IONS.transform([run[:, 1:] for run in runs])
    assert expected[TIMED].notna().all(axis=None)
    assert got[TIMED].isna().all(axis=None)
    pd.testing.assert_frame_equal(got.drop(columns=TIMED), expected.drop(columns=TIMED))


def test_cells_give_the_features_of_their_runs(runs):
    from features.runs import grid_of_runs

    cells = grid_of_runs(runs, FEW_IONS._axes()).abundance
    expected = FEW_IONS.transform(runs)
    # cells tell where a run begins and ends to their width only
    tolerance = {"temperature_low": 25.0, "temperature_high": 25.0} | {
        f"peak_position_mz{mz:03d}": 2 * 25.0 / 1060.0 for mz in range(17, 21)
    }
    ranged = [*tolerance, *(name for name in expected if name.startswith("log_peak"))]
    for X in (cells, cells.reshape(len(cells), -1)):
        got = clone(FEW_IONS).fit(X).transform(X)
        assert got[TIMED].isna().all(axis=None)
        pd.testing.assert_frame_equal(
            got.drop(columns=TIMED + ranged), expected.drop(columns=TIMED + ranged)
        )
        for name, width in tolerance.items():
            np.testing.assert_allclose(got[name], expected[name], atol=width)
    # runs and cells are one input to scikit-learn
    assert clone(FEW_IONS).fit(runs).n_features_in_ == cells[0].size


def test_a_run_is_not_changed_and_does_not_see_its_neighbours(runs):
    for run in runs:
        run.flags.writeable = False
    together = FEW_IONS.transform(runs)
    alone = pd.concat([FEW_IONS.transform([run]) for run in runs], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone)


def test_in_a_pipeline_it_may_stand_inside_or_before_cross_validation(runs):
    y = np.array([0, 1] * 6)
    model = make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression())
    settings = {"cv": 3, "method": "predict_proba"}
    inside = cross_val_predict(make_pipeline(FEW_IONS, model), runs, y, **settings)
    before = cross_val_predict(model, FEW_IONS.transform(runs), y, **settings)
    np.testing.assert_array_equal(inside, before)


@pytest.mark.parametrize(
    ("container", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)]
)
def test_set_output(container, kind, runs):
    got = clone(FEW_IONS).set_output(transform=container).fit_transform(runs)
    assert isinstance(got, kind)
    assert list(got.columns) == list(FEW_IONS.get_feature_names_out())
    np.testing.assert_array_equal(got.to_numpy(), FEW_IONS.transform(runs).to_numpy())


def wrong(run, column, value):
    run = run.copy()
    run[3, column] = value
    return run


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda runs: frame(runs[0]), r"X is one run.*Pass \[X\]"),
        (lambda runs: [runs[0], frame(runs[1]).drop(columns="temp")], "run 1 .* temp "),
        (lambda runs: [runs[0][:, :2]], r"run 0 .*\(n_rows, 4\)"),
        (lambda runs: [runs[0][:0]], "no rows"),
        (lambda runs: [*runs[:3], wrong(runs[3], 3, np.nan)], "run 3 .* abundance "),
        (lambda runs: [wrong(runs[0], 2, np.inf)], "run 0 .* m/z "),
        (lambda runs: [wrong(runs[0], 1, 2000.0)], "run 0 .* to 2000 celsius"),
        (lambda runs: [runs[0] + [0, 0, 50, 0]], "m/z from 67 to 70; expected .* 17"),
        (lambda _: np.zeros((2, 3, 40)), "3 m/z on its second axis; expected 4"),
        (lambda _: np.zeros((2, 41)), "multiple of 4"),
    ],
)
def test_what_is_not_a_run_is_refused_with_its_place(change, message, runs):
    with pytest.raises(ValueError, match=message):
        clone(FEW_IONS).fit_transform(change(runs))


@pytest.mark.parametrize("path", ["run.csv", Path("run.csv")])
def test_file_names_are_refused_with_the_cure(path):
    with pytest.raises(TypeError, match=r"polars\.read_csv"):
        EgaFeatures().fit([path])


@pytest.mark.parametrize(
    "settings",
    [
        {"bin_width_celsius": 0},
        {"temperature_max_celsius": -100},
        {"mz_min": -1},
        {"mz_max": -1},
        {"fractional_mz": "nearest"},
        {"background_quantile": 1.0},
        {"prevalence_window_celsius": 40},
        {"area_window_celsius": 0},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused_by_name(settings, runs):
    with pytest.raises(ValueError, match=next(iter(settings)) + "|temperature range"):
        EgaFeatures(**settings).fit(runs)
