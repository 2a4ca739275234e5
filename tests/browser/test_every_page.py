"""What holds for every page in a browser."""

import pytest
from page_reader import PageReader, console_errors, open_page, requested_urls

pytestmark = pytest.mark.slow

PAGES = ("feature_importance", "ensemble", "evaluation", "run")
# page -> figures that hold texts, and how far those may reach over each edge, in pixels
FIGURES = {
    "ensemble": ("svg", (0, 0, 1, 0)),
    "evaluation": ("svg", (1, 1, 1, 0)),
    "run": (".figure", (1, 1, 2, 1)),
}


@pytest.fixture(scope="module")
def opened(request, chromium, pages):
    """Return a reader of the page that a test names."""
    open_page(chromium, pages[request.param])
    yield PageReader(chromium)
    assert console_errors(chromium) == []


@pytest.fixture
def name(request):
    return request.node.callspec.params["opened"]


def each_page(names):
    return pytest.mark.parametrize("opened", names, indirect=True)


@each_page(PAGES)
def test_page_asks_for_nothing_but_itself(opened, pages, name):
    # not even for another choice
    for choice in opened.all("[role=tab]")[:2]:
        opened.click(choice)
    assert requested_urls(opened.driver) == {pages[name]}
    assert opened.run("return performance.getEntriesByType('resource').length") == 0


@each_page(PAGES)
def test_nothing_is_wider_than_a_laptop(opened):
    assert opened.fits_a_laptop()


@each_page(FIGURES)
def test_texts_stay_inside_their_figure(opened, name):
    figure, slack = FIGURES[name]
    assert opened.all(f"{figure} text")
    assert opened.texts_outside(figure, slack) == []
