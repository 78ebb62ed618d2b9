"""`grader release --lite`: a student's browser gives the feedback that a terminal gives."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import nbformat
import pytest
from click.testing import CliRunner
from nbclient import NotebookClient

from grader.cli import grader
from grader.i18n import _, spoken
from grader.inline.browser import UNCONFINED
from tests.lite.page import Page, opened
from tests.lite.pyodide import UnreachableError, distribution
from tests.notebooks import ROOT
from tests.reports.browser import CHROMIUM, DRIVER

pytestmark = [
    pytest.mark.xdist_group("lite"),
    pytest.mark.skipif(
        not (CHROMIUM.is_file() and DRIVER.is_file()), reason="there is no Chromium"
    ),
]

NAME: Final = "nn_from_scratch"
# The first check loads the grader; any other answers as soon as a student would wait for. CI's
# machine does other things at the same time.
WARM_SECONDS: Final = 5.0
LOAD: Final = 4

WRONG: Final = '''\
class ReLU(Layer):
    """The elementwise maximum of the input and zero."""

    def forward(self, input):
        self.input = input
        return np.maximum(input, 0)

    def backward(self, grad):
        return grad * (grad > 0)'''
RIGHT: Final = WRONG.replace("(grad > 0)", "(self.input > 0)")
HANGS: Final = WRONG.replace("return np.maximum(input, 0)", "while True:\n            self.n = 1")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site of an assignment, with a Pyodide of its own."""
    folder = tmp_path_factory.mktemp("lite")
    try:
        pyodide = distribution(folder / "pyodide")
    except UnreachableError as error:
        pytest.skip(f"no Pyodide can be put together here: {error}")
    told = CliRunner().invoke(
        grader,
        [
            *("release", str(ROOT / "reference" / NAME), "--out", str(ROOT / "assignments")),
            *("--lite", str(folder / "site"), "--pyodide", str(pyodide)),
        ],
        catch_exceptions=False,
    )
    assert told.exit_code == 0, told.output
    assert "any static server can show it" in told.output
    return folder / "site"


@pytest.fixture(scope="module")
def page(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return the English notebook in a browser, with what stands above the ReLU layer run."""
    address = f"notebooks/index.html?path={NAME}/{NAME}.ipynb"
    with opened(site, tmp_path_factory.mktemp("profile"), address) as page:
        page.run("imports", "import numpy as np")
        page.run("layer-sequential")
        yield page


def in_a_terminal(folder: str, source: str) -> dict[str, str]:
    """Return what `%check relu` shows in a kernel of this machine, by MIME type."""
    document = nbformat.read(ROOT / "assignments" / folder / f"{NAME}.ipynb", as_version=4)
    layer = next(cell.source for cell in document.cells if cell.id == "layer-sequential")
    cells = ("import numpy as np", layer, source, "%load_ext grader\n%check relu")
    ran = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    where = {"metadata": {"path": str(ROOT / "assignments" / folder)}}
    NotebookClient(ran, kernel_name="python3", resources=where).execute()
    return shown(ran.cells[-1].outputs)


def shown(outputs: list[Any]) -> dict[str, str]:
    """Return the one thing that a cell shows, by MIME type."""
    (output,) = outputs
    data: dict[str, str | list[str]] = output["data"]
    return {kind: text if isinstance(text, str) else "".join(text) for kind, text in data.items()}


def words(text: str) -> str:
    """Return a text without its line breaks, and without what is said of browsers alone."""
    return " ".join(text.split())


def but_for_the_browser(told: dict[str, str], language: str = "en") -> str:
    """Return the words of what a page shows, without the sentence that a terminal does not say."""
    with spoken(language):
        own = words(_(UNCONFINED))
    said = words(told["text/plain"])
    assert said.endswith(own), said
    return said.removesuffix(own).rstrip()


def test_a_wrong_layer_gets_the_terminals_feedback_word_for_word(page: Page) -> None:
    """The matrices, the hint, the mistake's name and the points are the same."""
    page.run("relu", WRONG)
    told = shown(page.run("check-relu"))
    terminal = in_a_terminal(NAME, WRONG)
    assert "Hint:" in terminal["text/plain"]
    assert "expected" in terminal["text/plain"]
    assert but_for_the_browser(told) == words(terminal["text/plain"])
    # Nor is anything else of the page that a person sees.
    own = f'<p class="quiet">{UNCONFINED}</p>'
    assert own in told["text/html"]
    assert words(told["text/html"].replace(own, "")) == words(terminal["text/html"])
    seen = page.driver.execute_script(
        "return [...document.querySelectorAll('.jp-RenderedHTML')].map(e => e.innerText).join(' ')"
    )
    assert "The ReLU layer" in seen
    assert "Hint" in seen


def test_a_right_layer_passes_within_seconds(page: Page) -> None:
    """A page that is warm answers while a student waits for it."""
    page.run("relu", RIGHT)
    page.run("check-relu")
    began = time.monotonic()
    told = shown(page.run("check-relu"))
    seconds = time.monotonic() - began
    assert "20 / 20" in told["text/plain"]
    assert seconds < LOAD * WARM_SECONDS


def test_asking_leaves_the_students_variables_alone(page: Page) -> None:
    """Neither what is defined nor the random numbers that come next are touched."""
    counted = RIGHT.replace("self.input = input", "self.input = input; calls.append(1)")
    page.run("relu", f"calls = []\n{counted}\nnp.random.seed(1)\nimport random; random.seed(1)")
    page.run("check-relu")
    (out,) = page.run(
        "relu-check",
        "print(calls, np.random.random() == np.random.RandomState(1).random_sample(),"
        " random.random() == random.Random(1).random())",
    )
    assert out["text"] == "[] True True\n"


def test_an_endless_loop_ends_and_the_page_goes_on(page: Page) -> None:
    """No process can be killed there: Python's own tracing ends it."""
    page.run("relu", HANGS)
    told = shown(page.run("check-relu"))
    assert "it ran on and on, and was ended after" in words(told["text/plain"])
    page.run("relu", RIGHT)
    assert "20 / 20" in shown(page.run("check-relu"))["text/plain"]


def test_what_needs_the_whole_notebook_is_said(page: Page) -> None:
    """A browser asks about definitions; the rest is left to a terminal, and that is told."""
    told = words(shown(page.run("relu-check", "%check relu training"))["text/plain"])
    assert "by `grade` in a terminal: The trained network" in told
    (fresh,) = page.run("relu-check", "%check --fresh")
    assert "run `grade` in a terminal" in words(fresh["data"]["text/plain"])


def test_no_request_leaves_the_site(page: Page) -> None:
    """Neither the page nor its workers ask anybody but the server that the site lies on."""
    asked = [urlsplit(each) for each in page.requests()]
    hosts = {each.hostname for each in asked if each.scheme in ("http", "https", "ws", "wss")}
    assert hosts == {"127.0.0.1"}
    # Python is the site's own.
    assert any("static/pyodide/pyodide.asm.wasm" in line for line in page.asked)
    # What is sent is the file system's own traffic, which ends at the page's service worker.
    assert not [line for line in page.asked if not line.startswith(('"GET', '"HEAD', "code 404"))]


def test_the_russian_page_speaks_russian(
    site: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each language of the assignment has its notebook, and the first page lists them."""
    first = (site / "index.html").read_text("utf-8")
    assert f"path={NAME}.ru/{NAME}.ipynb" in first
    address = f"notebooks/index.html?path={NAME}.ru/{NAME}.ipynb"
    with opened(site, tmp_path_factory.mktemp("profile"), address) as page:
        page.run("imports", "import numpy as np")
        page.run("layer-sequential")
        page.run("relu", WRONG)
        told = shown(page.run("check-relu"))
    terminal = in_a_terminal(f"{NAME}.ru", WRONG)
    assert but_for_the_browser(told, "ru") == words(terminal["text/plain"])


def test_the_site_holds_no_solution_and_no_seed(site: Path) -> None:
    """It has what a released folder has, and of that only what a browser needs."""
    folder = site / "files" / NAME
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert {f"{NAME}.ipynb", "assignment.toml", "public/answers.bin"} <= names
    assert not {"README.md", "requirements.txt", "reference.ipynb", "checks.py"} & names
    released = (ROOT / "assignments" / NAME / "assignment.toml").read_text("utf-8")
    assert (folder / "assignment.toml").read_text("utf-8") == released


def test_building_again_replaces_the_site_and_nothing_else(site: Path, tmp_path: Path) -> None:
    """A folder that is something else is left alone, and that is said."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("precious")
    ran = CliRunner().invoke(
        grader, ["release", str(ROOT / "reference" / NAME), "--lite", str(mine)]
    )
    assert ran.exit_code == 2
    assert "is there already and is no site" in " ".join(ran.output.split())
    assert [each.name for each in mine.iterdir()] == ["thesis.tex"]
