"""A gradebook full of what waits for a person, made without grading anything."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from grader import models
from grader.gradebook.book import Gradebook
from grader.gradebook.tables import Assignment, Attempt, Decision, Grade, Grading, Person
from grader.results.evidence import Evidence
from grader.results.model import (
    AssignmentInfo,
    CheckResult,
    ExerciseResult,
    MistakeInfo,
    Result,
    SubmissionInfo,
)
from grader.review.app import application
from grader.review.items import Desk, Item, View

TOKEN = "a-token-that-nobody-guesses"
PORT = 8123
HOST = f"http://127.0.0.1:{PORT}"
NAMES = ("Anna Lee", "Boris Katz", "Clara Oswald", "Dora Maar")


def result(
    name: str, text: str, *, sha256: str = "ab" * 32, path: str = "", mistake: str = ""
) -> Result:
    """Return a result with two criteria that wait, and a check that passed or shows a mistake."""
    info = MistakeInfo(name=mistake, explanation="It is.", hint="Look.") if mistake else None
    doubles = CheckResult(
        id="doubles",
        title="`double` returns twice the number.",
        status="failed" if mistake else "passed",
        points=0 if mistake else 2,
        max_points=2,
        mistake=mistake or None,
    )
    waits: dict[str, Any] = {
        "status": "review",
        "points": 0,
        "message": "A person will read your answer.",
    }
    evidence = Evidence(text=text) if text else None
    sum_ = CheckResult(
        id="sum", title="It says that n + n is 2 n.", max_points=2, evidence=evidence, **waits
    )
    clear = CheckResult(id="clear", title="It is clear.", max_points=1, **waits)
    return Result.of(
        submission=SubmissionInfo(name=name, path=path or f"in/{name}.ipynb", sha256=sha256),
        assignment=AssignmentInfo(name="tiny", title="Tiny", version="1"),
        exercises=[
            ExerciseResult.of(id="double", title="Doubling", checks=[doubles], mistake=info),
            ExerciseResult.of(id="why", title="Why it doubles", checks=[sum_, clear]),
        ],
        sandbox="none",
        seconds=1.5,
    )


def _take_in(
    session: Session, assignment: Assignment, student: str, number: int, text: str, mistake: str
) -> None:
    digest = hashlib.sha256(f"{student} {number}".encode()).hexdigest()
    path = f"in/{student}.ipynb"
    told = result(student, text, sha256=digest, path=path, mistake=mistake)
    attempt = Attempt(
        person_id=student,
        assignment_id=assignment.id,
        number=number,
        submission=student,
        path=path,
        results="course.results",
        sha256=digest,
    )
    session.add(attempt)
    session.flush()
    session.add(
        Grading(
            attempt_id=attempt.id,
            cause="grade",
            key="key",
            grader_version=told.grader_version,
            assignment_version="1",
            score=told.score,
            max_score=told.max_score,
            pending=told.pending,
            status=told.status,
            result=models.dumps(told),
        )
    )
    if number == 1:
        grade = Grade(person_id=student, assignment_id=assignment.id, attempt_id=attempt.id)
        grade.score = grade.grade = told.score
        grade.pending, grade.max_score, grade.status = told.pending, told.max_score, told.status
        session.add(grade)


@dataclass
class Course:
    """A gradebook in a folder, and the students that were taken in."""

    folder: Path
    students: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The gradebook's file."""
        return self.folder / "course.db"

    def book(self) -> Gradebook:
        """Open it."""
        return Gradebook.opened(self.path, create=True)

    def hand_in(
        self,
        texts: Sequence[str],
        names: Sequence[str] = (),
        *,
        mistake: str = "",
        student: str = "",
        number: int = 1,
    ) -> "Course":
        """Take in a new student for each answer, or an attempt of one who is named.

        What the gradebook's own functions would write of each is written at once.
        """
        start = len(self.students)
        ids = [student] if student else [f"s{start + place:03d}" for place in range(len(texts))]
        named = [*names, *[""] * len(texts)]
        with self.book().writing() as session:
            assignment = session.scalar(select(Assignment)) or Assignment(
                name="tiny", title="Tiny", version="1", max_score=5.0, rules={}
            )
            if not student:
                self.students += ids
                session.add_all(
                    Person(id=each, name=name, email=f"{each}@example.org", on_roster=True)
                    for each, name in zip(ids, named, strict=False)
                )
            session.add(assignment)
            session.flush()
            for id_, text in zip(ids, texts, strict=True):
                _take_in(session, assignment, id_, number, text, mistake)
        return self

    def notebook(self, student: str, text: str) -> Path:
        """Write a student's notebook, and let the gradebook say that it is what was run."""
        path = self.folder / "in" / f"{student}.ipynb"
        path.parent.mkdir(exist_ok=True)
        cells = [new_code_cell("def double(n):\n    return 2 * n"), new_markdown_cell(text)]
        path.write_text(nbformat.writes(new_notebook(cells=cells)), "utf-8")
        with self.book().writing() as session:
            attempt = session.scalar(select(Attempt).where(Attempt.person_id == student))
            assert attempt is not None
            grading = session.scalars(select(Grading).where(Grading.attempt_id == attempt.id)).one()
            former, attempt.sha256 = attempt.sha256, hashlib.sha256(path.read_bytes()).hexdigest()
            grading.result = grading.result.replace(former, attempt.sha256)
        return path

    def decisions(self) -> list[Decision]:
        """Return all decisions, the earliest first."""
        with self.book().reading() as session:
            return list(session.scalars(select(Decision).order_by(Decision.id)))

    def grade(self, student: str) -> tuple[float | None, float]:
        """Return a student's grade and pending points."""
        with self.book().reading() as session:
            row = session.scalar(select(Grade).where(Grade.person_id == student))
            assert row is not None
            return row.grade, row.pending

    def grader(
        self, who: str = "maria", *, names: bool = False, share: float = 0.0, port: int = PORT
    ) -> "Grader":
        """Sit a grader down before the page."""
        return Grader(self, Desk(self.book(), None, who, names, share), port)


class Grader:
    """A grader at the page, without a browser."""

    def __init__(self, course: Course, desk: Desk, port: int) -> None:
        self.desk, self.at = desk, ""
        self.course = course
        app, self.office = application(desk, token=TOKEN, port=port)
        self.client = TestClient(app, base_url=f"http://127.0.0.1:{port}")
        self.client.headers["origin"] = f"http://127.0.0.1:{port}"
        assert self.client.get("/", params={"token": TOKEN}).status_code == 200

    def view(self) -> View:
        """Return what this grader sees."""
        with self.desk.book.reading() as session:
            return self.desk.look(session)

    def item(self, student: str, check: str = "why.sum") -> Item:
        """Return an item of a student."""
        view = self.view()
        (attempt,) = (each.id for each in view.handed if each.person.id == student)
        (found,) = (
            each for each in view.items if each.attempt_id == attempt and each.name == check
        )
        return found

    def get(self, path: str, **query: str) -> str:
        """Return a page."""
        answer = self.client.get(path, params=query or None)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, status: int = 200, **form: str) -> str:
        """Send a form, and return the page that it leads to."""
        answer = self.client.post(path, data=form)
        assert answer.status_code == status, answer.text
        self.at = answer.url.path + (f"?{answer.url.query.decode()}" if answer.url.query else "")
        return answer.text

    def give(self, item: Item, points: float, status: int = 200, **form: str) -> str:
        """Give an item points, as its page does that was opened when the item was as it is."""
        sent = {"seen": str(item.last), "points": f"{points:g}", **form}
        return self.post(f"/item/{item.key}/points", status, **sent)
