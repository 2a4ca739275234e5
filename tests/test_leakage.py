"""With shuffled labels nothing can be learnt, so nothing may score as if it were."""

import numpy as np
import polars as pl
import pytest
from support import run_pipeline

from pipeline.stack import FAMILIES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory):
    """The pipeline on runs whose labels were dealt out anew."""
    import json

    from pipeline.simulate import write_data_folder

    data = tmp_path_factory.mktemp("shuffled") / "simulated"
    write_data_folder(data, n_runs=90, seed=3, sam_testbed_share=0.1, n_jobs=2)
    path = data / "train_labels.csv"
    labels = pl.read_csv(path)
    order = np.random.default_rng(0).permutation(len(labels))
    pl.concat(
        [labels.select("sample_id"), labels.drop("sample_id")[order.tolist()]],
        how="horizontal",
    ).write_csv(path)
    space = run_pipeline(
        data.parent / "run", data, workers=2, backend="loky", fold={"outer_folds": 3}
    )
    return json.loads((space.folder / "reports/metrics.json").read_text())


@pytest.mark.parametrize("family", [*FAMILIES, "stack"])
def test_shuffled_labels_score_no_better_than_the_prevalence(shuffled, family):
    scores = shuffled["out_of_fold"]
    # a leak of labels, folds or mixes would push the loss below the entropy
    assert scores[family]["log_loss"] > 0.97 * scores["prevalence"]["log_loss"]
    # and the ranking above a coin's
    assert scores[family]["auc"] < 0.6
