import pytest
from page_reader import console_errors
from run_page_inputs import answer
from run_page_reader import RunPageReader

from pipeline.run_page import render_run_page

RESET = """
for (const input of document.querySelectorAll("input")) {
  if (input.checked !== input.defaultChecked && input.defaultChecked) input.click();
}
document.getElementById("strongest").click();
for (const part of document.querySelectorAll("details")) part.open = false;
document.activeElement.blur();
scrollTo(0, 0);
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Write pages into one folder; return name -> address."""
    folder = tmp_path_factory.mktemp("run_pages")

    def write(name, **changes):
        path = folder / f"{name}.html"
        path.write_text(render_run_page(answer(**changes)), encoding="utf-8")
        return path.as_uri()

    return write


@pytest.fixture
def visitor(chromium):
    """Return a reader who opens other pages than the usual one."""
    # forget what other pages logged
    console_errors(chromium)
    yield RunPageReader(chromium)
    assert console_errors(chromium) == []


@pytest.fixture
def reader(visitor, pages):
    """Return a reader of the usual page."""
    # opening a page takes longer than most tests; each starts as if it were new
    if visitor.run("return location.href") != pages["run"]:
        visitor.driver.get(pages["run"])
    else:
        visitor.run(RESET)
    return visitor
