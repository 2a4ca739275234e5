"""Stage soup learns and chooses inside the training runs of an outer fold."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from models.feature_scaling import FeatureColumns
from models.folds import OuterFold
from models.training_rows import TrainingRows
from pipeline import soup
from pipeline.family import Unit
from pipeline.family_data import FamilyData
from pipeline.soup_params import SoupParams

N_RUNS, N_MZ, COPIES = 60, 12, 2
COLUMNS = FeatureColumns(
    np.repeat(["n_differences", "peak_position", "area"], N_MZ),
    np.tile(np.arange(N_MZ) + 1.0, 3),
)
SECTION = SoupParams(
    features="all",
    scaling="quantile",
    widths=(16, 8),
    dropout=0.1,
    input_dropout=0.1,
    hinge_weight=0.1,
    grid_weight=0.1,
    copies="mixed",
    copy_share=0.5,
    epochs=2,
    batch_size=16,
    learning_rate=0.003,
    weight_decay=0.01,
    starts="shared",
    pool=2,
    trainings=3,
    resume_epochs=1,
    resume_rate=0.3,
    members=3,
)
UNIT = Unit(0, (0, 1))


@pytest.fixture(autouse=True)
def _columns(monkeypatch):
    monkeypatch.setattr(soup, "_columns", lambda: COLUMNS)


def settings(**changes):
    return SimpleNamespace(
        seed=7,
        soup=SECTION.model_copy(update=changes),
        compute=SimpleNamespace(precision="float32"),
    )


def family_data(damaged=(), *, inputs_too=True) -> FamilyData:
    """Return random runs; labels, and inputs too, of the damaged ones are nonsense."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_RUNS, 3 * N_MZ)).astype(np.float32)
    X_others = X[:5] * 0.9
    y = (X[:, :2] > 0).astype(np.int8)
    first = np.tile(np.arange(N_RUNS), COPIES + 1)
    second = np.r_[first[:N_RUNS], rng.integers(0, N_RUNS, COPIES * N_RUNS)]
    inner = np.where(np.arange(N_RUNS) < 12, -1, np.arange(N_RUNS) % 3)
    wrong = np.isin(np.arange(N_RUNS), damaged)
    y[wrong] = 1 - y[wrong]
    if inputs_too:
        X[wrong] = 50
    rows = TrainingRows(
        (X[first] + X[second]) / 2,
        np.maximum(y[first], y[second]),
        first,
        second,
        np.arange(len(first)) >= N_RUNS,
    )
    nothing = pl.DataFrame()
    folds = (OuterFold(0, 0, inner),)
    return FamilyData(nothing, nothing, y, folds, (), COLUMNS.family, X, X_others, rows)


def test_probabilities_of_scored_and_other_runs() -> None:
    arrays = soup.fit_unit(family_data(), UNIT, settings())
    for name, n_runs in (("scored", 12), ("others", 5)):
        assert arrays[name].shape == (n_runs, 2)
        assert ((arrays[name] > 0) & (arrays[name] < 1)).all()


def test_a_soup_is_the_same_each_time() -> None:
    first, again = (soup.fit_unit(family_data(), UNIT, settings()) for _ in range(2))
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])


@pytest.mark.parametrize(
    ("copies", "copy_share"), [("mixed", 0.0), ("mixed", 0.5), ("generated", 0.5)]
)
def test_scored_runs_teach_and_choose_nothing(copies: str, copy_share: float) -> None:
    params = settings(copies=copies, copy_share=copy_share)
    clean = soup.fit_unit(family_data(), UNIT, params)
    other = soup.fit_unit(family_data(damaged=range(12)), UNIT, params)
    # also not through mixes with them
    for name in ("others", "weights", "training_losses", "validation"):
        np.testing.assert_array_equal(clean[name], other[name])


@pytest.mark.parametrize("member", [0, 1, 4])
def test_each_member_chooses_by_an_inner_fold_that_does_not_teach(member: int) -> None:
    # with one average, not trained on, there is nothing to choose
    params = settings(trainings=2, resume_epochs=0)
    unit = replace(UNIT, member=member)
    clean = soup.fit_unit(family_data(), unit, params)
    for inner_fold in range(3):
        runs = range(12 + inner_fold, N_RUNS, 3)
        # scaling, which knows no labels, is that of all training runs
        data = family_data(damaged=runs, inputs_too=False)
        other = soup.fit_unit(data, unit, params)
        is_validation = inner_fold == member % 3
        same = np.array_equal(clean["weights"], other["weights"])
        assert same == is_validation


def test_generated_copies_teach() -> None:
    mixed, generated = (
        soup.fit_unit(family_data(), UNIT, settings(copies=name))
        for name in ("mixed", "generated")
    )
    assert not np.array_equal(mixed["weights"], generated["weights"])


def test_a_pool_that_can_not_fill_is_refused() -> None:
    with pytest.raises(ValueError, match=r"trainings \(3\) must be at least pool"):
        SoupParams(**{**SECTION.model_dump(), "pool": 4})
