"""The page about one run in a real browser: what a reader sees, clicks and types."""

import json
from dataclasses import replace

import numpy as np
import pytest
from run_page_inputs import LABELS, OTHER, abundance, answer

from pipeline.prediction.answer import Neighbour
from pipeline.run_page import render_run_page

pytestmark = pytest.mark.slow

# what ends elements and attributes, a template, right-to-left letters, a line end
ODD = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked=1'>"
    "\"{{7*7}}' &amp; \u202eabc\u202c שלום\nnext " + "very long name " * 9 + "end"
)
RESET = """
for (const input of document.querySelectorAll("input")) {
  if (input.checked !== input.defaultChecked && input.defaultChecked) input.click();
}
document.getElementById("strongest").click();
for (const part of document.querySelectorAll("details")) part.open = false;
document.activeElement.blur();
scrollTo(0, 0);
"""
CONTROLS = "a[href], button, input, summary, [tabindex='0']"


class Reader:
    """What a reader does with the page."""

    def __init__(self, driver):
        self.driver = driver

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def click(self, selector):
        element = self.one(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def pick(self, name, value):
        self.click(f'input[name="{name}"][value="{value}"]')

    def focus(self, selector):
        self.run("arguments[0].focus()", self.one(selector))

    def press(self, *keys):
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def text(self, selector):
        return self.run(
            "return document.querySelector(arguments[0]).textContent", selector
        )

    def texts(self, selector):
        return self.run(
            "return [...document.querySelectorAll(arguments[0])]"
            ".map((one) => one.textContent)",
            selector,
        )

    def pixels(self, figure):
        """Return what a figure's canvas shows, on a small copy."""
        return self.run(
            "const small = document.createElement('canvas');"
            "small.width = small.height = 200;"
            "const canvas = document.querySelector(arguments[0] + ' canvas');"
            "small.getContext('2d').drawImage(canvas, 0, 0, 200, 200);"
            "return small.toDataURL()",
            figure,
        )

    def curves(self):
        """Return m/z -> path of the curves that are drawn."""
        return dict(
            self.run(
                "return [...document.querySelectorAll('#curves .trace')]"
                ".map((one) => [one.dataset.mz, one.getAttribute('d')])"
            )
        )

    def point_at(self, figure, right, down):
        """Move the pointer to pixels of a figure, from its left upper corner."""
        self.run(
            "const node = document.querySelector(arguments[0]);"
            "const box = node.getBoundingClientRect();"
            "node.dispatchEvent(new PointerEvent('pointermove',"
            "{clientX: box.left + arguments[1], clientY: box.top + arguments[2]}))",
            figure,
            right,
            down,
        )

    def axis_title(self):
        return self.run(
            "return [...document.querySelectorAll('#curves text')]"
            ".map((one) => one.textContent)"
            ".find((text) => /abundance|share/.test(text))"
        )


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Write pages into one folder; return name -> address."""
    folder = tmp_path_factory.mktemp("run_pages")

    def write(name, **changes):
        path = folder / f"{name}.html"
        path.write_text(render_run_page(answer(**changes)), encoding="utf-8")
        return path.as_uri()

    return write


@pytest.fixture(scope="module")
def usual(address):
    return address("usual")


@pytest.fixture
def visitor(chromium):
    """Return a reader who opens other pages than the usual one."""
    # forget what other pages logged
    chromium.get_log("browser")
    yield Reader(chromium)
    assert errors(chromium) == []


@pytest.fixture
def reader(visitor, usual):
    # opening a page takes longer than most tests; each starts as if it were new
    if visitor.run("return location.href") != usual:
        visitor.driver.get(usual)
    else:
        visitor.run(RESET)
    return visitor


def errors(driver):
    return [entry for entry in driver.get_log("browser") if entry["level"] != "INFO"]


def keys():
    from selenium.webdriver.common.keys import Keys

    return Keys


def as_number(text):
    return float(text.replace("−", "-").strip("<% "))


# ---- the page as a whole ------------------------------------------------------------


def test_page_asks_for_nothing_but_itself(reader, usual):
    reader.driver.get_log("performance")
    reader.driver.get(usual)
    messages = [
        json.loads(entry["message"])["message"]
        for entry in reader.driver.get_log("performance")
    ]
    requested = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in requested if not url.startswith("data:")} == {usual}
    assert reader.run("return performance.getEntriesByType('resource').length") == 0


def test_nothing_is_wider_than_a_laptop_or_outside_its_figure(reader):
    assert reader.run(
        "return document.documentElement.scrollWidth <= window.innerWidth"
    )
    outside = reader.run(
        "return [...document.querySelectorAll('.figure text')].filter((text) => {"
        "const own = text.getBoundingClientRect();"
        "const box = text.closest('.figure').getBoundingClientRect();"
        "return own.left < box.left - 1 || own.right > box.right + 1"
        " || own.top < box.top - 2 || own.bottom > box.bottom + 1;"
        "}).map((text) => text.textContent)"
    )
    assert outside == []


def test_every_control_has_a_name_and_shows_its_focus(reader, usual):
    # from the top of a new page
    reader.driver.get(usual)
    reader.run("document.querySelectorAll('details').forEach((one) => one.open = true)")
    # the first stop of the tabulator key leads past the heading
    reader.press(keys().TAB)
    assert reader.driver.switch_to.active_element.get_attribute("class") == "skip"
    reader.press(keys().TAB)
    unclear = reader.run(
        "const visible = (node) => getComputedStyle(node).outlineStyle !== 'none';"
        "return [...document.querySelectorAll(arguments[0])].filter((node) => {"
        "  if (!node.checkVisibility()) return false;"
        "  node.focus({focusVisible: true});"
        "  const shown = visible(node) || visible(node.closest('label') || node);"
        "  const name = node.ariaLabel || node.textContent.trim()"
        "    || node.closest('label')?.textContent.trim();"
        "  return document.activeElement !== node || !shown || !name;"
        "}).map((node) => node.outerHTML.slice(0, 90))",
        CONTROLS,
    )
    assert unclear == []


def test_tables_have_captions_and_headings(reader):
    assert reader.run(
        "return [...document.querySelectorAll('table')].every((table) =>"
        " table.caption.textContent.trim() && table.tHead.rows.length"
        " && [...table.tHead.querySelectorAll('th')].every((head) => head.scope)"
        " && [...table.tBodies[0].rows].every((row) => row.querySelector('th')))"
    )


# ---- what was measured --------------------------------------------------------------


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


# ---- why ----------------------------------------------------------------------------


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


# ---- other runs ---------------------------------------------------------------------


def test_names_from_the_data_appear_as_text(visitor, address):
    compounds = list(answer().compounds)
    compounds[0] = replace(
        compounds[0], label=ODD, probability=0.99, by_family={ODD: 0.5}
    )
    parts = answer().contributions
    other = {**parts.other, ODD: np.ones(len(LABELS))}
    visitor.driver.get(
        address(
            "odd",
            sample_id=ODD,
            source=ODD,
            origin=ODD,
            instrument=ODD,
            warnings=(ODD,),
            compounds=tuple(compounds),
            neighbours=(Neighbour(ODD, 0.5, (ODD,)),),
            families=(ODD,),
            contributions=replace(parts, other=other),
        )
    )
    assert visitor.run("return window.hacked") is None
    for place in ("h1", "#instrument", "#source", "#origin", ".warning li"):
        assert visitor.text(place) == ODD
    assert visitor.driver.title.startswith(ODD.split("\n")[0])
    assert visitor.text("#neighbours tbody th") == ODD
    assert visitor.text("#families thead bdi") == ODD
    name = ODD.replace("_", " ")
    assert visitor.text("#compounds tbody th") == name
    # what the script writes
    assert visitor.text("#way-title").endswith(name)
    assert ODD in visitor.texts("#way-steps th[scope=row]")
    assert visitor.all("img, main script, header script") == []
    # a long name makes nothing wider
    assert visitor.run(
        "return document.documentElement.scrollWidth <= window.innerWidth"
    )


@pytest.mark.parametrize(
    "name", ["unexplained", "silent", "unobserved", "flat", "one cell", "negative"]
)
def test_page_with_less_to_show(visitor, address, name):
    grid = abundance()
    silent = tuple(replace(c, evidence=()) for c in answer().compounds)
    changes = {
        "unexplained": {"contributions": None},
        "silent": {"contributions": None, "compounds": silent},
        "unobserved": {"abundance": np.full_like(grid, np.nan)},
        "flat": {"abundance": np.where(np.isnan(grid), grid, 3)},
        "one cell": {"abundance": np.where(np.arange(320) == 99, grid, np.nan)},
        "negative": {"abundance": -grid},
    }
    visitor.driver.get(address(name.replace(" ", "_"), **changes[name]))
    assert len(visitor.texts("#compounds tbody th")) == len(LABELS)
    # every control once; the fixture looks for errors
    visitor.run(
        "document.querySelectorAll('input[type=radio], #none, #strongest')"
        ".forEach((one) => one.click())"
    )
    assert bool(visitor.all("#unexplained")) == (name in ("unexplained", "silent"))
    assert bool(visitor.all("#thermogram canvas")) == (name != "unobserved")
    # the last compound of the list is chosen now
    evidence = [] if name == "silent" else ["Speaks for oxalate"]
    assert visitor.texts(".evidence:not([hidden]) div:first-child h3") == evidence


# ---- light, dark, paper -------------------------------------------------------------


def test_figures_follow_the_page_into_the_dark(reader):
    from selenium.webdriver.support.ui import WebDriverWait

    light = reader.pixels("#thermogram")
    paper = "return getComputedStyle(document.body).backgroundColor"
    bright = reader.run(paper)
    try:
        feature = {"name": "prefers-color-scheme", "value": "dark"}
        reader.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [feature]}
        )
        # the browser tells the page of the change with its next frame
        WebDriverWait(reader.driver, 5, 0.05).until(
            lambda _: reader.pixels("#thermogram") != light
        )
        assert reader.run(paper) != bright
        # paper stays white
        reader.run("dispatchEvent(new Event('beforeprint'))")
        assert reader.run(paper) == "rgb(255, 255, 255)"
    finally:
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        reader.run("dispatchEvent(new Event('afterprint'))")


def test_paper_holds_all_of_the_page(reader):
    widths = (
        "return [...document.querySelectorAll('.figure svg, table')]"
        ".map((one) => one.getBoundingClientRect().right)"
    )
    screen = reader.run(widths)
    reader.run("dispatchEvent(new Event('beforeprint'))")
    try:
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        # narrower than A4 (794 pixels), or the right part is cut off
        assert max(reader.run(widths)) <= 720
        boxes = reader.run(
            "return [...document.querySelectorAll('.tall')].map("
            "(one) => one.scrollHeight - one.clientHeight)"
        )
        # no table keeps rows behind a scroll bar
        assert max(boxes) <= 1
        assert not reader.one("#ion-choice").is_displayed()
    finally:
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    reader.run("dispatchEvent(new Event('afterprint'))")
    assert reader.run(widths) == screen
