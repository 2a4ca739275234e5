"""The page on the blend in a real browser."""

import pytest
from page_reader import PageReader, open_page

pytestmark = pytest.mark.slow


def test_figures_are_drawn(chromium, pages):
    open_page(chromium, pages["ensemble"])
    widths = PageReader(chromium).run(
        "return [...document.querySelectorAll('svg')]"
        ".map((svg) => svg.getBoundingClientRect().width)"
    )
    # losses, then two families and the blend
    assert len(widths) == 4
    assert min(widths) > 150
