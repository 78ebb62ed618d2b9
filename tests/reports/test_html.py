"""The HTML pages in a real browser: they render, work by keyboard, and stay inert."""

from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

from tests.reports.browser import Browser
from tests.reports.conftest import Pages

pytestmark = pytest.mark.xdist_group("reports")

AXE = Path(axe_core_python.__file__).with_name("axe.min.js").read_text("utf-8")
KINDS = ("student", "russian", "hostile", "overview", "hostile_overview")


def column(browser: Browser, place: int) -> list[str]:
    """Return what a column of the table of submissions shows, from above."""
    script = (
        "return [...document.querySelectorAll('#submissions tbody tr')]"
        ".filter(row => !row.hidden).map(row => row.cells[arguments[0]].innerText.trim())"
    )
    texts: list[str] = browser.run(script, place)
    return texts


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_renders_alone_and_stays_inert(browser: Browser, pages: Pages, kind: str) -> None:
    """The console is empty, nothing is asked for, and nothing that a student wrote is run."""
    browser.open(getattr(pages, kind))
    browser.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    browser.run("document.body.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))")
    assert browser.complaints() == []
    assert browser.requests() == []
    assert browser.run("return window.ran ?? null") is None
    assert len(browser.all("script")) == len(browser.all("style")) == len(browser.all("h1")) == 1
    assert browser.all("iframe, object, embed, base, link, form[action], [onerror], [onload]") == []
    links = browser.run("return [...document.links].map(each => each.protocol)")
    assert set(links) <= {"file:"}
    attributes = browser.run(
        "return [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    )
    assert not [name for name in attributes if name.startswith("on") or name in ("style", "ran")]


def violations(browser: Browser, **options: object) -> dict[str, list[str]]:
    """Return what axe-core finds wrong, by its rules, with where."""
    browser.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    browser.run(AXE)
    found: list[dict[str, Any]] = browser.driver.execute_async_script(
        "const done = arguments[1];axe.run(arguments[0]).then(results => done(results.violations))",
        {"resultTypes": ["violations"], **options},
    )
    return {each["id"]: [node["html"][:150] for node in each["nodes"]][:3] for each in found}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_accessible(browser: Browser, pages: Pages, kind: str) -> None:
    """By axe-core's rules, those of WCAG 2.1 AA and its best practices, nothing is wrong."""
    browser.open(getattr(pages, kind))
    assert violations(browser) == {}


@pytest.mark.parametrize("kind", ["student", "overview"])
def test_a_page_can_be_read_in_the_dark(browser: Browser, pages: Pages, kind: str) -> None:
    """On dark ground, too, every text has a contrast of at least 4.5."""
    browser.open(getattr(pages, kind), scheme="dark")
    background = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(21, 21, 20)"
    assert violations(browser, runOnly=["color-contrast"]) == {}


def test_a_page_that_cannot_be_read_is_found(browser: Browser, pages: Pages) -> None:
    """Pale text on a pale ground is a violation: the two tests above could fail."""
    browser.open(pages.student)
    browser.run("document.querySelector('h1').style.setProperty('color', '#ddd')")
    assert set(violations(browser, runOnly=["color-contrast"])) == {"color-contrast"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [360, 768])
def test_a_page_fits_a_phone(browser: Browser, pages: Pages, kind: str, width: int) -> None:
    """Nothing makes the page itself wider than the window; tables and code scroll in place."""
    browser.open(getattr(pages, kind), width=width)
    browser.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert browser.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1200])
def test_a_cell_of_two_lines_keeps_its_row(browser: Browser, pages: Pages, width: int) -> None:
    """In the table of cells, all of a row ends where its longest entry does."""
    browser.open(pages.student, width=width)
    script = """
    const box = each => each.getBoundingClientRect();
    return [...document.querySelectorAll('.timeline tbody tr')].map(row =>
      [...row.cells].filter(cell => cell.offsetParent)
        .map(cell => [Math.round(box(cell).top), Math.round(box(cell).bottom)].join()));
    """
    rows = browser.run(script)
    assert len(rows) > 5
    assert all(len(set(row)) == 1 for row in rows)


def test_paper_shows_what_was_folded(browser: Browser, pages: Pages) -> None:
    """In print all is there to read, also without the script, and no button is."""
    browser.open(pages.student, scripts=False)
    browser.media("print")
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("return document.querySelectorAll('details:not([open])').length") > 2
    assert all(each.size["height"] > 0 for each in browser.all(".again pre, .passed li"))
    assert not any(each.is_displayed() for each in browser.all("button"))
    assert browser.run("return getComputedStyle(document.body).backgroundColor").endswith(
        "255, 255)"
    )


def test_a_student_sees_what_to_mend(browser: Browser, pages: Pages) -> None:
    """Score, exercises, wrong entries, hint, cell, curves, pictures, cells and versions."""
    browser.open(pages.student)
    text = browser.run(
        "document.querySelectorAll('details').forEach(e => e.open = true);"
        "return document.body.innerText"
    )
    for told in (
        "typical_mistakes", "looks like: zeros written into the input", "Hint", "See it yourself",
        "layer.backward(grad)", "1.5✗", "Accuracy", "0.8512", "really Ankle boot",
        "NameError: name 'x'", "stopped after 60 s", "2.14.1", "namespaces",
        "6 points pending: neither given nor lost",
    ):  # fmt: skip
        assert told in text, told
    assert len(browser.all("#drawn ~ .charts .line")) == 2
    assert len(browser.all(".examples img")) == 6
    wrong = [each.text for each in browser.all("#e3 .got .wrong")]
    assert [each.split("✗")[0].strip() for each in wrong] == ["9.5", "nan"]


def test_the_cell_is_copied_by_a_button(browser: Browser, pages: Pages) -> None:
    """The button beside the cell says that it was copied."""
    browser.open(pages.student)
    browser.run("document.querySelector('.again').open = true")
    button = browser.one(".copy")
    button.send_keys(Keys.ENTER)
    WebDriverWait(browser.driver, 30).until(lambda _: button.text == "Copied")


def test_the_first_tab_skips_to_the_report(browser: Browser, pages: Pages) -> None:
    """By keyboard one gets past the head, and to every control in the order of the page."""
    browser.open(pages.overview)
    browser.one("body").send_keys(Keys.TAB)
    focused = browser.driver.switch_to.active_element
    assert focused.text == "To the report"
    assert focused.location["x"] >= 0
    assert browser.all("[tabindex]:not([tabindex='0']):not([tabindex='-1'])") == []


def test_the_table_sorts_by_keyboard(browser: Browser, pages: Pages) -> None:
    """Scores go down and up, what has none last or first, and the order is announced."""
    browser.open(pages.overview)
    heads = browser.all("#submissions thead th")
    place = [each.text.split("\n")[0].strip() for each in heads].index("Score")
    browser.all("#submissions thead button")[place].send_keys(Keys.ENTER)
    assert heads[place].get_attribute("aria-sort") == "descending"
    down = column(browser, place)
    numbers = [float(each) for each in down if each != "–"]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) > 4
    assert down[-2:] == ["–", "–"]
    browser.all("#submissions thead button")[place].send_keys(Keys.SPACE)
    assert heads[place].get_attribute("aria-sort") == "ascending"
    assert column(browser, place) == ["–", "–", *map("{:g}".format, sorted(numbers))]
    browser.all("#submissions thead button")[0].send_keys(Keys.ENTER)
    assert column(browser, 0)[:3] == ["ada", "bob", "broken"]
    assert heads[place].get_attribute("aria-sort") is None


def test_the_table_is_filtered(browser: Browser, pages: Pages) -> None:
    """By words, by state and by a mistake's name, and how many are left is said."""
    browser.open(pages.overview)
    browser.one("#find").send_keys("MEI")
    assert column(browser, 0) == ["mei"]
    assert browser.one("#shown").text == "1 of 19"
    browser.one("#find").clear()
    browser.one("#find").send_keys(Keys.SPACE)
    Select(browser.one("#only")).select_by_visible_text("not usable")
    assert sorted(column(browser, 0)) == ["broken", "javascript:zoe"]
    Select(browser.one("#only")).select_by_visible_text("all")
    browser.one(".mistake button").send_keys(Keys.ENTER)
    assert 0 < len(column(browser, 0)) < 19


def test_each_row_opens_its_student_s_page(browser: Browser, pages: Pages) -> None:
    """Graded submissions have links to the files beside the page, and the others none."""
    browser.open(pages.overview)
    links = browser.run(
        "return [...document.querySelectorAll('#submissions a')].map(e => e.getAttribute('href'))"
    )
    assert len(links) == 17
    assert links[0] == "./ada.html"


def test_an_overview_without_the_script_is_whole(browser: Browser, pages: Pages) -> None:
    """Without JavaScript the table is there, and no control that does nothing."""
    browser.open(pages.overview, scripts=False)
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    assert not browser.one(".controls").is_displayed()
    assert len(column(browser, 0)) == 19
