"""The page about one run in a browser: why the models answer as they do."""

import pytest
from page_reader import keys
from run_page_inputs import LABELS, OTHER
from run_page_reader import as_number

pytestmark = pytest.mark.slow


def test_compound_changes_map_way_and_evidence(reader):
    before = reader.pixels("#why-map")
    assert "carbonate" in reader.text("#way-title")
    reader.focus("input[name=compound]:checked")
    reader.press(keys().ARROW_RIGHT)
    assert reader.text("#why-map-title") == "Where the models look for sulfate"
    assert reader.pixels("#why-map") != before
    shown = [block.text for block in reader.all(".evidence") if block.is_displayed()]
    assert len(shown) == 1
    assert "m/z 64 (SO₂/S₂), 900–1000 °C: +1.5" in shown[0]
    # a name in the table of compounds leads here, too
    reader.click("#compounds tbody tr:first-child a")
    assert reader.pixels("#why-map") == before


def test_way_adds_up(reader):
    for number in range(len(LABELS)):
        reader.run(
            "const box = document.querySelector('input[name=compound]"
            "[value=\"' + arguments[0] + '\"]'); box.click()",
            number,
        )
        steps = reader.run(
            "return [...document.querySelectorAll('#way-steps tbody tr')]"
            ".map((row) => [...row.cells].map((cell) => cell.textContent))"
        )
        # average run, eight ions, the others, what belongs to no ion
        assert len(steps) == 9 + len(OTHER)
        total = sum(as_number(value) for _, value, _ in steps)
        assert total == pytest.approx(as_number(steps[-1][2]), abs=0.08)
        assert steps[-1][2] in reader.text("#way-note")
        assert "The answer above" not in reader.text("#way-note")


def test_keyboard_reads_the_map_and_all_ions_can_be_shown(reader):
    reader.focus("#why-map")
    reader.press(keys().ARROW_UP)
    # it starts where the strongest contribution is
    assert reader.text("#why-map .reading").startswith("m/z 44 (CO₂)\n")
    few = reader.run("return document.querySelector('#why-map svg').clientHeight")
    reader.pick("why-ions", "all")
    many = reader.run("return document.querySelector('#why-map svg').clientHeight")
    assert many > few + 100
