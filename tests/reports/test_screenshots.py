"""The pictures in the documentation: of the pages as they are, taken anew when asked to."""

import base64
import io
import os
import re
import tempfile
from pathlib import Path
from typing import Final

import nbformat
import pytest
from PIL import Image
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tests.notebooks import ROOT
from tests.reports.browser import Browser
from tests.reports.conftest import TYPICAL, Pages

FOLDER: Final = ROOT / "docs" / "screenshots"
# `make screenshots` sets it.
WRITING: Final = os.environ.get("SCREENSHOTS") == "write"
LARGEST: Final = 150_000

# The page, the width of the window, its colours, and what stands at the top of the picture.
SHOTS: Final = {
    "student": ("student", 1000, "light", "h1"),
    "student-phone-dark": ("student", 390, "dark", "#e1"),
    "student-russian": ("russian", 1000, "light", "#e1"),
    "student-network": ("student", 1000, "light", "#drawn"),
    "overview": ("overview", 1360, "light", "h1"),
}
HEIGHT: Final = 1000
# The width of the picture of a notebook and its page.
BESIDE: Final = 1360


@pytest.mark.parametrize("name", SHOTS)
def test_a_screenshot_shows_a_page_that_renders(browser: Browser, pages: Pages, name: str) -> None:
    """What a picture shows is still there, and the picture is small and of its size."""
    kind, width, scheme, top = SHOTS[name]
    browser.open(getattr(pages, kind), width=width, scheme=scheme)
    place = browser.run(
        "return document.querySelector(arguments[0]).getBoundingClientRect().top + scrollY", top
    )
    shot = picture(browser, width, 0 if top == "h1" else max(0, place - 24))
    levels = Image.open(io.BytesIO(shot)).convert("L").histogram()
    assert sum(count > 20 for count in levels) > 10, "the page is blank"
    path = FOLDER / f"{name}.png"
    if WRITING:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(shot)
    assert path.stat().st_size < LARGEST
    with Image.open(path) as kept:
        assert kept.size == (width, HEIGHT)


def test_the_documentation_shows_every_screenshot() -> None:
    """No picture is left over, and none is missing."""
    told = (ROOT / "docs" / "reports.md").read_text("utf-8")
    assert {path.stem for path in FOLDER.glob("*.png")} == set(SHOTS)
    assert all(f"screenshots/{name}.png" in told for name in SHOTS)


def test_the_readme_shows_the_page_beside_the_notebook(
    browser: Browser, pages: Pages, tmp_path: Path
) -> None:
    """The cells that were handed in, and what their author reads of them."""
    browser.open(pages.student, width=BESIDE - 560)
    above = browser.run("return document.querySelector('#e1').getBoundingClientRect().top") - 24
    frame = tmp_path / "beside.html"
    frame.write_text(beside(TYPICAL, pages.student, above), "utf-8")
    browser.open(frame, width=BESIDE)
    shot = picture(browser, BESIDE, 0, 860)
    path = FOLDER / "readme" / "page.png"
    if WRITING:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(shot)
    assert path.stat().st_size < LARGEST * 1.5
    with Image.open(path) as kept:
        assert kept.size == (BESIDE, 860)


def test_the_gallery_s_pages_can_be_opened(browser: Browser, pages: Pages) -> None:
    """They are pages as students and instructors get them, and name no place on a machine."""
    for name in ("student", "russian", "overview"):
        text = without_folders(getattr(pages, name).read_text("utf-8"))
        path = ROOT / "docs" / "pages" / f"{name}.html"
        if WRITING:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        kept = path.read_text("utf-8")
        assert not re.search(r"/(?:tmp|root|home|srv)/", kept)
        browser.open(path)
        assert browser.run("return document.querySelector('h1').textContent").strip()
        assert browser.complaints() == []


def without_folders(text: str) -> str:
    """Return a page without the temporary folder that its notebook lay in."""
    return re.sub(re.escape(tempfile.gettempdir()) + r"/[^\s<]*/", "", text)


def beside(notebook: Path, page: Path, above: float) -> str:
    """Return a page with a notebook's code on the left and another page, scrolled, on the right."""
    cells = nbformat.read(notebook, as_version=4).cells
    classes = re.compile(r"^class (Linear|ReLU)\b", re.MULTILINE)
    shown = [each for each in cells if classes.search(each.source)]
    form = HtmlFormatter(noclasses=True, nobackground=True)
    code = "".join(
        f"<div class=cell><b>[{place}]:</b>{highlight(each.source, PythonLexer(), form)}</div>"
        for place, each in enumerate(shown, start=2)
    )
    return f"""<!doctype html><meta charset=utf-8><style>
body {{ margin: 0; display: flex; height: 860px; font: 13px system-ui, sans-serif }}
section {{ width: 560px; padding: 20px; box-sizing: border-box; overflow: hidden }}
h2 {{ margin: 0 0 12px; font-size: 14px; color: #666; font-weight: 500 }}
.cell {{ display: flex; margin-bottom: 12px }}
.cell b {{ width: 34px; color: #307fc1; font: 12px monospace; padding-top: 7px }}
.cell div {{ flex: 1; border: 1px solid #ddd; background: #f7f7f7; padding: 5px 8px }}
pre {{ margin: 0; font: 11.5px/1.4 monospace; white-space: pre-wrap }}
main {{ flex: 1; overflow: hidden; border-left: 1px solid #ccc }}
iframe {{ border: 0; width: 100%; height: 3000px; margin-top: {-above}px }}
</style><section><h2>{notebook.name}</h2>{code}</section>
<main><iframe src="{page.as_uri()}"></iframe></main>"""


def picture(browser: Browser, width: int, top: float, height: int = HEIGHT) -> bytes:
    """Return a PNG file of a part of the page, without transparency to keep it small."""
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
    taken = browser.cdp(
        "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip
    )
    image = Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
