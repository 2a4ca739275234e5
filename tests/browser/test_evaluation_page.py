"""The page on how good the answers are in a real browser."""

import json
import runpy
from pathlib import Path

import pytest

# by path: site-packages may hold a package called tests
INPUTS = runpy.run_path(str(Path(__file__).with_name("report_inputs.py")))
LABELS, HOSTILE = INPUTS["LABELS"], INPUTS["EVALUATION"].HOSTILE_IDS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def opened(chromium, page):
    chromium.get_log("performance")
    chromium.get(page.replace("feature_importance", "evaluation"))
    yield chromium
    # the last test may leave no error behind either
    assert [e for e in chromium.get_log("browser") if e["level"] != "INFO"] == []


def visible(driver):
    """Return the texts of the rows of decisions that are shown, cell by cell."""
    return driver.execute_script(
        "return [...document.querySelectorAll('#decisions tbody tr')]"
        ".filter((row) => !row.hidden)"
        ".map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )


def choose(driver, control, value):
    driver.execute_script(
        "const box = document.getElementById(arguments[0]);"
        "box.value = arguments[1]; box.dispatchEvent(new Event('change'))",
        control,
        value,
    )


@pytest.fixture
def reader(opened):
    for control in ("by-label", "by-reason"):
        choose(opened, control, "")
    return opened


def test_page_asks_for_nothing_but_itself(opened):
    messages = [
        json.loads(entry["message"])["message"]
        for entry in opened.get_log("performance")
    ]
    requested = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    # the browser's own new tab is still loading, and is none of the page's
    own = {url for url in requested if not url.startswith(("data:", "chrome:"))}
    assert own == {opened.current_url}
    assert [e for e in opened.get_log("browser") if e["level"] != "INFO"] == []


def test_hostile_names_are_shown_as_text(reader):
    assert reader.execute_script("return window.hacked === undefined")
    runs = {row[0] for row in visible(reader)}
    assert set(HOSTILE) <= runs
    names = reader.execute_script(
        "return [...document.querySelectorAll('#by-label option')]"
        ".map((option) => option.textContent)"
    )
    assert names == ["all", *(label.replace("_", " ") for label in LABELS)]


def test_decisions_are_filtered_by_compound_and_reason(reader):
    everything = visible(reader)
    choose(reader, "by-label", "1")
    of_label = visible(reader)
    assert {row[1] for row in of_label} == {"sulfate"}
    choose(reader, "by-reason", "sure_and_wrong")
    both = visible(reader)
    assert 0 < len(both) < len(of_label) < len(everything)
    assert all("agree and are wrong" in row[7] for row in both)
    count = reader.execute_script("return document.getElementById('count').textContent")
    assert count == f"{len(both)} of {len(everything)} decisions"


def test_links_lead_to_the_other_pages_and_places(reader):
    links = reader.execute_script(
        "return [...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))"
    )
    assert {"feature_importance.html", "ensemble.html"} <= set(links)
    inside = [link[1:] for link in links if link.startswith("#")]
    assert inside
    assert reader.execute_script(
        "return arguments[0].every((id) => document.getElementById(id))", inside
    )


def test_figures_are_drawn_and_nothing_is_wider_than_a_laptop(reader):
    widths = reader.execute_script(
        "return [...document.querySelectorAll('main figure svg')]"
        ".map((svg) => svg.getBoundingClientRect().width)"
    )
    # families, weights, compounds, likeness; all labels together and each alone
    assert len(widths) == 4 + 1 + len(LABELS)
    assert min(widths) > 150
    assert reader.execute_script(
        "return document.documentElement.scrollWidth <= window.innerWidth"
    )


def test_texts_stay_inside_their_figure(reader):
    outside = reader.execute_script(
        "return [...document.querySelectorAll('svg text')].filter((text) => {"
        "const own = text.getBoundingClientRect();"
        "const box = text.ownerSVGElement.getBoundingClientRect();"
        "return own.left < box.left - 1 || own.right > box.right + 1"
        " || own.bottom > box.bottom || own.top < box.top - 1;"
        "}).map((text) => text.firstChild.textContent)"
    )
    assert outside == []
