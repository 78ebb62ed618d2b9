"""The grades of a gradebook as a table and as JSON, and the history of one student."""

import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.gradebook.grades import published, result_of
from grader.gradebook.tables import (
    Assignment,
    Attempt,
    Decision,
    Extension,
    Grade,
    Grading,
    Person,
    Publication,
)
from grader.reports.csv_file import table

COLUMNS: Final = (
    *("student", "name", "section", "grade", "max_score", "pending", "score", "adjustment"),
    *("deduction", "status", "attempt", "handed_in", "state", "note"),
)


def grades(session: Session, assignment: Assignment) -> list[Grade]:
    """Return the grades of an assignment, in the order of the students' identifiers."""
    of_assignment = select(Grade).where(Grade.assignment_id == assignment.id)
    return list(session.scalars(of_assignment.order_by(Grade.person_id)))


def state(session: Session, grade: Grade) -> str:
    """Return whether a grade is a `draft`, `published`, or has `changed` since it was."""
    told = published(session, grade)
    if told is None:
        return "draft"
    same = (told.grade, told.pending, told.attempt_id) == (
        grade.grade,
        grade.pending,
        grade.attempt_id,
    )
    return "published" if same else "changed"


def grades_csv(session: Session, assignment: Assignment) -> str:
    """Return the grades of an assignment as CSV, a line for each student of the gradebook.

    The points of each exercise follow, as they count. What there is nothing of is empty, never 0.
    """
    every = grades(session, assignment)
    scores = [_by_exercise(session, each) for each in every]
    ids = tuple(dict.fromkeys(id_ for each in scores for id_ in each))
    rows: list[list[str | float]] = [[*COLUMNS, *ids]]
    for grade, by_exercise in zip(every, scores, strict=True):
        plain = _row(session, grade)
        cells = [plain[name] for name in COLUMNS] + [by_exercise.get(each) for each in ids]
        rows.append(["" if each is None else each for each in cells])
    return table(rows)


def grades_json(session: Session, assignment: Assignment) -> str:
    """Return the grades of an assignment as JSON: a list with an object for each student."""
    told = [
        {**_row(session, each), "exercises": _by_exercise(session, each)}
        for each in grades(session, assignment)
    ]
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _row(session: Session, grade: Grade) -> dict[str, Any]:
    attempt = grade.attempt
    return {
        "student": grade.person_id,
        "name": grade.person.name,
        "section": grade.person.section,
        "grade": grade.grade,
        "max_score": grade.max_score,
        "pending": grade.pending if grade.grade is not None else None,
        "score": grade.score,
        "adjustment": grade.adjustment or None,
        "deduction": grade.deduction or None,
        "status": grade.status,
        "attempt": None if attempt is None else float(attempt.number),
        "handed_in": _moment(attempt.handed_in) if attempt and attempt.handed_in else None,
        "state": state(session, grade),
        "note": grade.note,
    }


def _by_exercise(session: Session, grade: Grade) -> dict[str, float]:
    result = None if grade.attempt is None else result_of(session, grade.attempt)
    return {} if result is None else {each.id: each.score for each in result.exercises}


def _moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def history(session: Session, person: Person) -> Iterator[str]:
    """Yield lines on all that the gradebook knows of a student, the earliest first.

    What is behind a number in square brackets can be undone by it.
    """
    told: list[tuple[Any, int, str]] = []
    of_person = select(Attempt).where(Attempt.person_id == person.id)
    for attempt in session.scalars(of_person.order_by(Attempt.id)):
        told += _of_attempt(session, attempt)
    for each in session.scalars(select(Extension).where(Extension.person_id == person.id)):
        text = f"may hand in until {_moment(each.until)}, by {each.who}{_because(each.why)}"
        told.append((each.at, 2, text + _undone(each)))
    for one in session.scalars(select(Publication).where(Publication.person_id == person.id)):
        pending = f", {one.pending:g} pending" if one.pending else ""
        told.append((one.at, 4, f"was told {one.grade:g}{pending}: {one.where}, by {one.who}"))
    # What happened at one moment stays in its order, which the texts do not have: [9], then [10].
    for at, _order, text in sorted(told, key=lambda each: each[:2]):
        yield f"{_moment(at)}  {text}"


def _of_attempt(session: Session, attempt: Attempt) -> Iterator[tuple[Any, int, str]]:
    name = f"{session.get_one(Assignment, attempt.assignment_id).name}, attempt {attempt.number}"
    gradings = select(Grading).where(Grading.attempt_id == attempt.id).order_by(Grading.id)
    every = list(session.scalars(gradings))
    if attempt.handed_in is not None:
        yield attempt.handed_in, 0, f"{name}: handed in as {attempt.submission}"
    for each in every:
        pending = f", {each.pending:g} pending" if each.pending else ""
        what = "judged again" if each.cause == "rejudge" else "graded"
        score = f"{each.score:g} of {each.max_score:g}{pending}"
        yield each.at, 1, f"{name}: {what}, {score} (grader {each.grader_version})"
    decided = select(Decision).where(Decision.attempt_id == attempt.id).order_by(Decision.id)
    for one in session.scalars(decided):
        yield one.at, 3, f"{name}: [{one.id}] {_decided(one)}"


def _decided(one: Decision) -> str:
    points = f"{one.points:g} points for {one.exercise}.{one.check_id}"
    if one.kind == "adjustment":
        points = f"{one.points:+g} points beside the checks"
    if one.kind == "withdrawal":
        points = "withdrawn"
    only = " (a second opinion)" if one.kind == "opinion" else ""
    return f"{points}{only}, by {one.who}{_because(one.comment or one.why)}{_undone(one)}"


def _undone(one: Decision | Extension) -> str:
    return f"; undone by {one.undone_by}" if one.undone_at is not None else ""


def _because(why: str) -> str:
    return f": {why}" if why else ""
