"""The page on how good the answers are in a real browser."""

import pytest
from evaluation_inputs import HOSTILE_IDS
from page_reader import PageReader, console_errors, open_page
from report_inputs import LABELS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def opened(chromium, pages):
    open_page(chromium, pages["evaluation"])
    yield PageReader(chromium)
    # the last test may leave no error behind either
    assert console_errors(chromium) == []


def visible(reader):
    """Return the texts of the rows of decisions that are shown, cell by cell."""
    return reader.run(
        "return [...document.querySelectorAll('#decisions tbody tr')]"
        ".filter((row) => !row.hidden)"
        ".map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )


def choose(reader, control, value):
    reader.run(
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


def test_hostile_names_are_shown_as_text(reader):
    assert reader.run("return window.hacked === undefined")
    runs = {row[0] for row in visible(reader)}
    assert set(HOSTILE_IDS) <= runs
    names = reader.run(
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
    count = reader.run("return document.getElementById('count').textContent")
    assert count == f"{len(both)} of {len(everything)} decisions"


def test_links_lead_to_the_other_pages_and_places(reader):
    links = reader.run(
        "return [...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))"
    )
    assert {"feature_importance.html", "ensemble.html"} <= set(links)
    inside = [link[1:] for link in links if link.startswith("#")]
    assert inside
    assert reader.run(
        "return arguments[0].every((id) => document.getElementById(id))", inside
    )


def test_figures_are_drawn(reader):
    widths = reader.run(
        "return [...document.querySelectorAll('main figure svg')]"
        ".map((svg) => svg.getBoundingClientRect().width)"
    )
    # families, weights, compounds, likeness; all labels together and each alone
    assert len(widths) == 4 + 1 + len(LABELS)
    assert min(widths) > 150
