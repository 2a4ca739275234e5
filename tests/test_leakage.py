"""With shuffled labels nothing can be learnt, so nothing may score as if it were."""

import numpy as np
import polars as pl
import pytest
from support import REPOSITORY, run_pipeline

from models.folds import nested_folds
from models.metrics import log_losses
from models.training_rows import TrainingRows
from pipeline import gbt, kernel, linear
from pipeline.family import Unit
from pipeline.family_data import FamilyData
from pipeline.params import load_params
from pipeline.stack import FAMILIES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory):
    """The pipeline on runs whose labels were dealt out anew."""
    import json

    from pipeline.simulate import write_data_folder

    data = tmp_path_factory.mktemp("shuffled") / "simulated"
    write_data_folder(data, n_runs=90, seed=3, sam_testbed_share=0.1, n_jobs=1)
    path = data / "train_labels.csv"
    labels = pl.read_csv(path)
    order = np.random.default_rng(0).permutation(len(labels))
    pl.concat(
        [labels.select("sample_id"), labels.drop("sample_id")[order.tolist()]],
        how="horizontal",
    ).write_csv(path)
    space = run_pipeline(
        data.parent / "run",
        data,
        workers=1,
        backend="threading",
        last="evaluate",
        fold={"outer_folds": 3},
    )
    return json.loads((space.folder / "reports/metrics.json").read_text())


def test_every_family_is_looked_at(shuffled):
    # a family that is added later must not escape
    assert set(shuffled["out_of_fold"]) == {"prevalence", *FAMILIES, "stack"}
    assert len(FAMILIES) == 6


@pytest.mark.parametrize("family", [*FAMILIES, "stack"])
def test_shuffled_labels_score_no_better_than_the_prevalence(shuffled, family):
    scores = shuffled["out_of_fold"]
    entropy = scores["prevalence"]["log_loss"]
    # a leak of labels, folds or mixes would push the loss below the entropy
    assert scores[family]["log_loss"] > 0.97 * entropy
    # surely below it: then the interval would leave it out
    assert scores[family]["log_loss_high"] > entropy
    # and the ranking above a coin's
    assert scores[family]["auc"] < 0.6


def test_the_blend_of_shuffled_labels_is_back_at_the_prevalence(shuffled):
    scores = shuffled["out_of_fold"]
    entropy = scores["prevalence"]["log_loss"]
    # weights learnt out of fold see that the families know nothing
    assert scores["stack"]["log_loss_low"] < entropy < scores["stack"]["log_loss_high"]


@pytest.mark.parametrize("family", [*FAMILIES, "stack"])
def test_shuffled_labels_pass_no_permutation_test(shuffled, family):
    # labels were dealt out anew once: dealing them out again changes nothing
    assert shuffled["permutation_p_value"][family] > 0.01
    assert shuffled["permutations"] == 200


def planted(seed, n_runs=120):
    """Return runs and labels without any relation, the folds, and hints at them.

    The hints are the outer fold of each run, one column a fold, and its place in the
    table.
    """
    rng = np.random.default_rng(seed)
    y = (rng.random((n_runs, 3)) < [0.5, 0.3, 0.2]).astype(np.int8)
    folds = list(nested_folds(y, repeats=1, outer=4, inner=3, seed=seed))
    number = np.empty(n_runs, dtype=int)
    for fold in folds:
        number[fold.scored] = fold.number
    hints = [number == k for k in range(4)] + [np.arange(n_runs) / n_runs]
    X = rng.random((n_runs, 12)).astype(np.float32)
    return np.column_stack([X, *hints]).astype(np.float32), y, tuple(folds)


def out_of_fold_loss(fit_unit, X, y, folds, labels_per_unit):
    here = np.arange(len(y))
    data = FamilyData(
        training=pl.DataFrame({"row": here}),
        others=pl.DataFrame({"row": here[:1]}),
        y=y,
        folds=folds,
        feature_names=tuple(f"f{k}" for k in range(X.shape[1])),
        feature_families=np.full(X.shape[1], "prevalence"),
        X=X,
        X_others=X[:1],
        rows=TrainingRows(X, y, here, here, np.zeros(len(y), dtype=bool)),
    )
    params = load_params(REPOSITORY / "params.yaml")
    few = {"trials": 1, "seeds": 1, "rounds": 30, "learning_rate": 0.1}
    params = params.model_copy(update={"gbt": params.gbt.model_copy(update=few)})
    p = np.empty(y.shape)
    for index, fold in enumerate(folds):
        for start in range(0, y.shape[1], labels_per_unit):
            unit = Unit(index, tuple(range(start, start + labels_per_unit)))
            found = fit_unit(data, unit, params)["scored"]
            p[np.ix_(fold.scored, unit.labels)] = found
    return log_losses(y, p).mean()


@pytest.mark.parametrize(
    ("family", "labels_per_unit"), [(linear, 3), (kernel, 3), (gbt, 1)]
)
def test_knowing_fold_and_place_of_a_run_does_not_help(family, labels_per_unit):
    for seed in range(2):
        X, y, folds = planted(seed)
        loss = out_of_fold_loss(family.fit_unit, X, y, folds, labels_per_unit)
        entropy = log_losses(y, np.tile(y.mean(axis=0), (len(y), 1))).mean()
        # what a fold's own labels are like must not reach the models that score it
        assert loss > 0.98 * entropy


def test_the_test_above_would_notice_a_leak():
    X, y, folds = planted(0)
    X[:, :3] = y
    entropy = log_losses(y, np.tile(y.mean(axis=0), (len(y), 1))).mean()
    assert out_of_fold_loss(linear.fit_unit, X, y, folds, 3) < 0.5 * entropy
