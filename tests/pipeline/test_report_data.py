import numpy as np
import polars as pl
import pytest

from pipeline.errors import EgaError
from pipeline.report_data import by_label, summarise
from pipeline.report_map import cell_edges, where_the_model_looks

DICTIONARY = pl.DataFrame(
    {
        "name": ["share_44_100", "share_44_200", "wide_18", "height_44", "scans"],
        "family": [
            "prevalence",
            "prevalence",
            "window_area",
            "peak_value",
            "run_facts",
        ],
        "mz": [44, 44, 18, 44, None],
        "temperature_low_celsius": [100.0, 200.0, 100.0, None, None],
        "temperature_high_celsius": [200.0, 300.0, 400.0, None, None],
        "unit": ["share", "share", "log", "abundance", "scans"],
        "description": ["share of the ion"] * 5,
    }
)
IMPORTANCE = pl.DataFrame(
    [
        ("salt", 0, 0, "share_44_100", 0.5, 0.4, 1.0),
        ("salt", 0, 0, "wide_18", 0.3, 0.3, -0.5),
        ("salt", 0, 0, "height_44", 0.2, 0.1, None),
        ("salt", 0, 1, "share_44_100", 0.6, 0.2, 0.5),
        ("salt", 0, 1, "share_44_200", 0.1, 0.3, 0.2),
        ("salt", 0, 1, "scans", 0.3, 0.05, 0.0),
        ("rock", 0, 1, "scans", 1.0, 0.7, 0.9),
    ],
    schema=["label", "repeat", "fold", "feature", "gain", "contribution", "direction"],
    orient="row",
)


def summary_of(label, top=2, importance=IMPORTANCE):
    labels = tuple(dict.fromkeys([*IMPORTANCE["label"], label]))
    chosen = next(i for i in by_label(importance, labels) if i.label == label)
    return summarise(chosen, DICTIONARY, top)


def test_means_and_spreads_count_an_unused_feature_as_zero():
    table = summary_of("salt").rows_by_key("feature", named=True, unique=True)
    carbon_dioxide = table["share_44_100"]
    assert carbon_dioxide["contribution"] == pytest.approx(0.3)
    assert carbon_dioxide["gain"] == pytest.approx(0.55)
    assert carbon_dioxide["contribution_spread"] == pytest.approx(
        np.std([0.4, 0.2], ddof=1)
    )
    # the second fold has no row for water
    assert table["wide_18"]["contribution"] == pytest.approx(0.15)
    assert table["wide_18"]["gain_spread"] == pytest.approx(np.std([0.3, 0], ddof=1))


def test_gain_adds_up_to_one():
    # each fold shares out one unit of gain, so their mean does too
    assert summary_of("salt")["gain"].sum() == pytest.approx(1)


def test_ranks_by_contribution_then_gain():
    table = summary_of("salt")
    # water and m/z 44 at 200 tie on contribution; water has more gain
    assert table["feature"].to_list() == [
        "share_44_100",
        "wide_18",
        "share_44_200",
        "height_44",
        "scans",
    ]
    assert table["rank"].to_list() == [1, 2, 3, 4, 5]
    assert table["rank_by_gain"].to_list() == [1, 2, 5, 4, 3]


def test_direction_is_weighed_by_contribution():
    table = summary_of("salt").rows_by_key("feature", named=True, unique=True)
    assert table["share_44_100"]["direction"] == pytest.approx((0.4 + 0.1) / 0.6)
    # no fold knows a direction
    assert table["height_44"]["direction"] is None


def test_stability_is_the_share_of_models_with_the_feature_at_the_top():
    table = summary_of("salt", top=2).rows_by_key("feature", named=True, unique=True)
    found = {name: row["stability"] for name, row in table.items()}
    assert found == {
        "share_44_100": 1.0,
        "wide_18": 0.5,
        "share_44_200": 0.5,
        "height_44": 0.0,
        "scans": 0.0,
    }


def test_equal_contributions_share_the_better_rank():
    rows = [("salt", 0, 0, name, 0.5, 0.2, None) for name in ("scans", "height_44")]
    table = pl.DataFrame(rows, schema=IMPORTANCE.schema, orient="row")
    (importance,) = by_label(table, ("salt",))
    assert importance.ranks.tolist() == [[1, 1]]


def test_a_feature_without_contribution_has_no_rank():
    rows = [("salt", 0, 0, "scans", 1.0, 0.0, None)]
    table = pl.DataFrame(rows, schema=IMPORTANCE.schema, orient="row")
    assert by_label(table, ("salt",))[0].ranks.tolist() == [[0]]


def test_row_order_does_not_matter():
    shuffled = IMPORTANCE.sample(fraction=1, shuffle=True, seed=1)
    assert summary_of("salt", importance=shuffled).equals(summary_of("salt"))


def test_a_label_without_rows_has_no_features():
    # a compound that no tree can split on leaves a model without features
    assert summary_of("nothing").is_empty()
    assert where_the_model_looks(summary_of("nothing"), []).is_empty()


def test_map_adds_up_to_the_total_contribution():
    summary = pl.concat([summary_of("salt"), summary_of("rock")])
    cells = where_the_model_looks(summary, cell_edges(DICTIONARY))
    for label in ("salt", "rock"):
        own = pl.col("label") == label
        assert cells.filter(own)["contribution"].sum() == pytest.approx(
            summary.filter(own)["contribution"].sum()
        )


def test_map_spreads_a_window_over_its_cells_by_width():
    cells = where_the_model_looks(summary_of("salt"), cell_edges(DICTIONARY))
    found = {
        (mz, low): contribution for _, mz, low, _, contribution in cells.iter_rows()
    }
    assert found == pytest.approx(
        {
            # 0.15 over 100-400, whose cells are 100-200, 200-300 and 300-400
            (18, 100.0): 0.05,
            (18, 200.0): 0.05,
            (18, 300.0): 0.05,
            (44, 100.0): 0.3,
            (44, 200.0): 0.15,
            # without a window: the whole run; without an ion: no m/z
            (44, None): 0.05,
            (None, None): 0.025,
        }
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("salt", 0, 0, "wide_18", 0.1, 0.1, None), "twice"),
        (("pepper", 0, 0, "wide_18", 0.1, 0.1, None), "pepper"),
    ],
)
def test_a_table_that_can_not_be_right_is_refused(row, message):
    more = pl.DataFrame([row], schema=IMPORTANCE.schema, orient="row")
    with pytest.raises(EgaError, match=message):
        by_label(pl.concat([IMPORTANCE, more]), ("salt", "rock"))


def test_a_feature_that_the_dictionary_does_not_know_is_named():
    (importance, _) = by_label(IMPORTANCE, ("salt", "rock"))
    with pytest.raises(EgaError, match=r"1 features.*scans"):
        summarise(importance, DICTIONARY.filter(pl.col("name") != "scans"), 2)
