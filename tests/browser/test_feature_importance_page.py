"""The importance page in a real browser: what a reader sees, clicks and types."""

import json
import runpy
from pathlib import Path

import pytest

# by path: site-packages may hold a package called tests
INPUTS = runpy.run_path(str(Path(__file__).with_name("report_inputs.py")))
LABELS, ODD, SCRIPT = (INPUTS[name] for name in ("LABELS", "ODD", "SCRIPT"))

pytestmark = pytest.mark.slow


class Page:
    """What a reader does with the page."""

    def __init__(self, driver):
        self.driver = driver

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def click(self, element):
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def choose(self, number):
        self.click(self.all("[role=tab]")[number])

    def type(self, selector, text):
        box = self.one(selector)
        box.clear()
        box.send_keys(text)

    def press(self, key):
        self.driver.switch_to.active_element.send_keys(key)

    def column(self, table, number):
        """Return the texts of a column, visible rows only."""
        return self.run(
            "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
            ".filter((row) => !row.hidden)"
            ".map((row) => row.cells[arguments[1]].textContent)",
            table,
            number,
        )

    def drawn(self, figure, field, trace=0):
        """Return a field of a trace as plotly holds it."""
        return self.run(
            "return Array.from(document.getElementById(arguments[0])"
            ".data[arguments[2]][arguments[1]])",
            figure,
            field,
            trace,
        )

    def head(self, table, text):
        return next(
            head
            for head in self.all(f"#{table} thead th")
            if head.text.startswith(text)
        )

    def sort(self, table, text):
        self.click(self.head(table, text).find_element("css selector", "button"))
        return self.head(table, text).get_attribute("aria-sort")


@pytest.fixture(scope="module")
def opened(chromium, page):
    """Open the page once: plotly's script takes a second to load."""
    chromium.get(page)
    return Page(chromium)


@pytest.fixture
def reader(opened):
    # every test starts as if the page had just been opened
    opened.run(
        "for (const one of ['[role=tab]', 'input[value=main]', "
        "'input[value=contribution]']) document.querySelector(one).click();"
        "scrollTo(0, 0)"
    )
    yield opened
    errors = [e for e in opened.driver.get_log("browser") if e["level"] != "INFO"]
    # any test fails that leaves a warning or an error in the console
    assert errors == []


def selected(reader):
    return [
        tab.get_attribute("data-compound")
        for tab in reader.all("[role=tab]")
        if tab.get_attribute("aria-selected") == "true"
    ]


def first_number(text):
    return float(text.split()[0])


def test_page_asks_for_nothing_but_itself(reader, page):
    reader.driver.get_log("performance")
    reader.driver.get(page)
    reader.choose(1)
    messages = [
        json.loads(entry["message"])["message"]
        for entry in reader.driver.get_log("performance")
    ]
    requested = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in requested if not url.startswith("data:")} == {page}
    assert reader.run("return performance.getEntriesByType('resource').length") == 0


def test_first_compound_is_shown_at_once(reader):
    assert selected(reader) == [LABELS[0]]
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
    assert selected(reader) == ["sulfate"]
    assert reader.one("#compound-title").text.lower() == "sulfate"
    assert reader.one("#bars-title").text == "Top features for sulfate by contribution"
    assert reader.one("#map-title").text == "Where the model looks for sulfate"
    assert reader.drawn("bars", "x") != before[1]
    assert reader.column("features", 1) != features
    assert "m/z 64 (SO₂/S₂)" in reader.column("features", 1)[0]
    assert reader.run("return location.hash") == "#sulfate"


def test_address_chooses_the_compound(reader, page):
    reader.driver.get("about:blank")
    reader.driver.get(f"{page}#sulfate")
    assert selected(reader) == ["sulfate"]
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
    assert selected(reader) == ["carbonate"]


def test_table_of_compounds_leads_to_a_compound(reader):
    reader.click(reader.all("#overview a")[1])
    assert selected(reader) == ["sulfate"]


def test_tabs_follow_the_keyboard(reader):
    from selenium.webdriver.common.keys import Keys

    reader.run("document.querySelector('[role=tab][tabindex=\"0\"]').focus()")
    for key, number in (
        (Keys.ARROW_RIGHT, 1),
        (Keys.END, len(LABELS) - 1),
        (Keys.ARROW_RIGHT, 0),
        (Keys.ARROW_LEFT, len(LABELS) - 1),
        (Keys.HOME, 0),
    ):
        reader.press(key)
        assert selected(reader) == [LABELS[number]]
        focused = reader.driver.switch_to.active_element
        assert focused.get_attribute("data-compound") == LABELS[number]
    # one stop for the tabulator key: the chosen tab
    assert len(reader.all("[role=tab][tabindex='0']")) == 1


def test_headings_sort_by_keyboard_too(reader):
    from selenium.webdriver.common.keys import Keys

    button = reader.head("features", "Gain").find_element("css selector", "button")
    reader.run("arguments[0].focus()", button)
    reader.press(Keys.ENTER)
    gains = [first_number(text) for text in reader.column("features", 4)]
    assert gains == sorted(gains, reverse=True)


def test_numbers_sort_as_numbers_both_ways(reader):
    assert reader.sort("features", "Gain") == "descending"
    gains = [first_number(text) for text in reader.column("features", 4)]
    assert gains == sorted(gains, reverse=True)
    assert reader.sort("features", "Gain") == "ascending"
    gains = [first_number(text) for text in reader.column("features", 4)]
    assert gains == sorted(gains)
    assert reader.head("features", "Contribution").get_attribute("aria-sort") is None


def test_compounds_sort_by_name_and_by_score(reader):
    assert reader.sort("overview", "Compound") == "ascending"
    names = reader.column("overview", 0)
    assert names == sorted(names, key=str.lower)
    reader.sort("overview", "Log-loss")
    losses = [first_number(text) for text in reader.column("overview", 2)]
    assert losses == sorted(losses, reverse=True)


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


def test_filter_shows_matching_features_only(reader):
    everything = reader.column("features", 1)
    reader.type("#filter", "h₂o")
    shown = reader.column("features", 1)
    assert 0 < len(shown) < len(everything)
    assert all("H₂O" in name for name in shown)
    assert reader.one("#count").text.startswith(f"{len(shown)} of {len(everything)} ")
    reader.type("#filter", "no such thing")
    assert reader.column("features", 1) == []
    reader.choose(1)
    # a new compound starts with all its features
    assert reader.one("#filter").get_attribute("value") == ""


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


def test_names_from_the_data_appear_as_text(reader):
    assert reader.run("return window.hacked") is None
    assert any(SCRIPT in name for name in reader.column("features", 1))
    reader.choose(LABELS.index(ODD))
    assert selected(reader) == [ODD]
    assert reader.one("#compound-title").get_attribute("textContent") == ODD
    labels = reader.run(
        "return [...document.querySelectorAll('#fingerprint .ytick')]"
        ".map((tick) => tick.textContent)"
    )
    assert any(text.startswith('<b>"') for text in labels)
    assert reader.all("#panel b, #fingerprint .ytick b") == []
    # the address leads back to the same compound
    reader.driver.refresh()
    assert selected(reader) == [ODD]


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


def test_families_and_blend_are_shown(reader):
    assert reader.column("families", 0)[0] == "share of an ion in a window"
    assert reader.column("weights", 2) == ["0.70", "0.20", "−0.05"]


def test_figures_follow_the_page_into_the_dark(reader):
    from selenium.webdriver.support.ui import WebDriverWait

    inks = (
        "return [getComputedStyle(document.documentElement)"
        ".getPropertyValue('--ink').trim(),"
        " document.getElementById('map').layout.font.color]"
    )
    seen = {}
    for scheme in ("dark", "light"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        reader.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [feature]}
        )
        # the browser tells the page of the change with its next frame
        WebDriverWait(reader.driver, 5, 0.05).until(
            lambda _: len(set(reader.run(inks))) == 1
        )
        seen[scheme] = reader.run(inks)[0]
    reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert seen["dark"] != seen["light"]


def test_nothing_is_wider_than_a_laptop(reader):
    assert reader.run(
        "return document.documentElement.scrollWidth <= window.innerWidth"
    )
