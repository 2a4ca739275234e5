"""The page about one run in a browser: the map and the curves of what was measured."""

import json

import numpy as np
import pytest
from page_reader import keys
from run_page_reader import as_number

pytestmark = pytest.mark.slow


def test_pointer_reads_the_thermogram(reader):
    box = reader.run(
        "const c = document.querySelector('#thermogram canvas');"
        "return [c.offsetLeft, c.offsetTop, c.offsetWidth, c.offsetHeight]"
    )
    # 95 ions from 1 upwards, 30 to 985 celsius
    right = box[0] + box[2] * (702 - 30) / 955
    down = box[1] + box[3] * (95.5 - 44) / 95
    reader.point_at("#thermogram", right, down)
    ion, window, value = reader.text("#thermogram .reading").split("\n")
    assert (ion, window) == ("m/z 44 (CO₂)", "700–705 °C")
    assert value.endswith("× 10⁻⁸") or value.endswith("× 10⁻⁷")
    reader.run(
        "document.querySelector('#thermogram')"
        ".dispatchEvent(new PointerEvent('pointerleave'))"
    )
    assert reader.text("#thermogram .reading") == ""


def test_keyboard_reads_the_thermogram_and_draws_an_ion(reader):
    reader.focus("#thermogram")
    reader.press(keys().ARROW_UP)
    # the first ion that is drawn
    assert reader.text("#thermogram .reading").startswith("m/z 18 (H₂O)\n30–35 °C")
    reader.press(keys().ARROW_DOWN, keys().ARROW_RIGHT)
    assert reader.text("#thermogram .reading").startswith("m/z 17 (OH⁺/NH₃)\n35–40 °C")
    assert "17" not in reader.curves()
    reader.press(keys().ENTER)
    assert "17" in reader.curves()
    reader.press(keys().ESCAPE)
    assert reader.text("#thermogram .reading") == ""


def test_map_shows_what_is_asked_for(reader):
    seen = {}
    for mode in ("measured", "above", "own", "share"):
        reader.pick("map", mode)
        seen[mode] = reader.pixels("#thermogram")
        assert reader.text("#thermogram .scale").startswith(
            {"measured": "abundance as", "above": "abundance above"}.get(mode, "share")
        )
    assert len(set(seen.values())) == 4


def test_curves_follow_their_switches(reader):
    before = reader.curves()
    assert sorted(before, key=int) == ["18", "28", "32", "44", "64"]
    seen = [before]
    for mode, title in (
        ("measured", "abundance as measured, × 10⁻⁷"),
        ("own", "share of the ion's own maximum, %"),
        ("share", "share of all ions at that temperature, %"),
        ("above", "abundance above background, × 10⁻⁷"),
    ):
        reader.pick("curves", mode)
        assert reader.axis_title()[: len(title) - 3] == title[:-3]
        seen.append(reader.curves())
    assert seen[-1] == before
    assert len({json.dumps(curves) for curves in seen}) == 4
    reader.pick("axis", "log")
    assert reader.curves() != before


def test_own_maximum_is_a_hundred_percent(reader):
    reader.pick("curves", "own")
    reader.click("#curves-table summary")
    cells = reader.run(
        "return [...document.querySelectorAll('#curve-values tbody tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    values = np.array([[as_number(text) for text in row] for row in cells])
    # a value every 25 celsius, from the middle of the first cell
    np.testing.assert_allclose(np.diff(values[:, 0]), 25)
    assert (values[:, 1:] >= 0).all()
    assert 95 < values[:, 1:].max() <= 100


def test_shares_of_a_temperature_add_up(reader):
    reader.pick("curves", "share")
    reader.run(
        "document.querySelectorAll('input[name=ion]').forEach((b) => b.checked = true);"
        "document.querySelector('input[name=ion]').dispatchEvent(new Event('change'))"
    )
    reader.focus("#curves")
    reader.press(keys().ARROW_RIGHT, *[keys().SHIFT + keys().ARROW_RIGHT] * 3)
    lines = reader.text("#curves .reading").split("\n")
    assert lines[0] == "182.5 °C"
    shares = [line.split(": ")[1] for line in lines[1:]]
    # the carrier gas has no share
    assert shares.count("not observed") == 1
    known = [as_number(share) for share in shares if share != "not observed"]
    assert sum(known) == pytest.approx(100, abs=0.5)


def test_keyboard_chooses_ions(reader):
    reader.focus("input[name=ion][value='66']")
    reader.press(keys().SPACE)
    assert "66" in reader.curves()
    colour = "return document.querySelector('[data-mz=\"44\"]').getAttribute('class')"
    own = reader.run(colour)
    reader.focus("input[name=ion][value='18']")
    reader.press(keys().SPACE)
    assert "18" not in reader.curves()
    # the other ions keep their colours
    assert reader.run(colour) == own
    reader.click("#none")
    assert reader.curves() == {}
    reader.click("#strongest")
    assert len(reader.curves()) == 5


def test_peaks_are_marked_and_lead_to_their_curve(reader):
    marks = len(reader.all("#curves .peak"))
    assert marks >= 6
    assert "48" not in reader.curves()
    reader.click("#peaks button[data-mz='48']")
    assert "48" in reader.curves()
    assert len(reader.all("#curves .peak")) == marks + 1
