"""The importance page in a browser: its figures."""

import pytest
from report_inputs import LABELS

pytestmark = pytest.mark.slow


def test_toggle_changes_contribution_to_gain(reader):
    contributions = reader.drawn("bars", "x")
    assert contributions == sorted(contributions, reverse=True)
    reader.click(reader.one("input[value=gain]"))
    assert reader.one("#bars-title").text == "Top features for carbonate by gain"
    gains = reader.drawn("bars", "x")
    assert gains != contributions
    assert gains == sorted(gains, reverse=True)
    # the choice stays while the reader goes through the compounds
    reader.choose(1)
    assert reader.one("#bars-title").text == "Top features for sulfate by gain"


def test_bars_have_the_direction_as_colour(reader):
    # carbonate: CO2 speaks for it, water at low temperature against it
    words = reader.run(
        "return document.getElementById('bars').data[0].customdata"
        ".map((row, i) => [row[0], row[1],"
        " document.getElementById('bars').data[0].marker.color[i]])"
    )
    colours = {meaning: colour for _, meaning, colour in words}
    assert len(set(colours.values())) == len(colours) >= 2
    meanings = {name: meaning for name, meaning, _ in words}
    assert meanings["share of m/z 44 (CO₂) at 600–700 °C"].endswith("speaks for it")
    assert meanings["share of m/z 18 (H₂O) at 100–200 °C"].endswith("against it")


def test_a_click_on_the_map_lists_the_features_of_its_ion(reader):
    reader.run(
        "const map = document.getElementById('map');"
        "map.emit('plotly_click', {points: [{y: map.data[0].y.length - 2}]})"
    )
    shown = reader.column("features", 1)
    assert shown
    assert all("m/z 64 " in name for name in shown)


def test_map_names_ions_and_holds_the_whole_run_beside_it(reader):
    ticks = reader.run("return document.getElementById('map').layout.yaxis.ticktext")
    assert ticks[-3:] == ["44 CO₂", "64 SO₂/S₂", "99"]
    cells = reader.run("return document.getElementById('map').data[0].z")
    hottest = max(range(len(cells)), key=lambda row: max(cells[row]))
    assert ticks[hottest] == "44 CO₂"
    assert max(reader.drawn("map", "x", trace=1)) > 0


def test_a_model_without_features_is_said_to_have_none(reader):
    reader.choose(LABELS.index("iron_oxide"))
    assert "uses no ion" in reader.one("#sentence").text
    # empty axes would say nothing
    assert not reader.one("#map").is_displayed()
    assert reader.column("features", 1) == []


def test_paper_gets_figures_of_its_width(reader):
    widths = (
        "return ['map', 'bars'].map((id) => document.getElementById(id).layout.width)"
    )
    screen = reader.run(widths)
    reader.run("dispatchEvent(new Event('beforeprint'))")
    # narrower than A4 (794 pixels), or the right part is cut off
    assert all(width <= 720 for width in reader.run(widths))
    reader.run("dispatchEvent(new Event('afterprint'))")
    assert reader.run(widths) == screen


def test_figures_follow_the_page_into_the_dark(reader):
    inks = (
        "return [getComputedStyle(document.documentElement)"
        ".getPropertyValue('--ink').trim(),"
        " document.getElementById('map').layout.font.color]"
    )
    seen = {}
    for scheme in ("dark", "light"):
        reader.prefer(scheme)
        reader.wait_until(lambda: len(set(reader.run(inks))) == 1)
        seen[scheme] = reader.run(inks)[0]
    reader.prefer(None)
    assert seen["dark"] != seen["light"]
