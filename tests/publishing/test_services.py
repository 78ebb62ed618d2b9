"""Grades go to Canvas and Moodle by their web services: each once, and what fails is told."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from grader.collecting.roster import Person as Student
from grader.errors import UsageError
from grader.gradebook.attempts import Delivery, enrol, record, take_assignment
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide
from grader.gradebook.tables import Attempt, Publication
from grader.publishing import services
from grader.publishing.services import address
from tests.gradebook.course import Course
from tests.gradebook.made import result
from tests.publishing.platforms import TOKEN, Platform, served


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a gradebook: anna has 2 of 5 points, boris 3.5, carl a grade too, dora none."""
    book = Gradebook.opened(tmp_path / "course.db", create=True)
    with book.writing() as session:
        ids = ("anna", "boris", "carl", "dora")
        enrol(session, [Student(each, email=f"{each}@uni.edu") for each in ids])
        row = take_assignment(session, "tiny", "Tiny", "1", {})
        for place, name in enumerate(ids[:3]):
            digest = f"{place:064x}"
            delivery = Delivery(name, name, f"{name}.ipynb", "out", sha256=digest)
            record(session, row, delivery, result(name, digest, 2), "key", "grade")
        (boris,) = session.scalars(select(Attempt).where(Attempt.person_id == "boris"))
        decide(session, boris, 1.5, who="maria")
    return Course(tmp_path)


@pytest.fixture(params=["canvas", "moodle"])
def platform(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Platform]]:
    """Serve each of the platforms, with a token for it and no pauses."""
    monkeypatch.setenv("GRADER_CANVAS_TOKEN", TOKEN)
    monkeypatch.setenv("GRADER_MOODLE_TOKEN", TOKEN)
    monkeypatch.setattr(services, "FIRST_PAUSE", 0.01)
    with served(request.param) as running:
        yield request.param, running


def call(course: Course, platform: tuple[str, Platform], *more: str) -> str:
    """Publish to a platform, and return what was said: carl is not known there."""
    name, running = platform
    where = (
        ("--canvas", running.url, "--course", "7")
        if name == "canvas"
        else ("--moodle", running.url)
    )
    told = course.run("publish", course.book, *where, "--assignment-id", "42", *more, fails=True)
    assert TOKEN not in told
    return told


def published(course: Course) -> list[tuple[str, float]]:
    """Return whose grades are on record, and which."""
    with Gradebook.opened(course.book).reading() as session:
        every = session.scalars(select(Publication).order_by(Publication.id))
        return [(row.person_id, row.grade) for row in every]


def test_nothing_is_sent_unasked(course: Course, platform: tuple[str, Platform]) -> None:
    """A call without --send shows what it would do, and changes nothing anywhere."""
    told = call(course, platform)
    assert ["boris", "3.5"] in [line.split() for line in told.splitlines()]
    assert "2 grades to send, 0 sent before. Nothing was sent" in told
    assert "With a grade, and not found there:\n  carl" in told
    assert "Without a grade, and left alone:\n  dora (missing)" in told
    assert platform[1].grades == {}
    assert published(course) == []


def test_grades_are_sent_once(course: Course, platform: tuple[str, Platform]) -> None:
    """Each is on record; a second call sends nothing, and one that changed goes alone."""
    assert "2 grades sent, 0 sent before." in call(course, platform, "--send")
    assert platform[1].grades == {501: 2, 502: 3.5}
    assert published(course) == [("anna", 2), ("boris", 3.5)]
    platform[1].grades.clear()
    assert "0 grades sent, 2 sent before." in call(course, platform, "--send")
    with Gradebook.opened(course.book).writing() as session:
        (anna,) = session.scalars(select(Attempt).where(Attempt.person_id == "anna"))
        decide(session, anna, 0.5, who="maria")
    assert "1 grade sent, 1 sent before." in call(course, platform, "--send")
    assert platform[1].grades == {501: 2.5}


def test_who_is_refused_is_told_and_sent_again(
    course: Course, platform: tuple[str, Platform]
) -> None:
    """The others are sent; the next call sends what is missing alone."""
    platform[1].refused = {501}
    told = call(course, platform, "--send")
    assert "1 grade sent" in told
    assert "Not sent; the same call sends them again:\n  anna: " in told
    assert published(course) == [("boris", 3.5)]
    platform[1].refused = set()
    platform[1].grades.clear()
    assert "1 grade sent, 1 sent before." in call(course, platform, "--send")
    assert platform[1].grades == {501: 2}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_platform_is_asked_again(
    course: Course, platform: tuple[str, Platform], status: int
) -> None:
    """A call that it had no time for is made again, after a pause."""
    platform[1].troubles = [status, status]
    assert "2 grades sent" in call(course, platform, "--send")
    assert platform[1].grades == {501: 2, 502: 3.5}


def test_what_was_sent_stays_on_record_when_a_platform_goes_away(
    course: Course, platform: tuple[str, Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call ends with what it has done, and the next one goes on from there."""
    take = services.patiently
    sent: list[object] = []

    def fails_after_one(question: object, what: str) -> object:
        if published(course):
            platform[1].troubles = [503] * services.TRIES
        sent.append(what)
        return take(question, what)  # type: ignore[arg-type]

    monkeypatch.setattr(f"grader.publishing.{platform[0]}.patiently", fails_after_one)
    told = call(course, platform, "--send")
    assert "does not answer" in told
    assert "Sent before, and on record: 1 grade." in told
    monkeypatch.undo()
    monkeypatch.setenv("GRADER_CANVAS_TOKEN", TOKEN)
    monkeypatch.setenv("GRADER_MOODLE_TOKEN", TOKEN)
    platform[1].troubles = []
    assert "1 grade sent, 1 sent before." in call(course, platform, "--send")


def test_a_token_that_is_refused_is_told_at_once(
    course: Course, platform: tuple[str, Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is tried with it, and it is not shown."""
    variable = f"GRADER_{platform[0].upper()}_TOKEN"
    monkeypatch.setenv(variable, "wrong")
    told = call(course, platform, "--send")
    assert variable in told or "Invalid token" in told
    assert len(platform[1].calls) == 1
    monkeypatch.delenv(variable)
    assert f"{variable} is not set" in call(course, platform, "--send")
    monkeypatch.setenv(variable, "кот")
    assert "is no token" in call(course, platform, "--send")


def test_canvas_says_when_it_is_called_too_often(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has two ways to say so; the one by 403 is no refusal."""
    monkeypatch.setenv("GRADER_CANVAS_TOKEN", TOKEN)
    monkeypatch.setattr(services, "FIRST_PAUSE", 0.01)
    with served("canvas") as running:
        running.troubles = [403]
        assert "2 grades sent" in call(course, ("canvas", running), "--send")


def test_what_canvas_counts_otherwise_is_told(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own late policy may take points off: the grade arrived, and is another there."""
    monkeypatch.setenv("GRADER_CANVAS_TOKEN", TOKEN)
    with served("canvas") as running:
        running.late_policy = 1
        told = call(course, ("canvas", running), "--send")
    assert "anna: Canvas counts 1.0 in the place of 2: see its late policy." in told


@pytest.mark.parametrize(("name", "told"), [("canvas", "knows no assignment 41"), ("moodle", "42")])
def test_an_assignment_that_is_not_there_is_told(
    course: Course, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    """With where its number is to be found."""
    monkeypatch.setenv(f"GRADER_{name.upper()}_TOKEN", TOKEN)
    with served(name) as running:
        where = (f"--{name}", running.url, "--assignment-id", "41")
        more = ("--course", "7") if name == "canvas" else ()
        said = course.run("publish", course.book, *where, *more, fails=True)
    assert "assignment 41" in said


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://canvas.uni.edu", "in the clear"),
        ("canvas.uni.edu", "no address"),
        ("https://me@canvas.uni.edu", "user name"),
        ("https://canvas.uni.edu/?x=1", "no address"),
        ("file:///etc/passwd", "no address"),
    ],
)
def test_a_token_travels_to_no_other_address(url: str, told: str) -> None:
    """Only over TLS, or to this machine itself."""
    with pytest.raises(UsageError, match=told):
        address(url)
    assert address("https://lms.uni.edu/moodle/") == "https://lms.uni.edu/moodle"
    assert address("http://[::1]:8000") == "http://[::1]:8000"


def test_moodle_that_is_none_is_told(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another site's page is no answer."""
    monkeypatch.setenv("GRADER_MOODLE_TOKEN", TOKEN)
    with served("canvas") as running:
        said = course.run(
            *("publish", course.book, "--moodle", running.url, "--assignment-id", "42"), fails=True
        )
    assert "answers with status 501" in said


@pytest.mark.parametrize(("platform", "library"), [("canvas", "canvasapi"), ("moodle", "httpx")])
def test_what_it_takes_is_told(
    monkeypatch: pytest.MonkeyPatch, platform: str, library: str
) -> None:
    """Where a library is not installed, the command that installs it is shown."""
    monkeypatch.delitem(sys.modules, f"grader.publishing.{platform}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=rf"needs {library}.*`pip install .*{library}"):
        importlib.import_module(f"grader.publishing.{platform}")
