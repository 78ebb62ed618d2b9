"""The pictures in the documentation: of the pages as they are, taken anew when asked to."""

import base64
import io
import os
from typing import Final

import pytest
from PIL import Image

from tests.notebooks import ROOT
from tests.reports.browser import Browser
from tests.reports.conftest import Pages

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


def picture(browser: Browser, width: int, top: float) -> bytes:
    """Return a PNG file of a part of the page, without transparency to keep it small."""
    clip = {"x": 0, "y": top, "width": width, "height": HEIGHT, "scale": 1}
    taken = browser.cdp(
        "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip
    )
    image = Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
