"""A notebook of a site in a real browser that reaches nobody but the site's own server."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.reports.browser import ARGUMENTS, CHROMIUM, DRIVER

# No name leads anywhere, and no address but this machine's.
ALONE: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=127.0.0.1",
)
SECONDS: Final = 240.0
CONFIG: Final = "jupyter-lite.json"

_READY: Final = """
const shown = window.jupyterapp && window.jupyterapp.shell.currentWidget;
return Boolean(shown && shown.content && shown.content.widgets && shown.content.widgets.length);
"""
# Runs the cell that has the id, with another source where one is given, and returns its outputs.
_RUN: Final = """
const [id, source, done] = arguments;
(async () => {
  const notebook = window.jupyterapp.shell.currentWidget;
  await notebook.sessionContext.ready;
  const cells = notebook.content.widgets;
  const place = cells.findIndex(cell => cell.model.id === id);
  if (source !== null) cells[place].model.sharedModel.setSource(source);
  notebook.content.activeCellIndex = place;
  notebook.content.deselectAll();
  await window.jupyterapp.commands.execute('notebook:run-cell');
  // What a kernel shows last may come a moment after it has said that it is done.
  await new Promise(resolve => setTimeout(resolve, 300));
  return cells[place].model.toJSON().outputs;
})().then(done, error => done('' + error));
"""


class Page:
    """A notebook that is open in a browser."""

    def __init__(self, driver: webdriver.Chrome, asked: list[str]) -> None:
        self.driver = driver
        # Lines of the server's log.
        self.asked = asked

    def run(self, cell: str, source: str | None = None) -> list[dict[str, Any]]:
        """Run the cell with this id, first with another `source` where one is given."""
        outputs: list[dict[str, Any]] = self.driver.execute_async_script(_RUN, cell, source)
        assert isinstance(outputs, list), outputs
        return outputs

    def requests(self) -> list[str]:
        """Return the addresses that the browser asked for, its workers' among them."""
        entries = self.driver.execute("getLog", {"type": "performance"})["value"]
        events = [json.loads(entry["message"])["message"] for entry in entries]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]


@contextmanager
def served(site: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder on this machine alone; yield its address and the log of what is asked."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *values: object) -> None:  # noqa: A002 - its name there
            asked.append(format % values)

    handler = partial(Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@contextmanager
def opened(site: Path, profile: Path, path: str) -> Iterator[Page]:
    """Open the notebook at `path` of a site in a browser of its own."""
    _expose(site)
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (*ARGUMENTS.split(), *ALONE, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with served(site) as (address, asked):
        driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        try:
            driver.set_script_timeout(SECONDS)
            driver.get(f"{address}/{path}")
            end = time.monotonic() + SECONDS
            while not driver.execute_script(_READY):
                assert time.monotonic() < end, "the notebook did not open"
                time.sleep(0.2)
            yield Page(driver, asked)
        finally:
            driver.quit()


def _expose(site: Path) -> None:
    """Let scripts reach JupyterLite's own commands."""
    config = json.loads((site / CONFIG).read_text("utf-8"))
    config["jupyter-config-data"]["exposeAppInBrowser"] = True
    (site / CONFIG).write_text(json.dumps(config), "utf-8")
