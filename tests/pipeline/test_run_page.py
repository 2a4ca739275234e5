"""The page about one run: what is in the HTML."""

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from page_text import rows_of, run_data_of
from run_page_inputs import (
    LABELS,
    PROBABILITIES,
    abundance,
    answer,
)

from pipeline.prediction.answer import Neighbour, Reliability
from pipeline.run_page import render_run_page
from pipeline.run_page_words import fact_tiles, finding, reliability_words, score_words

ODD = "</script><script>hacked()</script><img src=x onerror=alert(1)>{{7*7}}\"'"


@pytest.fixture(scope="module")
def page():
    return render_run_page(answer())


def test_page_is_small_complete_and_the_same_every_time(page):
    assert page == render_run_page(answer())
    # fifty of them are linked from a report
    assert len(page.encode()) < 400_000
    assert page.startswith("<!doctype html>")


def test_page_needs_nothing_else(page):
    code = re.sub(r"http-equiv=|http://www.w3.org/2000/svg", "", page)
    assert "http" not in code
    assert not re.search(r"<(script|img|iframe|link)[^>]+(src|href)=(?!\"data:,)", page)
    assert "default-src 'none'" in page


def test_only_the_page_s_own_script_may_run(page):
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert f"script-src 'sha256-{digest}'" in unescape(policy)


def test_texts_of_the_answer_stay_text():
    compounds = answer().compounds
    changed = (replace(compounds[0], label=ODD, by_family={ODD: 0.5}), *compounds[1:])
    page = render_run_page(
        answer(
            sample_id=ODD,
            source=ODD,
            origin=ODD,
            instrument=ODD,
            warnings=(ODD,),
            compounds=changed,
            families=(ODD,),
            neighbours=(Neighbour(ODD, 0.5, (ODD,)),),
        )
    )
    assert page.count("<script") == 2
    assert "<img" not in page
    assert "49" not in re.search(r"<h1>.*?</h1>", page)[0]
    names = [c["name"] for c in run_data_of(page)["why"]["compounds"].values()]
    assert ODD.replace("_", " ") in names


@pytest.mark.parametrize(
    "grid",
    [
        np.full((99, 320), np.nan),
        np.zeros((99, 320)),
        np.where(np.arange(320) == 9, abundance(), np.nan),
        -abundance(),
    ],
    ids=["nothing observed", "no signal", "one cell", "negative"],
)
def test_odd_runs_have_a_page_too(grid):
    page = render_run_page(answer(abundance=grid.astype(np.float32)))
    assert rows_of(page, "compounds")
    run_data_of(page)


def test_page_without_what_was_not_asked_for():
    compounds = tuple(
        replace(c, truth=None, reliability=None, evidence=(), by_family={})
        for c in answer().compounds
    )
    page = render_run_page(
        answer(
            compounds=compounds,
            contributions=None,
            neighbours=(),
            warnings=(),
            families=(),
            facts={},
            source="",
        )
    )
    assert run_data_of(page)["why"] is None
    assert len(rows_of(page, "compounds")[0]) == 5
    for missing in ('id="why-map"', 'id="families"', 'id="neighbours"', 'id="source"'):
        assert missing not in page
    assert page.count("unknown") >= 5
    assert "Read this answer with care" not in page


def test_compounds_come_by_probability(page):
    rows = rows_of(page, "compounds")
    order = sorted(range(len(LABELS)), key=lambda n: -PROBABILITIES[n])
    assert [row[0] for row in rows] == [LABELS[n].replace("_", " ") for n in order]
    assert rows[0] == [
        "carbonate",
        "● present",
        "97 %",
        "",
        "68–98 %",
        "has it",
        "of 41 labelled runs with a probability of 80–100 %, 71 % had it (56–83 %)",
    ]


def test_a_wrong_answer_is_marked_and_an_unclear_one_is_not():
    truth = {"oxalate": True, "iron_oxide": True, "sulfate": False}
    compounds = tuple(replace(c, truth=truth.get(c.label)) for c in answer().compounds)
    rows = {
        row[0]: row
        for row in rows_of(render_run_page(answer(compounds=compounds)), "compounds")
    }
    assert rows["oxalate"][5] == "has it ✗ wrong"
    assert rows["sulfate"][5] == "has not ✗ wrong"
    assert rows["iron oxide"][5] == "has it"
    assert rows["basalt"][5] == ""
    assert score_words(compounds).endswith("0 answers right, 2 wrong, 1 unclear.")


def test_families_stand_beside_the_blend(page):
    assert rows_of(page, "families")[0] == ["carbonate", "97 %", "97 %", "96 %", "96 %"]


def test_answer_in_a_sentence():
    compounds = sorted(answer().compounds, key=lambda c: -c.probability)
    assert finding(compounds) == (
        "Present: carbonate (97 %), sulfate (93 %). "
        "Unclear: phyllosilicate (61 %), iron oxide (32 %). Absent: the other 6."
    )
    absent = [replace(c, word="absent") for c in compounds]
    assert finding(absent) == "None of the 10 compounds is found."
    present = [replace(c, word="present") for c in compounds]
    assert "Absent" not in finding(present)


def test_an_empty_bin_has_no_track_record():
    nan = float("nan")
    empty = Reliability(0.4, 0.6, nan, nan, nan, 0)
    assert reliability_words(empty) == "no labelled run had a probability of 40–60 %"


def test_unknown_facts_are_called_so():
    tiles = fact_tiles({"scan_count": 128917.0, "temperature_low_celsius": -0.2})
    values = [tile["value"] for tile in tiles]
    assert values == ["unknown", "unknown", "128 917", "unknown", "unknown"]


def test_evidence_is_told_for_and_against(page):
    assert "m/z 44 (CO₂), 650–750 °C: +1.6" in page
    assert "m/z 64 (SO₂/S₂), 900–1000 °C: −0.3" in page


def test_neighbours_have_their_labels(page):
    assert rows_of(page, "neighbours")[1:] == [
        ["S0101", "0.41", "", "carbonate iron oxide"],
        ["S0300", "0.12", "", "none of the compounds"],
    ]
