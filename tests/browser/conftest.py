import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline import paths, report

# by path: site-packages may hold a package called tests
INPUTS = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("report_inputs.py")))
)

OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--window-size=1400,900",
)


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """Return the file:// address of a page made from small tables."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        INPUTS.write_inputs()
        report.run(INPUTS.report_params())
    return (folder / paths.IMPORTANCE_PAGE).as_uri()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """Return a headless Chromium driven by selenium; skip where there is none."""
    webdriver = pytest.importorskip(
        "selenium.webdriver", reason="selenium is not installed (pip install selenium)"
    )
    from selenium.webdriver.chrome.service import Service

    browser = shutil.which("chromium") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if not browser or not chromedriver:
        pytest.skip(
            "chromium or chromedriver is not installed "
            "(apt-get install chromium chromium-driver)"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for option in OPTIONS:
        options.add_argument(option)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability(
        "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
    )
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    yield driver
    driver.quit()
