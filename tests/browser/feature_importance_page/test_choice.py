"""The importance page in a browser: choosing a compound."""

import pytest
from page_reader import keys
from report_inputs import LABELS, ODD, SCRIPT

pytestmark = pytest.mark.slow


def test_first_compound_is_shown_at_once(reader):
    assert reader.selected() == [LABELS[0]]
    for figure in ("fingerprint", "map", "bars", "stability"):
        assert reader.all(f"#{figure} svg.main-svg"), figure
    assert reader.one("#sentence").text.startswith(
        "The model recognises carbonate mainly by m/z 44 (CO₂) at 600–800 °C"
    )
    assert reader.one("#overview tbody tr.chosen th").text == "carbonate"


def test_another_compound_changes_titles_figures_and_table(reader):
    before = [reader.drawn(f, "y" if f == "map" else "x") for f in ("map", "bars")]
    features = reader.column("features", 1)
    reader.choose(1)
    assert reader.selected() == ["sulfate"]
    assert reader.one("#compound-title").text.lower() == "sulfate"
    assert reader.one("#bars-title").text == "Top features for sulfate by contribution"
    assert reader.one("#map-title").text == "Where the model looks for sulfate"
    assert reader.drawn("bars", "x") != before[1]
    assert reader.column("features", 1) != features
    assert "m/z 64 (SO₂/S₂)" in reader.column("features", 1)[0]
    assert reader.run("return location.hash") == "#sulfate"


def test_address_chooses_the_compound(reader, pages):
    page = pages["feature_importance"]
    reader.driver.get("about:blank")
    reader.driver.get(f"{page}#sulfate")
    assert reader.selected() == ["sulfate"]
    # the reader followed a link to this compound, so it is what comes into view
    assert reader.run("return window.scrollY") > 0
    reader.run("location.hash = '#carbonate'")
    assert (
        reader.run(
            "return new Promise((done) => setTimeout(() => "
            "done(document.getElementById('compound-title').textContent), 50))"
        )
        == "carbonate"
    )
    reader.driver.get(f"{page}#no%such")
    assert reader.selected() == ["carbonate"]


def test_table_of_compounds_leads_to_a_compound(reader):
    reader.click(reader.all("#overview a")[1])
    assert reader.selected() == ["sulfate"]


def test_tabs_follow_the_keyboard(reader):
    reader.run("document.querySelector('[role=tab][tabindex=\"0\"]').focus()")
    for key, number in (
        (keys().ARROW_RIGHT, 1),
        (keys().END, len(LABELS) - 1),
        (keys().ARROW_RIGHT, 0),
        (keys().ARROW_LEFT, len(LABELS) - 1),
        (keys().HOME, 0),
    ):
        reader.press(key)
        assert reader.selected() == [LABELS[number]]
        focused = reader.driver.switch_to.active_element
        assert focused.get_attribute("data-compound") == LABELS[number]
    # one stop for the tabulator key: the chosen tab
    assert len(reader.all("[role=tab][tabindex='0']")) == 1


def test_names_from_the_data_appear_as_text(reader):
    assert reader.run("return window.hacked") is None
    assert any(SCRIPT in name for name in reader.column("features", 1))
    reader.choose(LABELS.index(ODD))
    assert reader.selected() == [ODD]
    assert reader.one("#compound-title").get_attribute("textContent") == ODD
    labels = reader.run(
        "return [...document.querySelectorAll('#fingerprint .ytick')]"
        ".map((tick) => tick.textContent)"
    )
    assert any(text.startswith('<b>"') for text in labels)
    assert reader.all("#panel b, #fingerprint .ytick b") == []
    # the address leads back to the same compound
    reader.driver.refresh()
    assert reader.selected() == [ODD]
