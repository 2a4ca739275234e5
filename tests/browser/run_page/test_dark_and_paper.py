"""The page about one run in a browser: in the dark and on paper."""

import pytest

pytestmark = pytest.mark.slow


def test_figures_follow_the_page_into_the_dark(reader):
    light = reader.pixels("#thermogram")
    paper = "return getComputedStyle(document.body).backgroundColor"
    bright = reader.run(paper)
    try:
        reader.prefer("dark")
        reader.wait_until(lambda: reader.pixels("#thermogram") != light)
        assert reader.run(paper) != bright
        # paper stays white
        reader.run("dispatchEvent(new Event('beforeprint'))")
        assert reader.run(paper) == "rgb(255, 255, 255)"
    finally:
        reader.prefer(None)
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
