"""The importance page in a browser: its tables are sorted and filtered."""

import pytest
from page_reader import keys

pytestmark = pytest.mark.slow


def first_number(text):
    return float(text.split()[0])


def test_headings_sort_by_keyboard_too(reader):
    button = reader.head("features", "Gain").find_element("css selector", "button")
    reader.run("arguments[0].focus()", button)
    reader.press(keys().ENTER)
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


def test_families_and_blend_are_shown(reader):
    assert reader.column("families", 0)[0] == "share of an ion in a window"
    assert reader.column("weights", 2) == ["0.70", "0.20", "−0.05"]
