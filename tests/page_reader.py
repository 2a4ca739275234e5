"""What a reader does with a page in a browser, and what the browser tells about it."""

import json


class PageReader:
    """What a reader does with any page."""

    def __init__(self, driver):
        self.driver = driver

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def click(self, element):
        """Click an element, or the first one of a selector."""
        if isinstance(element, str):
            element = self.one(element)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def press(self, *keys):
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def fits_a_laptop(self):
        """Return whether nothing is wider than the window."""
        return self.run(
            "return document.documentElement.scrollWidth <= window.innerWidth"
        )

    def texts_outside(self, figure, slack=(0, 0, 0, 0)):
        """Return the texts that leave their figure.

        `slack` are pixels allowed to the left, to the right, above and below.
        """
        return self.run(
            "const [figure, left, right, above, below] = arguments;"
            "const all = [...document.querySelectorAll(`${figure} text`)];"
            "return all.filter((text) => {"
            "  const own = text.getBoundingClientRect();"
            "  const box = text.closest(figure).getBoundingClientRect();"
            "  return own.left < box.left - left || own.right > box.right + right"
            "    || own.top < box.top - above || own.bottom > box.bottom + below;"
            "}).map((text) => text.textContent)",
            figure,
            *slack,
        )

    def prefer(self, scheme):
        """Ask for light or dark pages; without a scheme, as the browser is set."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        features = {"features": [feature] if scheme else []}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", features)

    def wait_until(self, true):
        """Wait until a function is true: the page is told of changes a frame later."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 5, 0.05).until(lambda _: true())


def keys():
    from selenium.webdriver.common.keys import Keys

    return Keys


def open_page(driver, address):
    """Open a page, with nothing in the logs of what other pages asked for."""
    driver.get("about:blank")
    for log in ("performance", "browser"):
        driver.get_log(log)
    driver.get(address)


def requested_urls(driver):
    """Return the addresses asked for since `open_page`, without what pages embed."""
    messages = [
        json.loads(entry["message"])["message"]
        for entry in driver.get_log("performance")
    ]
    requested = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    # the browser's own new tab may still be loading, and is none of the page's
    return {url for url in requested if not url.startswith(("data:", "chrome:"))}


def console_errors(driver):
    """Return warnings and errors of the console since this was last asked."""
    return [entry for entry in driver.get_log("browser") if entry["level"] != "INFO"]
