"""Duplicates are found and reported, and folds keep together what they are told to."""

import itertools

import numpy as np
import polars as pl
import pytest
from support import SMALL, SMALL_BUDGET, seal_all

from models.folds import nested_folds
from pipeline import paths
from pipeline.atomic import write_parquet
from pipeline.errors import EgaError
from pipeline.fold import read_folds
from pipeline.fold_groups import fold_groups

LABELS = ("basalt", "carbonate")


def add_run(data, source, sample_id, content):
    """Add a run with the row and the labels of another."""
    for name in ("metadata.csv", "train_labels.csv"):
        header, *rows = data.table(name)
        row = next(row for row in rows if row[0] == source)
        data.write_table(name, [header, *rows, [sample_id, *row[1:]]])
    path = f"train_features/{sample_id}.csv"
    data.set(sample_id, "features_path", path)
    data.write(sample_id, content)


@pytest.fixture
def doubled(data, workspace):
    """Six runs, and of a training run a copy, a rewritten and a noisy one."""
    lines = data.lines("S0000")
    add_run(data, "S0000", "same_file", b"\n".join(lines) + b"\n")
    add_run(data, "S0000", "rewritten", b"\r\n".join(lines) + b"\r\n")
    rng = np.random.default_rng(0)
    noisy = [line.rsplit(b",", 1) for line in lines[1:]]
    noisy = [
        b"%b,%.6g" % (start, float(value) * 2.5 * rng.normal(1, 0.01))
        for start, value in noisy
    ]
    add_run(data, "S0000", "noisy", b"\n".join([lines[0], *noisy]) + b"\n")
    workspace.set(budgets={"quick": SMALL_BUDGET}, **SMALL)
    workspace.set(fold={"outer_folds": 2, "inner_folds": 2})
    for stage in ("bin", "featurize"):
        result = workspace.ega(stage)
        assert result.code == 0, result.stderr
    return workspace


def test_planted_duplicates_are_found_and_reported(doubled):
    result = doubled.ega("duplicates")
    assert result.code == 0, result.stderr
    assert "1 same_file, 2 same_grid, 3 near), 4 runs in 1 groups" in result.stderr
    pairs = pl.read_csv(paths.DUPLICATES)
    kinds = {
        frozenset(row[:2]): row[2]
        for row in pairs.select("sample_id", "other_sample_id", "kind").iter_rows()
    }
    family = ("S0000", "same_file", "rewritten", "noisy")
    # all of them with each other, and no run of another sample
    assert set(kinds) == {frozenset(p) for p in itertools.combinations(family, 2)}
    assert kinds[frozenset(("S0000", "same_file"))] == "same_file"
    assert kinds[frozenset(("S0000", "rewritten"))] == "same_grid"
    # 2.5 times the signal with a little noise is the same sample, too
    assert kinds[frozenset(("S0000", "noisy"))] == "near"
    assert pairs["same_labels"].to_list() == [1] * 6
    by_run = pl.read_parquet(paths.DUPLICATE_RUNS)
    assert set(by_run.filter(group="S0000")["sample_id"]) == set(family)
    assert by_run.filter(pl.col("group_runs") == 1)["group"].to_list() == (
        by_run.filter(pl.col("group_runs") == 1)["sample_id"].to_list()
    )

    # two of four in each fold: the scores are those of runs seen before
    result = doubled.ega("fold")
    assert result.code == 0, result.stderr
    assert "4 of 6 training runs have a near duplicate in another" in result.stderr
    assert "Cure: fold.groups: near_duplicates" in result.stderr


@pytest.fixture
def grouped(workspace):
    """A run table of 60 runs in groups of three, without any stage run."""
    rng = np.random.default_rng(0)
    ids = [f"R{number:02d}" for number in range(60)]
    groups = [f"G{number // 3:02d}" for number in range(60)]
    runs = pl.DataFrame(
        {
            "sample_id": ids,
            "instrument_type": "commercial",
            "role": "train",
            **{name: rng.integers(0, 2, 60).astype(np.int8) for name in LABELS},
        }
    )
    write_parquet(paths.RUNS, runs)
    table = pl.DataFrame({"sample_id": ids, "group": groups})
    write_parquet(paths.DUPLICATE_RUNS, table)
    ends = table.join(table, on="group").filter(
        pl.col("sample_id") < pl.col("sample_id_right")
    )
    pairs = ends.select("sample_id", other_sample_id="sample_id_right")
    write_parquet(paths.DUPLICATE_PAIRS, pairs)
    metadata = table.select(
        "sample_id",
        site=pl.Series([None if n in (7, 8) else f"{n // 4}" for n in range(60)]),
    )
    metadata.write_csv("metadata.csv")
    seal_all()
    workspace.set(
        data={"root": ".", "labels": list(LABELS)},
        fold={"outer_folds": 4, "inner_folds": 2, "groups": "none"},
    )
    return workspace


def test_features_of_other_runs_are_refused(grouped):
    names = ["prevalence_mz018_0050_0100C", "heating_rate"]
    dictionary = pl.DataFrame({"name": names, "family": ["prevalence", "run_facts"]})
    paths.FEATURE_DICTIONARY.parent.mkdir(parents=True)
    dictionary.write_csv(paths.FEATURE_DICTIONARY)
    ids = pl.read_parquet(paths.RUNS)["sample_id"].reverse()
    features = pl.DataFrame({"sample_id": ids, "partner_id": None})
    values = [pl.lit(0.5, pl.Float32).alias(name) for name in names]
    write_parquet(paths.FEATURES, features.with_columns(values))
    seal_all()
    result = grouped.ega("duplicates")
    # joined by position, every run would get the distances of another
    assert result.code == 1
    assert "Cure: run `ega featurize`" in result.stderr


def members(groups, folds):
    """Return the inner folds of each group in each outer fold."""
    return [
        {group: set(fold.inner[groups == group]) for group in set(groups)}
        for fold in folds
    ]


def test_folds_without_groups_are_those_of_before(grouped):
    result = grouped.ega("fold")
    assert result.code == 0, result.stderr
    runs = pl.read_parquet(paths.RUNS)
    y = np.column_stack([runs.select(LABELS).to_numpy(), np.ones(60, dtype=np.int8)])
    expected = nested_folds(y, repeats=1, outer=4, inner=2, seed=grouped.params().seed)
    for fold, other in zip(read_folds(runs["sample_id"]), expected, strict=True):
        np.testing.assert_array_equal(fold.inner, other.inner)
    # and they split nearly all groups, of which the user is told
    assert "of 60 training runs have a near duplicate in another" in result.stderr


def test_near_duplicates_stay_together(grouped):
    grouped.set(fold={"groups": "near_duplicates"})
    result = grouped.ega("fold")
    assert result.code == 0, result.stderr
    assert result.stderr == ""
    found = read_folds(pl.read_parquet(paths.RUNS)["sample_id"])
    groups = pl.read_parquet(paths.DUPLICATE_RUNS)["group"].to_numpy()
    for fold in members(groups, found):
        assert all(len(inner) == 1 for inner in fold.values())


def test_runs_with_one_value_of_a_column_stay_together(grouped):
    grouped.set(fold={"groups": "site"})
    result = grouped.ega("fold")
    assert result.code == 0, result.stderr
    found = read_folds(pl.read_parquet(paths.RUNS)["sample_id"])
    sites = pl.read_csv("metadata.csv")["site"].fill_null(-1).to_numpy()
    for fold in members(sites, found):
        assert all(len(inner) == 1 for site, inner in fold.items() if site != -1)
    # sites are not near duplicates: those that they part are still reported
    assert "have a near duplicate in another" in result.stderr


def test_a_run_without_group_is_a_group_of_its_own(grouped):
    grouped.set(fold={"groups": "site"})
    groups = fold_groups(pl.read_parquet(paths.RUNS), grouped.params())
    # runs 7 and 8 have no site: what is not known is not the same
    assert groups[7] != groups[8]
    assert np.bincount(groups)[groups[[7, 8]]].tolist() == [1, 1]
    assert len(set(groups)) == 15 + 2


@pytest.mark.parametrize("name", ["sample_group", "sample_id", "None"])
def test_a_column_that_is_not_there_is_named_with_the_cure(grouped, name):
    grouped.set(fold={"groups": name})
    result = grouped.ega("fold")
    assert result.code == 1
    assert f"fold.groups: got '{name}'; expected none, near_dup" in result.stderr
    assert "metadata.csv (site)" in result.stderr
    assert "Cure: " in result.stderr


def test_too_few_groups_say_so(grouped):
    table = pl.read_parquet(paths.DUPLICATE_RUNS)
    write_parquet(paths.DUPLICATE_RUNS, table.with_columns(group=pl.lit("G")))
    seal_all()
    grouped.set(fold={"groups": "near_duplicates"})
    result = grouped.ega("fold")
    assert result.code == 1
    assert "near_duplicates makes 1 groups" in result.stderr
    assert "lower duplicates.near_decades" in result.stderr


def test_duplicates_of_other_runs_are_refused(grouped):
    write_parquet(paths.DUPLICATE_RUNS, pl.read_parquet(paths.DUPLICATE_RUNS)[1:])
    seal_all()
    grouped.set(fold={"groups": "near_duplicates"})
    with pytest.raises(EgaError, match="made for other runs"):
        fold_groups(pl.read_parquet(paths.RUNS), grouped.params())
