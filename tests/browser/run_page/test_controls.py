"""The page about one run in a browser: controls and tables that everybody can use."""

import pytest
from page_reader import keys

pytestmark = pytest.mark.slow

CONTROLS = "a[href], button, input, summary, [tabindex='0']"


def test_every_control_has_a_name_and_shows_its_focus(reader, pages):
    # from the top of a new page
    reader.driver.get(pages["run"])
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
