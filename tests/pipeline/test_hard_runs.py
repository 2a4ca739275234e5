"""Marks, decisions and reasons on runs whose answer is known beforehand."""

import numpy as np
import polars as pl
import pytest

from models.metrics import bootstrap_weights
from pipeline.decisions import decisions
from pipeline.hard_reasons import FEWEST, hard_reasons
from pipeline.hard_runs import LEAST_OF_LABEL, hard_runs, run_scores
from pipeline.hard_words import mark_words, marks_of, pattern_words, percent
from pipeline.nearest_runs import nearest_runs
from pipeline.run_marks import RUN_MARKS, run_marks

LABELS = ("salt", "rock")
N_RUNS = 40
IDS = [f"S{number:03d}" for number in range(N_RUNS)]


def training(**changes):
    """Return alike runs; `changes` maps a column to {row: value}."""
    columns = {
        "sample_id": IDS,
        "instrument_type": ["lab"] * N_RUNS,
        "temperature_low_celsius": [30.0] * N_RUNS,
        "temperature_high_celsius": [1000.0] * N_RUNS,
        "heating_rate_celsius_per_minute": [35.0] * N_RUNS,
        "ion_count": [100] * N_RUNS,
        "maximum_abundance": [1e-7] * N_RUNS,
        "salt": [number % 2 for number in range(N_RUNS)],
        "rock": [0] * N_RUNS,
    }
    for name, values in changes.items():
        for row, value in values.items():
            columns[name][row] = value
    return pl.DataFrame(columns)


def nearest(similarity=0.5, **changes):
    """Return the run two further on, which has the same labels, as the nearest."""
    near = [IDS[(row + 2) % N_RUNS] for row in range(N_RUNS)]
    similar = [similarity] * N_RUNS
    for name, value in changes.items():
        row = IDS.index(name)
        near[row], similar[row] = value
    return pl.DataFrame(
        {"sample_id": IDS, "nearest_sample_id": near, "similarity": similar}
    )


def right(runs, by=0.9):
    """Return probabilities that give every truth `by`."""
    y = runs.select(LABELS).to_numpy()
    return np.where(y == 1, by, 1 - by)


def marks_that_hold(runs, near=None, minimum_runs=30):
    near = nearest() if near is None else near
    table = run_marks(runs, near, LABELS, minimum_runs)
    return {
        mark: table["sample_id"].filter(table[mark]).to_list() for mark in RUN_MARKS
    }


def test_alike_runs_bear_no_mark():
    assert marks_that_hold(training()) == {mark: [] for mark in RUN_MARKS}


@pytest.mark.parametrize(
    ("mark", "column", "usual", "unusual"),
    [
        ("short_run", "temperature_high_celsius", 901.0, 899.0),
        ("few_ions", "ion_count", 90, 89),
        ("odd_heating", "heating_rate_celsius_per_minute", 41.9, 42.1),
        ("odd_heating", "heating_rate_celsius_per_minute", 28.1, 27.9),
        ("odd_heating", "heating_rate_celsius_per_minute", 35.0, float("nan")),
        ("weak_signal", "maximum_abundance", 1.1e-8, 0.9e-8),
    ],
)
def test_a_mark_holds_just_beyond_its_rule(mark, column, usual, unusual):
    held = marks_that_hold(training(**{column: {3: usual, 7: unusual}}))
    assert held.pop(mark) == ["S007"]
    assert not any(held.values())


def test_usual_is_that_of_the_own_instrument():
    other = dict.fromkeys(range(5), "rover")
    hot = dict.fromkeys(range(5), 1300.0)
    runs = training(instrument_type=other, temperature_high_celsius=hot)
    held = marks_that_hold(runs)
    # five runs of another instrument that ends 300 °C higher make no lab run short
    assert held["short_run"] == []
    assert held["rare_instrument"] == IDS[:5]


def test_likeness_and_sets_of_compounds():
    runs = training(rock={4: 1, 5: 1})
    held = marks_that_hold(runs, nearest(S009=("S011", 0.09)))
    assert held["unlike_all"] == ["S009"]
    # S004 has rock alone, S005 salt and rock: each is the only one of its set
    assert held["rare_set"] == ["S004", "S005"]


def test_nearest_run_is_the_most_similar_over_repeats():
    table = pl.DataFrame(
        {
            "sample_id": ["a", "a", "a"],
            "repeat": [0, 1, 1],
            "fold": [0, 0, 0],
            "rank": [1, 1, 2],
            "training_sample_id": ["b", "c", "b"],
            "similarity": [0.2, 0.8, 0.1],
        }
    )
    assert nearest_runs(table).rows() == [("a", "c", 0.8)]


def decided(families, near=None, runs=None):
    """Return the decisions of a blend that is the mean of the families."""
    runs = training() if runs is None else runs
    blend = sum(families.values()) / len(families)
    near = nearest() if near is None else near
    return decisions(runs, blend, families, near, LABELS)


def changed(values, row, by):
    """Return probabilities that give the truth of a run's first label `by`."""
    values = values.copy()
    values[row, 0] = by if row % 2 else 1 - by
    return values


@pytest.mark.parametrize(
    ("first", "second", "pattern", "misjudged"),
    [
        (0.1, 0.15, "sure_and_wrong", True),
        (0.1, 0.3, "wrong_unsure", True),
        (0.1, 0.6, "split", True),
        (0.4, 0.9, "split", False),
        (0.6, 0.9, "all_right", False),
    ],
)
@pytest.mark.parametrize("row", [6, 7])
def test_pattern_tells_how_the_families_stand(first, second, pattern, misjudged, row):
    base = right(training())
    table = decided({"a": changed(base, row, first), "b": changed(base, row, second)})
    one = table.filter(sample_id=IDS[row], label="salt").row(0, named=True)
    assert (one["pattern"], one["misjudged"]) == (pattern, misjudged)
    assert one["truth"] == row % 2
    rest = table.filter(pl.col("sample_id") != IDS[row])
    assert set(rest["pattern"]) == {"all_right"}


@pytest.mark.parametrize(
    ("similarity", "mark"),
    [(0.75, "twin_differs"), (0.69, "nearest_differs"), (0.09, None)],
)
def test_label_of_the_nearest_run_is_compared(similarity, mark):
    base = right(training())
    # S006 has no salt, S007 has
    table = decided({"a": base, "b": base}, nearest(S006=("S007", similarity)))
    for name in ("twin_differs", "nearest_differs"):
        held = table.filter(pl.col(name)).select("sample_id", "label").rows()
        assert held == ([("S006", "salt")] if name == mark else [])


def test_ranks_follow_the_loss_inside_a_label():
    base = right(training())
    worse = changed(changed(base, 8, 0.2), 9, 0.1)
    table = decided({"a": worse, "b": worse})
    salt = table.filter(label="salt").sort("rank")
    assert salt["sample_id"].to_list()[:2] == ["S009", "S008"]
    assert salt["log_loss"].to_list() == sorted(salt["log_loss"], reverse=True)
    assert salt["log_loss"][0] == pytest.approx(-np.log(0.1))


def hard_and_runs(families, near=None, runs=None):
    runs = training() if runs is None else runs
    near = nearest() if near is None else near
    table = decided(families, near, runs)
    marks = run_marks(runs, near, LABELS, 30)
    return (
        hard_runs(table, marks, runs, list(families), LABELS),
        run_scores(table, marks, runs, LABELS),
        table,
        marks,
    )


def test_hard_runs_hold_all_misjudged_and_some_of_every_label():
    base = right(training())
    for row in range(0, 30, 2):
        base = changed(base, row, 0.3)
    hard, runs, _, _ = hard_and_runs({"a": base, "b": base})
    counts = dict(hard["label"].value_counts().iter_rows())
    assert counts == {"salt": 15, "rock": LEAST_OF_LABEL}
    assert hard["misjudged"].sum() == 15
    # falling loss inside a label
    salt = hard.filter(label="salt")["log_loss"].to_list()
    assert salt == sorted(salt, reverse=True)
    assert runs["share"].sum() == pytest.approx(1)
    assert runs["false_alarms"].sum() == 15
    assert runs["missed"].sum() == 0


def test_reasons_of_a_run_are_told_in_words():
    made = training(
        temperature_high_celsius={7: 386.4},
        heating_rate_celsius_per_minute={7: -1.9},
        ion_count={7: 60},
    )
    base = changed(right(made), 7, 0.05)
    near = nearest(S007=("S006", 0.8))
    hard, runs, _, _ = hard_and_runs({"a": base, "b": base}, near, made)
    row = hard.filter(label="salt", sample_id="S007").row(0, named=True)
    words = [pattern_words(row, 2), *(mark_words(mark, row) for mark in marks_of(row))]
    assert words == [
        "all 2 families agree and are wrong: the label may deserve a second look",
        "its near twin is labelled without salt",
        "ends at 386 °C",
        "only 60 m/z",
        "heated at −2 °C/min",
    ]
    top = runs.row(0, named=True)
    assert top["sample_id"] == "S007"
    assert marks_of(top) == marks_of(row)
    # a neighbour labelled otherwise is no reason where the blend was right
    assert "differs" not in "".join(runs["reasons"][1:])


def summary(name, values):
    known = values[1:][np.isfinite(values[1:])]
    ends = np.quantile(known, [0.025, 0.975]) if len(known) else [None, None]
    first = float(values[0]) if np.isfinite(values[0]) else None
    return {name: first, f"{name}_low": ends[0], f"{name}_high": ends[1]}


def reasons_of(wrong, short):
    """Return the table if the runs `wrong` are misjudged and those `short` short."""
    runs = training(temperature_high_celsius=dict.fromkeys(short, 400.0))
    base = right(runs)
    for row in wrong:
        base = changed(base, row, 0.3)
    _, _, table, marks = hard_and_runs({"a": base, "b": base}, runs=runs)
    weights = np.vstack([np.ones(N_RUNS), bootstrap_weights(N_RUNS, 200, 0)])
    found = hard_reasons(table, marks, weights, summary)
    return {(row["kind"], row["reason"]): row for row in found.to_dicts()}


def test_shares_and_rates_are_counted_by_hand():
    # of 10 short runs 6 are misjudged, of the other 30 runs 5
    found = reasons_of([*range(6), *range(20, 25)], range(10))
    row = found["mark", "short_run"]
    assert (row["decisions"], row["misjudged"]) == (20, 6)
    assert row["misjudged_share"] == pytest.approx(6 / 11)
    assert row["rate"] == pytest.approx(6 / 20)
    assert row["rate_otherwise"] == pytest.approx(5 / 60)
    assert row["ratio"] == pytest.approx((6 / 20) / (5 / 60))
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]
    # three of the six are odd rows, where salt is present
    assert row["missed"] == 3
    none = found["mark", "none"]
    assert (none["decisions"], none["misjudged"]) == (60, 5)


def test_patterns_do_not_overlap_and_have_no_ratio():
    found = reasons_of(range(8), [])
    patterns = [row for (kind, _), row in found.items() if kind == "pattern"]
    assert sum(row["decisions"] for row in patterns) == 2 * N_RUNS
    assert sum(row["misjudged_share"] for row in patterns) == pytest.approx(1)
    assert sum(row["loss_share"] for row in patterns) == pytest.approx(1)
    assert all(row["ratio"] is None for row in patterns)


def test_a_few_misjudged_make_no_ratio():
    found = reasons_of([*range(FEWEST - 1), *range(20, 30)], range(10))
    # an interval from a handful would look surer than it is
    assert found["mark", "short_run"]["ratio"] is None
    assert found["mark", "short_run"]["misjudged"] == FEWEST - 1


def test_nothing_misjudged_is_no_error():
    found = reasons_of([], range(3))
    assert sum(row["misjudged"] for row in found.values()) == 0
    assert found["mark", "short_run"]["misjudged_share"] is None


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "< 0.1 %"),
        (0.0994, "9.9 %"),
        (0.9, "90 %"),
        (0.95, "95.0 %"),
        (1, "> 99.9 %"),
    ],
)
def test_no_probability_is_printed_as_certain(share, text):
    assert percent(share) == text
