"""A headless Chromium for the tests, and what a page did in it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM: Final = Path("/usr/bin/chromium")
DRIVER: Final = Path("/usr/bin/chromedriver")

ARGUMENTS: Final = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --disable-dev-shm-usage "
    "--hide-scrollbars"
)


class Browser:
    """A browser that shows one page at a time."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(
        self, path: Path, *, width: int = 1200, scheme: str = "light", scripts: bool = True
    ) -> None:
        """Show the page at `path` in a window of this width, and forget what others did."""
        self.visit(path.as_uri(), width=width, scheme=scheme, scripts=scripts)

    def visit(
        self, address: str, *, width: int = 1200, scheme: str = "light", scripts: bool = True
    ) -> None:
        """Show the page at an address, as `open` does."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.media("", scheme)
        self.driver.get("about:blank")
        self._log("browser")
        self._log("performance")
        self.driver.get(address)

    def media(self, medium: str, scheme: str = "light") -> None:
        """Show the page as on "print" or "screen", light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.cdp("Emulation.setEmulatedMedia", media=medium, features=features)

    def cdp(self, command: str, **parameters: object) -> dict[str, Any]:
        """Give a command of the Chrome DevTools Protocol."""
        answer: dict[str, Any] = self.driver.execute_cdp_cmd(command, parameters)
        return answer

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript in the page and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[WebElement]:
        """Return the elements that a CSS selector finds."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """Return the first element that a CSS selector finds."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def complaints(self) -> list[str]:
        """Return what the console says, refusals by the page's policy among it."""
        return [entry["message"] for entry in self._log("browser")]

    def _log(self, kind: str) -> list[dict[str, Any]]:
        """Return what was logged since it was last asked for."""
        entries: list[dict[str, Any]] = self.driver.execute("getLog", {"type": kind})["value"]
        return entries

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for, without itself and its own data."""
        messages = [json.loads(entry["message"]) for entry in self._log("performance")]
        sent = [
            each["message"]["params"]["request"]["url"]
            for each in messages
            if each["message"]["method"] == "Network.requestWillBeSent"
        ]
        own = ("data:", self.driver.current_url.partition("#")[0])
        return [url for url in sent if not url.startswith(own)]


@contextmanager
def started(profile: Path) -> Iterator[Browser]:
    """Start Chromium with a profile of its own, and end it."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (*ARGUMENTS.split(), f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
