"""The page in a real browser: by keyboard alone, through reloads, tabs and kills, for everybody."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from grader.gradebook.tables import RubricItem
from grader.review.items import Desk
from tests.reports.browser import Browser
from tests.reports.test_html import violations
from tests.review.course import Course, Grader
from tests.review.serving import PATIENCE, Here, served, served_here
from tests.review.test_security import hostile

pytestmark = pytest.mark.xdist_group("review browser")

ITEMS = 300
# So many answers are given by several students each.
EQUAL = 230


@pytest.fixture
def server(course: Course) -> Iterator[Here]:
    """Serve a small gradebook to maria."""
    with served_here(Desk(course.book(), None, "maria")) as server:
        yield server


def press(browser: Browser, *keys: str, shift: bool = False) -> None:
    """Press keys, wherever the focus is."""
    actions = ActionChains(browser.driver, duration=0)
    if shift:
        actions.key_down(Keys.SHIFT)
    for key in keys:
        actions.send_keys(key)
    if shift:
        actions.key_up(Keys.SHIFT)
    actions.perform()


def moved(browser: Browser, before: str) -> str:
    """Wait until another page is there, and return its address."""
    WebDriverWait(browser.driver, PATIENCE, 0.02).until(lambda driver: driver.current_url != before)
    settled(browser)
    return browser.driver.current_url


def settled(browser: Browser) -> None:
    """Wait until nothing is under way any more."""
    busy = "return document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling') === null"
    WebDriverWait(browser.driver, PATIENCE, 0.02).until(
        lambda _driver: (
            browser.run(busy) and browser.run("return document.readyState") == "complete"
        )
    )


def key(browser: Browser, digit: str) -> None:
    """Press a number key, without the rests that others may need."""
    told = {"key": digit, "code": f"Digit{digit}", "text": digit}
    browser.cdp("Input.dispatchKeyEvent", type="keyDown", **told)
    browser.cdp("Input.dispatchKeyEvent", type="keyUp", **told)


def shown(browser: Browser, before: str) -> tuple[str, str, str]:
    """Wait until another page is there; return its address, its answer and where the focus is."""
    script = """
    const [before, done] = arguments;
    const look = () => {
      const busy = document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling");
      if (location.href === before || busy) { setTimeout(look, 5); return; }
      const answer = document.querySelector(".answer");
      done([location.href, answer ? answer.textContent : "", document.activeElement.id]);
    };
    look();
    """
    found: tuple[str, str, str] = browser.driver.execute_async_script(script, before)
    return found


def test_three_hundred_items_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    """Every item gets what was pressed, equal answers at once; a reload and Back lose nothing."""
    texts = [f"Answer {place % 30 if place < EQUAL else place}" for place in range(ITEMS)]
    course = Course(tmp_path).hand_in(texts)
    given = {}
    with served_here(Desk(course.book(), None, "maria")) as server:
        browser.visit(server.address)
        press(browser, "j")
        at, answer, _focus = shown(browser, server.url("/"))
        for place in range(len(set(texts))):
            given[answer] = place % 3
            if place == 5:
                browser.driver.refresh()
                settled(browser)
                assert (browser.driver.current_url, browser.one(".answer").text) == (at, answer)
            if place == 7:
                browser.driver.back()
                moved(browser, at)
                assert "What was decided" in browser.one("#history").text
                press(browser, "j")
                assert moved(browser, browser.driver.current_url) == at
            key(browser, str(place % 3))
            at, answer, focus = shown(browser, at)
            assert focus == "heading"
        assert at == server.url("/check?of=why.sum")
        assert "Nothing waits here any more." in browser.one("#page").text
        assert browser.complaints() == []
    assert len(course.decisions()) == ITEMS
    found = {each.waiting.text: each.decided for each in course.grader().view().checks["why.sum"]}
    assert {text: each.points for text, each in found.items() if each} == given


def test_points_of_a_half_comments_and_undo_by_keyboard(
    browser: Browser, server: Here, course: Course
) -> None:
    """Shift adds a half; a comment is written, used again, and the last decision taken back."""
    browser.visit(server.address)
    press(browser, "j")
    at = moved(browser, browser.driver.current_url)
    press(browser, "a", "c", "Nearly. 2 more words.", Keys.ESCAPE)
    press(browser, "1", shift=True)
    at = moved(browser, at)
    press(browser, "f", Keys.ENTER, Keys.ESCAPE)
    assert browser.one("#comment").get_attribute("value") == "Nearly. 2 more words."
    press(browser, "0")
    at = moved(browser, at)
    given = [(each.points, each.comment) for each in course.decisions()]
    assert given[0] == (1.5, "Nearly. 2 more words.")
    assert given[1] == (0, "Nearly. 2 more words.")
    press(browser, "u")
    at = moved(browser, at)
    assert "Undone: 0 points" in browser.run("return document.querySelector('#told').textContent")
    assert course.decisions()[1].undone_by == "maria"
    undone = at.partition("?")[0]
    press(browser, "j")
    at = moved(browser, at)
    assert at != undone
    press(browser, "k")
    at = moved(browser, at)
    assert at == undone
    press(browser, "/")
    assert "/search" in moved(browser, at)


def test_rubric_items_by_number_keys(browser: Browser, server: Here, course: Course) -> None:
    """Where there is a rubric the number keys mean it, until they are told to mean points."""
    maria = course.grader()
    item = maria.item("s002")
    for text, points in (("Wrong.", "0"), ("Half of it.", "1")):
        maria.post(f"/item/{item.key}/rubric", text=text, points=points)
    browser.visit(server.address)
    browser.visit(server.url(f"/item/{item.key}"))
    press(browser, "2")
    moved(browser, server.url(f"/item/{item.key}"))
    assert [(each.points, each.comment) for each in course.decisions()] == [(1, "Half of it.")]
    at = browser.driver.current_url
    press(browser, "d")
    assert browser.one("#digits").get_attribute("aria-pressed") == "true"
    press(browser, "2")
    moved(browser, at)
    assert course.decisions()[-1].points == 2
    assert course.decisions()[-1].rubric == []
    with course.book().reading() as session:
        assert session.query(RubricItem).count() == 2


def test_keys_can_be_turned_off(browser: Browser, server: Here, course: Course) -> None:
    """Then they do nothing, on every page, and the buttons still do."""
    browser.visit(server.address)
    browser.one("#shortcuts").click()
    browser.visit(server.url(f"/item/{course.grader().item('s002').key}"))
    press(browser, "2", "j")
    at = browser.driver.current_url
    assert course.decisions() == []
    browser.one("#points-2").send_keys(Keys.ENTER)
    moved(browser, at)
    assert len(course.decisions()) == 1
    assert browser.run("return document.activeElement.id") == "points-2"
    browser.one("#shortcuts").click()


def test_two_tabs_lose_nothing(browser: Browser, server: Here, course: Course) -> None:
    """Both decide the same item: both decisions are there, and the later tab tells of the other."""
    path = f"/item/{course.grader().item('s002').key}"
    browser.visit(server.address)
    browser.visit(server.url(path))
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    try:
        browser.driver.get(server.url(path))
        press(browser, "1")
        moved(browser, server.url(path))
        second = browser.driver.current_window_handle
        browser.driver.switch_to.window(first)
        press(browser, "2")
        moved(browser, server.url(path))
        assert "Another decision was made meanwhile: 1 point by maria" in browser.one("main").text
        browser.driver.switch_to.window(second)
    finally:
        browser.driver.close()
        browser.driver.switch_to.window(first)
    assert [each.points for each in course.decisions()] == [1, 2]


def test_a_killed_server_loses_nothing(browser: Browser, course: Course) -> None:
    """What was pressed after the kill is told to be lost; all before is there after a new start."""
    with served(course.path, "--as", "maria") as server:
        browser.visit(server.address)
        press(browser, "j")
        at = moved(browser, browser.driver.current_url)
        press(browser, "2")
        at = moved(browser, at)
        server.end(signal.SIGKILL)
        press(browser, "1")
        WebDriverWait(browser.driver, PATIENCE).until(
            lambda _driver: "does not answer" in browser.one("#trouble").text
        )
        decided = [each.points for each in course.decisions()]
        assert set(decided) == {2}
    with served(course.path, "--as", "maria", "--port", str(server.port)) as again:
        browser.visit(at)
        assert "Open the address" in browser.one("body").text
        browser.visit(again.address)
        browser.visit(at)
        press(browser, "1")
        moved(browser, at)
    assert [each.points for each in course.decisions()][: len(decided) + 1] == [*decided, 1]


def pages(course: Course, grader: Grader) -> dict[str, str]:
    """Return the addresses of all kinds of pages."""
    item = grader.item(course.students[-1])
    return {
        "home": "/",
        "check": "/check?of=why.sum",
        "item": f"/item/{grader.item('s000').key}",
        "decided": f"/item/{item.key}?meanwhile=1",
        "rubric": f"/item/{item.key}/rubric",
        "report": f"/report/{item.report}",
        "search": "/search?check=why.sum",
        "requests": "/requests",
        "second": "/second",
        "refused": "/item/0",
    }


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Here, dict[str, str]]]:
    """Serve a gradebook in which every text is hostile, and every kind of page is full."""
    course = Course(tmp_path_factory.mktemp("full")).hand_in(["It doubles.", " it DOUBLES."])
    lea = hostile(course)
    noor = course.grader("noor", share=1)
    noor.give(noor.item(course.students[-1]), 2)
    with served_here(Desk(course.book(), None, "lea", names=True)) as server:
        yield server, pages(course, lea)


KINDS = (
    *("home", "check", "item", "decided", "rubric", "report", "search", "requests", "second"),
    "refused",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_inert_and_accessible(
    browser: Browser, full: tuple[Here, dict[str, str]], kind: str
) -> None:
    """Nothing hostile runs or loads, axe finds nothing, light or dark, and 400% fits."""
    server, addresses = full
    browser.visit(server.address)
    browser.visit(server.url(addresses[kind]))
    settled(browser)
    assert browser.run("return window.ran ?? null") is None
    asked = [each for each in browser.requests() if not each.startswith(server.url("/"))]
    assert asked == []
    allowed = ("sandboxed", "script-src", "404")  # The report's own script does not run either.
    assert [each for each in browser.complaints() if not any(w in each for w in allowed)] == []
    assert violations(browser, iframes=False) == {}
    browser.media("", "dark")
    assert violations(browser, iframes=False, runOnly=["color-contrast"]) == {}
    browser.visit(server.url(addresses[kind]), width=320)
    assert browser.run("return document.documentElement.scrollWidth") <= 320


def test_the_focus_is_seen(browser: Browser, server: Here, course: Course) -> None:
    """Each control that the Tab key reaches has an outline."""
    browser.visit(server.address)
    browser.visit(server.url(f"/item/{course.grader().item('s002').key}"))
    seen = set()
    for _ in range(12):
        press(browser, Keys.TAB)
        id_, width = browser.run(
            "const it = document.activeElement;"
            "return [it.id || it.textContent.trim(), getComputedStyle(it).outlineWidth]"
        )
        seen.add(id_)
        assert width == "3px", id_
    assert {"To the content", "to-search", "shortcuts", "points-0.5"} <= seen
