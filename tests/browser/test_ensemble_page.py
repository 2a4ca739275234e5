"""The page on the blend in a real browser."""

import json

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def opened(chromium, page):
    # the log still holds what the page of another test asked for
    chromium.get("about:blank")
    chromium.get_log("performance")
    chromium.get(page.replace("feature_importance", "ensemble"))
    return chromium


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


def test_figures_are_drawn_and_nothing_is_wider_than_a_laptop(opened):
    boxes = opened.execute_script(
        "return [...document.querySelectorAll('svg')]"
        ".map((svg) => svg.getBoundingClientRect().width)"
    )
    # losses, then two families and the blend
    assert len(boxes) == 4
    assert min(boxes) > 150
    assert opened.execute_script(
        "return document.documentElement.scrollWidth <= window.innerWidth"
    )


def test_texts_stay_inside_their_figure(opened):
    outside = opened.execute_script(
        "return [...document.querySelectorAll('svg text')].filter((text) => {"
        "const own = text.getBoundingClientRect();"
        "const box = text.ownerSVGElement.getBoundingClientRect();"
        "return own.left < box.left || own.right > box.right"
        " || own.bottom > box.bottom || own.top < box.top - 1;"
        "}).map((text) => text.textContent)"
    )
    assert outside == []
