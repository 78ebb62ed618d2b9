"""The score over time: from result to result in one place, and of nobody else."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader.cli import grade
from grader.course.rejudging import rejudge_folder
from grader.reports.history import MOST, continued
from grader.reports.json_file import from_json, to_json
from grader.reports.student_page import student_page
from grader.results.feedback import Feedback, shown
from grader.results.model import Result, SubmissionInfo
from tests.reports.browser import Browser
from tests.reports.conftest import Pages
from tests.reports.examples import check, exercise, result
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

pytestmark = pytest.mark.xdist_group("reports")

START = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)


def graded(points: float, file: int = 0, path: str = "a/x.ipynb") -> Result:
    """Return the result of a file, of 8 points."""
    checks = exercise(check("passed", points), check("failed", 8 - points))
    submission = SubmissionInfo(name="x", path=path, sha256=f"{file:064x}")
    return result(checks, submission=submission)


def kept(place: Path, *results: Result) -> Result:
    """Write results to one place, a day apart, and return the last as it is there."""
    for day, each in enumerate(results):
        told = continued(each, [place], START + timedelta(days=day))
        place.write_text(to_json(told), "utf-8")
    return from_json(place.read_bytes())


def scores(told: Result) -> list[tuple[str, float]]:
    """Return the day and the score of each grading."""
    return [(each.date[8:10], each.score) for each in told.history]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return where a result is written."""
    return tmp_path / "x.json"


def test_each_grading_is_told_from_the_result_before(place: Path) -> None:
    """The first tells of itself alone, and the page of the third shows a line of three."""
    first = kept(place, graded(1))
    assert scores(first) == [("01", 1)]
    assert "Your score so far" not in student_page(first)
    last = kept(place, graded(1, 1), graded(3, 2), graded(6, 3))
    assert scores(last)[-3:] == [("01", 1), ("02", 3), ("03", 6)]
    assert "From 1 to 6 of 8 points in 4 gradings." in student_page(last)


def test_the_same_file_is_no_new_grading(place: Path) -> None:
    """Graded or judged again, it has its new score under the day on which it was handed in."""
    assert scores(kept(place, graded(1, 1), graded(3, 2), graded(5, 2))) == [("01", 1), ("02", 5)]


@pytest.mark.parametrize("fields", [{"partial": True}, {"quick": True}])
def test_a_grading_of_a_part_is_none(place: Path, fields: dict[str, Any]) -> None:
    """Its score would look like a fall; what was known before it is kept."""
    part = replace(graded(1, 2), **fields)
    told = kept(place, graded(3, 1), part, graded(4, 3))
    assert scores(told) == [("01", 3), ("03", 4)]


def test_nothing_of_anyone_else_is_told(place: Path, tmp_path: Path) -> None:
    """Not of another file, of another assignment, and not through a link to another's result."""
    kept(place, graded(3, 1))
    assert scores(kept(place, graded(4, 2, path="b/x.ipynb"))) == [("01", 4)]
    other = graded(5, 3, path="b/x.ipynb")
    other = replace(other, assignment=replace(other.assignment, name="another"))
    assert scores(kept(place, other)) == [("01", 5)]
    kept(place, graded(3, 1))
    link = tmp_path / "link.json"
    link.symlink_to(place)
    assert scores(continued(graded(7, 4), [link], START)) == [("01", 7)]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"history": [7]}', "\x00" * 100])
def test_whatever_stood_there_stops_nothing(place: Path, content: str) -> None:
    """A file that is no result, or none of this version, is a beginning."""
    place.write_text(content, "utf-8")
    assert scores(continued(graded(2), [place.parent, place], START)) == [("01", 2)]


def test_it_stays_short(place: Path) -> None:
    """Who grades after every change keeps the last ones."""
    told = graded(0)
    for file in range(MOST + 9):
        told = continued(graded(file % 8, file), [place], START)
        place.write_text(to_json(told), "utf-8")
    assert len(told.history) == MOST
    assert told.history[-1].sha256 == told.submission.sha256


def test_a_level_of_feedback_tells_it_too(place: Path) -> None:
    """It holds scores, which are told on every level, and nothing else."""
    told = shown(kept(place, graded(1, 1), graded(3, 2)), Feedback.SCORE)
    fields = {name for each in json.loads(to_json(told))["history"] for name in each}
    assert fields == {"date", "score", "max_score", "pending", "sha256"}


@pytest.mark.parametrize("where", ["--json", "--out"])
def test_grading_into_one_place_keeps_it(tmp_path: Path, where: str) -> None:
    """By the command: a file that was mended has both scores, and rejudging loses none."""
    path = tmp_path / "x.ipynb"
    out = tmp_path / ("x.json" if where == "--json" else "results")
    call = [str(path), "--assignment", str(declare(tmp_path / "tiny")), where, str(out)]
    for cells in ([DOUBLE], [DOUBLE, TRIPLE]):
        write(path, cells)
        done = CliRunner().invoke(grade, call)
        assert done.exit_code == 0, done.output
    written = out if where == "--json" else out / "x.json"
    told = from_json(written.read_bytes())
    assert [each.score for each in told.history] == [told.history[0].score, told.score]
    assert told.history[0].score < told.score
    if where == "--out":
        assert rejudge_folder(out, jobs=1) == 0
        assert from_json(written.read_bytes()).history == told.history


def test_the_page_shows_it_to_everyone(browser: Browser, pages: Pages) -> None:
    """A line with a sentence in its place for who cannot see it, and all numbers beside it."""
    browser.open(pages.student)
    chart = browser.one("[aria-labelledby='scores'] svg")
    assert chart.get_attribute("aria-label") == "From 12 to 61 of 110 points in 5 gradings."
    assert len(browser.all("[aria-labelledby='scores'] svg circle")) == 5
    assert [each.text for each in browser.all(".gradings li")][-1] == (
        "2026-10-11 09:30 61 / 110, 6 pending"
    )
