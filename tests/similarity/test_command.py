"""`grader similar`, from a folder of submissions to what a person sees."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from grader.collecting.manifest import Collected, write_manifest
from grader.similarity.gathering import Handed, LeftOut, gathered
from grader.similarity.pages import MOST_LINES, write_pages
from grader.similarity.pairs import Alike, alike
from grader.similarity.wrong_answers import Equal
from tests.notebooks import ROOT
from tests.reports.browser import Browser
from tests.reports.courses import SPOILING
from tests.reports.test_html import violations
from tests.similarity.solutions import HANDED_OUT, HONEST, PLAIN, course, disguised, write

pytestmark = pytest.mark.xdist_group("similar")


def run(*arguments: object, program: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return subprocess.run(
        [
            *(sys.executable, "-c", f"{program}\nfrom grader.cli import grader; grader()"),
            *("similar", *map(str, arguments)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_course_is_compared(graded: Path, tmp_path: Path) -> None:
    """The table, the pages and the code are written, and can be written again."""
    out, code = tmp_path / "similar", tmp_path / "code"
    named = graded / "reference" / "tiny"
    options = ("--results", graded / "out", "--out", out, "--export", code, "--assignment", named)
    for _ in range(2):
        done = run(graded / "in", *options)
        assert done.returncode == 0, done.stderr
        assert "11 notebooks compared, 1 pair to look at." in done.stdout
        assert "never a score" in done.stdout
        assert "(2 of 11)" in done.stdout
    with (out / "similar.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["one"], row["other"], row["students_with_the_rarest"]) == ("ada", "eve", "2")
    assert (out / row["page"]).is_file()
    assert (code / "kim" / "code.py").is_file()


def test_an_assignment_is_found_by_the_notebooks(tmp_path: Path) -> None:
    """Where none is, that is said: what was handed out then counts as everybody's."""
    write(tmp_path / "ada.ipynb", "x = 1")
    write(tmp_path / "bob.ipynb", "x = 1")
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "No assignment was found" in done.stdout


def test_without_copydetect_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    """In one sentence, before anything is read or written."""
    write(tmp_path / "ada.ipynb", "x = 1")
    done = run(tmp_path, program="import sys; sys.modules['copydetect'] = None")
    assert done.returncode == 2
    assert "pip install 'copydetect>=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_holds_something_else_stays_as_it_is(tmp_path: Path) -> None:
    """Pages are written into a folder of their own."""
    write(tmp_path / "in" / "ada.ipynb", "x = 1")
    done = run(tmp_path / "in", "--out", tmp_path / "in")
    assert done.returncode == 2
    assert "holds something else" in done.stderr
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["ada.ipynb"]


def spoilt() -> Alike:
    """Return pairs whose every text is hostile."""
    code = f"# {SPOILING}\n{PLAIN}\nname = {SPOILING!r}\n" + "print(1)\n" * MOST_LINES
    (one, other) = (
        Handed(f"{name}{SPOILING}", f"{name}{SPOILING}", text, "0" * 64, None)  # type: ignore[arg-type]
        for name, text in (("a", code), ("=b", disguised(code)))
    )
    equal = (Equal("relu", SPOILING, SPOILING, SPOILING, 2, 9),)
    found = alike((one, other), "", {frozenset((one.student, other.student)): equal}, 1)
    assert len(found.pairs) == 1
    return Alike(found.pairs, (LeftOut(SPOILING, SPOILING),), 2)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages of a small class, and of one whose texts are all hostile."""
    folder = tmp_path_factory.mktemp("pages")
    handed = course(folder / "in", {**HONEST, "eve": disguised(PLAIN)}).handed
    write_pages(folder / "good", alike(handed, HANDED_OUT, {}, 1), "A title")
    write_pages(folder / "bad", spoilt(), SPOILING)
    return {
        "index": folder / "good" / "index.html",
        "pair": folder / "good" / "pair-001.html",
        "hostile index": folder / "bad" / "index.html",
        "hostile pair": folder / "bad" / "pair-001.html",
    }


@pytest.mark.parametrize("kind", ["index", "pair", "hostile index", "hostile pair"])
def test_a_page_is_inert_and_accessible(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    """It asks for nothing, runs nothing, fits a phone, and axe finds nothing, light or dark."""
    for scheme in ("light", "dark"):
        browser.open(pages[kind], scheme=scheme)
        browser.run("document.body.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))")
        assert browser.complaints() == []
        assert browser.requests() == []
        assert browser.run("return window.ran ?? null") is None
        assert browser.all("script, iframe, base, link, form, [onerror], [onload]") == []
        assert violations(browser) == {}
    browser.open(pages[kind], width=360)
    assert browser.run("return document.documentElement.scrollWidth") <= 360


def test_both_sides_stand_next_to_each_other(browser: Browser, pages: dict[str, Path]) -> None:
    """From the list one comes to the pair; marked lines lead to the like of them."""
    browser.open(pages["index"])
    browser.one("tbody a").click()
    one, other = browser.all(".sides pre")
    assert one.location["y"] == other.location["y"]
    marked = [each.text for each in browser.all("mark")]
    assert any("self.grad_W" in each for each in marked)
    assert any("upstream" in each for each in marked)
    assert not any("set_axis_off" in each for each in marked)
    target = browser.one(".line a").get_attribute("href") or ""
    assert browser.all(f"[id='{target.partition('#')[2]}']")


def test_pages_of_a_former_call_give_way(tmp_path: Path) -> None:
    """Where there are fewer pairs than before, the pages of the others are gone."""
    handed = course(tmp_path / "in", {**HONEST, "eve": disguised(PLAIN)}).handed
    found = alike(handed, HANDED_OUT, {}, 1)
    write_pages(tmp_path / "out", found, "")
    write_pages(tmp_path / "out", Alike((), (), found.compared), "")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["index.html", "similar.csv"]


def test_a_hostile_name_is_no_formula(tmp_path: Path) -> None:
    """In the table, no spreadsheet takes what a student chose for one."""
    write_pages(tmp_path / "out", spoilt(), "")
    assert '"=b' not in (tmp_path / "out" / "similar.csv").read_text("utf-8")


def test_collected_attempts_are_told(tmp_path: Path) -> None:
    """Earlier attempts of the same student are passed over, and it is said how many."""
    for attempt in ("1", "2"):
        write(tmp_path / "ada" / attempt / "nn.ipynb", PLAIN)
    write(tmp_path / "bob" / "1" / "nn.ipynb", HONEST["bob"])
    rows = [
        ("ada", 1, "ada/1/nn.ipynb"),
        ("ada", 2, "ada/2/nn.ipynb"),
        ("bob", 1, "bob/1/nn.ipynb"),
    ]
    write_manifest(tmp_path, [Collected(who, attempt=at, file=file) for who, at, file in rows])
    assert gathered(tmp_path).earlier == 1
    done = run(tmp_path)
    assert "2 notebooks compared, no pair to look at." in done.stdout
    assert "1 earlier attempt" in done.stdout
