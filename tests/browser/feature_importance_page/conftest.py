import pytest
from importance_page_reader import ImportancePageReader
from page_reader import console_errors, open_page


@pytest.fixture(scope="module")
def opened(chromium, pages):
    """Open the page once: plotly's script takes a second to load."""
    open_page(chromium, pages["feature_importance"])
    return ImportancePageReader(chromium)


@pytest.fixture
def reader(opened):
    """Return a reader of the page."""
    # every test starts as if the page had just been opened
    opened.run(
        "for (const one of ['[role=tab]', 'input[value=main]', "
        "'input[value=contribution]']) document.querySelector(one).click();"
        "scrollTo(0, 0)"
    )
    yield opened
    # any test fails that leaves a warning or an error in the console
    assert console_errors(opened.driver) == []
