"""The picture in docs/reviewing.md: of the page as it is, taken anew when asked to."""

from pathlib import Path

from PIL import Image

from grader.review.items import Desk
from tests.notebooks import ROOT
from tests.reports.browser import Browser
from tests.reports.test_screenshots import HEIGHT, LARGEST, WRITING, picture
from tests.review.course import Course
from tests.review.serving import served_here
from tests.review.test_browser import settled

# Not beside those of docs/reports.md, which are all that lie there.
SHOT = ROOT / "docs" / "screenshots" / "review" / "item.png"
WIDTH = 1200
ANSWERS = (
    "Adding a number to itself is what multiplying by two means, so n + n is 2 n for every n.",
    "Because n + n is 2 n.",
    "because n + n is 2 n.",
    "I tried it with 7 and it gave 14.",
    "It doubles.",
    "Twice n is n and n again.",
)


def test_the_picture_shows_an_item(browser: Browser, tmp_path: Path) -> None:
    """The answer, points, rubric and comments are there, and the picture is small."""
    course = Course(tmp_path).hand_in(ANSWERS)
    lea, maria = course.grader("lea"), course.grader("maria")
    for text, points in (("One example is no reason.", "0.5"), ("No sum is named.", "1")):
        path = f"/item/{maria.item('s001').key}/rubric"
        maria.post(path, text=text, points=points)
    lea.give(lea.item("s003"), 0.5, comment="One example is no reason: what of all others?")
    with served_here(Desk(course.book(), None, "maria")) as server:
        browser.visit(server.address)
        browser.visit(server.url(f"/item/{maria.item('s001').key}"), width=WIDTH)
        settled(browser)
        told = browser.one("main").text
        shot = picture(browser, WIDTH, 0)
    for words in ("and 1 with the same answer", "One example is no reason.", "Next that waits"):
        assert words in told
    if WRITING:
        SHOT.parent.mkdir(exist_ok=True)
        SHOT.write_bytes(shot)
    assert SHOT.stat().st_size < LARGEST
    with Image.open(SHOT) as kept:
        assert kept.size == (WIDTH, HEIGHT)
