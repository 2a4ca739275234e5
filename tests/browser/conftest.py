import shutil

import pytest
import report_inputs
from run_page_inputs import answer

from pipeline import paths, report
from pipeline.run_page import render_run_page

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
def pages(tmp_path_factory):
    """Return name -> file:// address of each page, made from small tables."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        report_inputs.write_inputs()
        report.run(report_inputs.report_params())
    written = {
        "feature_importance": folder / paths.IMPORTANCE_PAGE,
        "ensemble": folder / paths.ENSEMBLE_PAGE,
        "evaluation": folder / paths.EVALUATION_PAGE,
        "run": folder / "run.html",
    }
    written["run"].write_text(render_run_page(answer()), encoding="utf-8")
    return {name: path.as_uri() for name, path in written.items()}


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
