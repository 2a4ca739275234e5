"""The page on how good the answers are, made from small tables."""

import re
from html import unescape

import evaluation_inputs
import polars as pl
import pytest
import report_inputs
from page_text import rows_of
from support import seal_all

from pipeline import paths, report
from pipeline.atomic import write_csv
from pipeline.errors import EgaError
from pipeline.evaluation_content import FOLD_WEIGHTS
from pipeline.evaluation_figures import DotRow, dot_figure, strip
from pipeline.evaluation_page import write_evaluation_page
from pipeline.evaluation_words import (
    hard_words,
    moved_words,
    slope_words,
    spread_words,
)
from pipeline.prediction.page_names import page_name
from pipeline.run_links import RunLinks
from pipeline.stability import stability

HOSTILE = evaluation_inputs.HOSTILE_IDS


@pytest.fixture
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report_inputs.write_inputs()


def page(links=None):
    seal_all()
    more = () if links is None else (links,)
    assert write_evaluation_page(report_inputs.report_params(), *more)
    return paths.EVALUATION_PAGE.read_text(encoding="utf-8")


def test_page_needs_nothing_else_and_is_the_same_each_time(inside):
    text = page()
    assert "http" not in re.sub(r'http-equiv="Content-Security-Policy"', "", text)
    assert "default-src 'none'" in text
    assert page() == text


def test_without_hard_runs_there_is_no_page(inside):
    paths.HARD_RUNS.unlink()
    assert not write_evaluation_page(report_inputs.report_params())
    assert not paths.EVALUATION_PAGE.exists()


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        (paths.FOLD_SCORES, "evaluate"),
        (paths.SIMILARITY, "evaluate"),
        (paths.LABEL_CALIBRATION, "ablate"),
        (FOLD_WEIGHTS, "stack"),
    ],
)
def test_missing_table_names_its_stage(path, stage, inside):
    path.unlink()
    with pytest.raises(EgaError, match=f"{path.name} is missing.*`ega {stage}`"):
        page()


def test_table_of_families_ends_with_the_blend(inside):
    linear, gbt, blend = rows_of(page(), "systems")
    assert [row[0] for row in (linear, gbt, blend)] == ["linear", "gbt", "blend"]
    # folds lie at 0.12 and 0.14, then at 0.13 and 0.15
    assert blend[1:7] == [
        "0.120 0.100–0.140",
        "0.130, 0.140",
        "0.120–0.150",
        "0.014",
        "0.010",
        "–",
    ]
    assert gbt[6] == "4 of 4"
    # an interval of the calibration error would mislead
    assert "–" not in gbt[10][1:]


def test_compounds_are_listed_by_loss(inside):
    rows = rows_of(page(), "labels")
    expected = [label.replace("_", " ") for label in report_inputs.LABELS]
    assert [row[0] for row in rows] == expected[::-1]
    assert rows[-1][1:5] == ["20 33 %", "0.120 0.100–0.140", "0.400", "70 %"]


def test_instrument_with_few_runs_is_marked(inside):
    large, small = rows_of(page(), "instruments")
    assert (large[0], large[-1]) == ("commercial", "")
    assert (small[0], small[-1]) == ("sam_testbed", "too few runs to settle anything")
    # ranking a handful of runs says nothing
    assert small[4:6] == ["–", "–"]


def test_calibration_of_each_compound_is_put_in_words(inside):
    rows = rows_of(page(), "lines")
    assert [row[0] for row in rows] == [
        x.replace("_", " ") for x in report_inputs.LABELS
    ]
    assert rows[0][5:] == ["1.30 1.10 to 1.50", "−0.10 −0.30 to 0.10", "too cautious"]
    assert rows[-1][5:] == ["–", "–", "not settled"]


def test_bands_without_runs_are_left_out(inside):
    rows = rows_of(page(), "bands")
    assert [row[:2] for row in rows] == [["0.1 to 0.7", "20"], ["0.7 to 1", "40"]]
    # of the seven runs to predict in these bands
    assert [row[-1] for row in rows] == ["71 %", "29 %"]


def test_hardest_run_comes_first_with_what_went_wrong(inside):
    # the made-up families are sure and wrong about all compounds of these runs
    hardest = rows_of(page(), "hard-runs")[: len(HOSTILE)]
    assert {row[0] for row in hardest} == set(HOSTILE)
    for row in hardest:
        # a label of the fixture has a percent sign of its own
        wrong = (row[4] + row[5]).replace(report_inputs.ODD, "")
        assert wrong.count("%") == len(report_inputs.LABELS)
    decisions = rows_of(page(), "decisions")
    wrong = [row for row in decisions if row[0] == HOSTILE[0]]
    assert len(wrong) == len(report_inputs.LABELS)
    for row in wrong:
        assert "all 2 families agree and are wrong" in row[7]


def test_counts_of_patterns_agree_with_the_rows(inside):
    text = page()
    hard = pl.read_csv(paths.HARD_RUNS)
    rows = rows_of(text, "patterns")
    assert sum(int(row[2].replace(",", "")) for row in rows) == hard["misjudged"].sum()
    # of 60 runs and four labels
    assert sum(int(row[1]) for row in rows) == 240


def test_names_from_the_data_stay_text(inside):
    text = page()
    for name in (*HOSTILE, report_inputs.ODD):
        assert name in unescape(text)
    for name in (*HOSTILE[:1], report_inputs.ODD, '"onmouseover'):
        assert name not in text


def test_a_number_as_name_keeps_its_zeros(inside):
    assert HOSTILE[3] in [row[0] for row in rows_of(page(), "decisions")]


def test_only_runs_with_a_page_are_links(inside):
    assert 'class="run" href' not in page()
    some = {HOSTILE[0], "nobody"}
    text = page(RunLinks(some, lambda name: f"{name[-2:]}/../<b>.html"))
    links = set(re.findall(r'class="run" href="([^"]*)"', text))
    # nothing in a name leads out of the folder or out of the attribute
    assert links == {"runs/t%3E%2F..%2F%3Cb%3E.html"}


def test_report_links_to_the_pages_that_are_written(inside):
    name = page_name(HOSTILE[1])
    paths.RUN_PAGES.mkdir(parents=True)
    (paths.RUN_PAGES / name).write_text("")
    report.run(report_inputs.report_params())
    text = paths.EVALUATION_PAGE.read_text(encoding="utf-8")
    links = set(re.findall(r'class="run" href="([^"]*)"', text))
    assert links == {f"runs/{name}"}
    assert (paths.EVALUATION_PAGE.parent / links.pop()).is_file()


@pytest.mark.parametrize("seed", range(2))
def test_every_mark_of_a_figure_lies_inside(seed):
    rows = [
        DotRow("a", 0.2, 0.1, 0.3, [(0.05, "repeat-0", ""), (0.6, "repeat-1", "")]),
        DotRow("b", 0.4 + seed, 0.4 + seed, 0.4 + seed),
    ]
    figure = dot_figure(rows, from_zero=bool(seed))
    for row in figure["rows"]:
        places = [row["low"], row["x"], row["high"], *(m[0] for m in row["marks"])]
        assert all(figure["left"] <= x <= figure["right"] for x in places)
    assert [row["text"] for row in figure["rows"]][0] == "0.200"


def test_strip_puts_probabilities_in_order():
    drawn = strip(0.5, {"gbt": 0.0, "linear": 1.0})
    assert drawn["families"] == [drawn["start"], drawn["end"]]
    assert drawn["blend"] == drawn["half"]
    assert drawn["text"] == "gbt 0.0, linear 100.0"


def test_spread_is_told_with_what_was_expected():
    scores = evaluation_inputs.fold_scores(())
    blend = scores.filter(pl.col("family") == "stack")
    assert spread_words(stability(blend)) == (
        "The blend's log-loss lies between 0.120 and 0.150 in the 4 outer folds; "
        "inside a repeat it varies by 0.014 (standard deviation), where folds of "
        "independent runs would vary by 0.010: 1.4 times as much. Each repeat alone: "
        "0.1300, 0.1400."
    )


def test_moved_runs_are_told_if_there_are_any():
    rows = evaluation_inputs.similarity().to_dicts()
    assert moved_words(rows).endswith(
        "The same runs lose 0.070 (0.040–0.100) with it and 0.200 (0.150–0.250) "
        "without."
    )
    assert moved_words([row | {"runs": 0} for row in rows]) == ""


def test_nothing_misjudged_is_told(inside):
    counts = pl.col("misjudged", "missed")
    clean = pl.read_csv(paths.HARD_REASONS).with_columns(counts * 0)
    assert hard_words(clean.to_dicts()) == [
        "The blend gives the truth more than 50 % in all 240 decisions."
    ]
    write_csv(paths.HARD_REASONS, clean)
    hard = pl.read_csv(paths.HARD_RUNS)
    write_csv(paths.HARD_RUNS, hard.with_columns(pl.col("misjudged") * 0))
    assert "No decision is misjudged." in page()


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        ((0.8, 0.7, 0.9), "too sure"),
        ((1.0, 0.9, 1.1), "no sure deviation"),
        ((4.0, 1.3, 6.6), "not settled"),
        ((None, None, None), "not settled"),
    ],
)
def test_slope_is_put_in_words(slope, words):
    names = ("slope", "slope_low", "slope_high")
    assert slope_words(dict(zip(names, slope, strict=True))) == words
