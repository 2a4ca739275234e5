"""The page about one run: what is in the HTML, and what the script is given."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from run_page_inputs import (
    EDGES,
    LABELS,
    MZ,
    OBSERVED,
    PROBABILITIES,
    abundance,
    answer,
    contributions,
)

from features.cleaning import fill_gaps, subtract_background
from pipeline.prediction.answer import Neighbour, Reliability
from pipeline.run_page import render_run_page
from pipeline.run_page_figures import packed, run_figures, steps
from pipeline.run_page_peaks import find_run_peaks, strongest_ions
from pipeline.run_page_signals import BACKGROUND_QUANTILE, observed_part
from pipeline.run_page_words import fact_tiles, finding, reliability_words, score_words

ODD = "</script><script>hacked()</script><img src=x onerror=alert(1)>{{7*7}}\"'"
# 2 sqrt(2 ln 2): full width at half maximum of a Gaussian of standard deviation 1
WIDTH = 2.3548


@pytest.fixture(scope="module")
def page():
    return render_run_page(answer())


@pytest.fixture(scope="module")
def peaks():
    return find_run_peaks(observed_part(answer()))


def rows_of(text, table):
    """Return the texts of a table's body, cell by cell."""
    body = re.search(rf'id="{table}".*?<tbody>(.*?)</tbody>', text, re.DOTALL)[1]
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]


def data_of(text):
    return json.loads(re.search(r'id="run-data">(.*?)</script>', text, re.DOTALL)[1])


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), "<f2").astype(float)


def gaussian(top, deviation, height=1.0, noise=0.0):
    """Return the grid of a run in which only m/z 44 has a peak."""
    rng = np.random.default_rng(1)
    centres = (EDGES[:-1] + EDGES[1:]) / 2
    grid = noise * rng.random((len(MZ), len(centres)))
    grid[43] += height * np.exp(-0.5 * ((centres - top) / deviation) ** 2)
    return grid.astype(np.float32)


# ---- the page as a whole ------------------------------------------------------------


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
    names = [c["name"] for c in data_of(page)["why"]["compounds"].values()]
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
    data_of(page)


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
    assert data_of(page)["why"] is None
    assert len(rows_of(page, "compounds")[0]) == 5
    for missing in ('id="why-map"', 'id="families"', 'id="neighbours"', 'id="source"'):
        assert missing not in page
    assert page.count("unknown") >= 5
    assert "Read this answer with care" not in page


# ---- the answer ---------------------------------------------------------------------


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


# ---- the run ------------------------------------------------------------------------


def test_run_is_cropped_to_what_was_observed():
    signals = observed_part(answer())
    assert signals.edges_celsius[[0, -1]].tolist() == list(OBSERVED)
    assert signals.mz_values.tolist() == list(range(1, 96))
    # the one gap inside
    assert signals.interpolated == 1
    assert not np.isnan(signals.abundance).any()


def test_background_is_the_one_that_the_features_subtract():
    signals = observed_part(answer())
    filled = fill_gaps(signals.abundance)
    clean = subtract_background(filled[None], BACKGROUND_QUANTILE)[0]
    np.testing.assert_array_equal(
        np.maximum(filled - signals.background[:, None], 0), clean
    )


def test_script_gets_three_digits_of_every_abundance():
    signals = observed_part(answer())
    data = run_figures(answer(), signals, (), [])
    given = unpacked(data["abundance"]).reshape(signals.abundance.shape) * data["unit"]
    # down to nine decades below the largest
    smallest = 1e-9 * np.abs(signals.abundance).max()
    np.testing.assert_allclose(given, signals.abundance, rtol=1e-3, atol=smallest)


def test_half_precision_keeps_what_is_missing():
    values = np.array([1.0, -2.5, np.nan, 0.0])
    np.testing.assert_array_equal(unpacked(packed(values)), values)


def test_peaks_are_where_the_gases_come_off(peaks):
    first = {}
    for peak in peaks:
        first.setdefault(peak.mz, peak)
    assert [peak.mz for peak in peaks[:4]] == [44, 18, 64, 18]
    assert first[44].temperature_celsius == pytest.approx(700, abs=5)
    assert first[44].height == 1
    assert first[18].temperature_celsius == pytest.approx(450, abs=5)
    assert first[18].height == pytest.approx(0.8, abs=0.02)
    # noise and the carrier gas have none
    assert set(first) == {12, 16, 17, 18, 22, 28, 32, 44, 45, 48, 64, 66}


def test_a_peak_at_the_end_is_said_to_be_cut(peaks):
    cut = {peak.mz for peak in peaks if peak.cut}
    assert cut == {32, 48, 64, 66}


@pytest.mark.parametrize("deviation", [20.0, 40.0, 80.0])
def test_width_of_a_gaussian(deviation):
    (peak,) = find_run_peaks(
        observed_part(answer(abundance=gaussian(600, deviation, noise=1e-6)))
    )
    # smoothing over three cells of 5 celsius makes it a little broader
    assert peak.width_celsius == pytest.approx(WIDTH * deviation, rel=0.04)
    assert peak.temperature_celsius == pytest.approx(600, abs=2.5)
    assert peak.area == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_areas_of_a_run_are_shares_of_it(seed):
    peaks = find_run_peaks(observed_part(answer(abundance=abundance(seed))))
    assert 0.8 < sum(peak.area for peak in peaks) <= 1
    water = sorted(
        (peak.temperature_celsius, peak.area) for peak in peaks if peak.mz == 18
    )
    # height times standard deviation: 0.30 x 25 to 0.80 x 40
    assert water[0][1] / water[1][1] == pytest.approx(7.5 / 32, rel=0.05)


def test_ions_drawn_at_first_are_not_the_companions_of_others(peaks):
    assert strongest_ions(peaks) == [18, 28, 32, 44, 64]


# ---- why ----------------------------------------------------------------------------


@pytest.mark.parametrize("label", range(len(LABELS)))
def test_steps_add_up_to_the_log_odds(label):
    p = PROBABILITIES[label]
    way = steps(contributions(), label)
    assert sum(value for _, value in way) == pytest.approx(np.log(p / (1 - p)))
    assert way[0][0] == "average run"
    assert [name for name, _ in way[-3:]] == list(contributions().other)[1:]


def test_strongest_ion_comes_first():
    way = steps(contributions(), LABELS.index("carbonate"))
    assert [name for name, _ in way[1:3]] == ["m/z 44 (CO₂)", "m/z 12 (C⁺)"]
    assert way[9][0] == "the other 91 ions"


def test_script_gets_the_contributions_of_each_compound(page):
    why = data_of(page)["why"]
    shape = (len(MZ), len(why["edges"]) - 1)
    for number, compound in why["compounds"].items():
        cells = unpacked(compound["cells"]).reshape(shape)
        np.testing.assert_allclose(cells, contributions().cells[int(number)], atol=1e-3)
        assert compound["name"] == LABELS[int(number)].replace("_", " ")


def test_evidence_is_told_for_and_against(page):
    assert "m/z 44 (CO₂), 650–750 °C: +1.6" in page
    assert "m/z 64 (SO₂/S₂), 900–1000 °C: −0.3" in page


def test_neighbours_have_their_labels(page):
    assert rows_of(page, "neighbours")[1:] == [
        ["S0101", "0.41", "", "carbonate iron oxide"],
        ["S0300", "0.12", "", "none of the compounds"],
    ]
