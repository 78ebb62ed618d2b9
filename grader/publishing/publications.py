"""What there is to publish of an assignment, and what was published already."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.collecting.roster import Person as Student
from grader.errors import UsageError
from grader.gradebook.book import Gradebook
from grader.gradebook.export import grades
from grader.gradebook.grades import published
from grader.gradebook.tables import Assignment, Grade, Person, Publication


@dataclass(frozen=True)
class Ready:
    """A grade that a student can be told."""

    student: Student
    grade: float
    score: float
    adjustment: float
    deduction: float
    pending: float
    max_score: float
    attempt_id: int | None


@dataclass(frozen=True)
class Publishable:
    """The grades of an assignment; `without` are the students who have none."""

    assignment: str
    assignment_id: int
    max_score: float
    students: tuple[Student, ...]
    ready: tuple[Ready, ...]
    without: tuple[str, ...]


def publishable(session: Session, assignment: Assignment, *, provisional: bool) -> Publishable:
    """Return the grades of an assignment that students can be told.

    Raises UsageError where points of any wait for a person, and grades are not `provisional`.
    """
    every = grades(session, assignment)
    waiting = [each for each in every if each.grade is not None and each.pending]
    if waiting and not provisional:
        named = ", ".join(each.person_id for each in waiting[:10])
        more = f" and {len(waiting) - 10} more" if len(waiting) > 10 else ""
        raise UsageError(
            f"Points of {len(waiting)} of {len(every)} students are pending, so that their grades "
            f"would change again: {named}{more}. `grader rejudge BOOK --waiting TABLE` lists "
            "them. Decide on them first, or add --provisional to publish what is known."
        )
    return Publishable(
        assignment.name,
        assignment.id,
        assignment.max_score,
        tuple(_student(each) for each in session.scalars(select(Person).order_by(Person.id))),
        tuple(_ready(each) for each in every if each.grade is not None),
        tuple(_without(session, each) for each in every if each.grade is None),
    )


def _without(session: Session, grade: Grade) -> str:
    """Return a line on a student who has no grade, also where one was told before."""
    told = published(session, grade)
    before = f", and was told {told.grade:g}" if told is not None else ""
    return f"{grade.person_id} ({grade.status}{before})"


def _student(person: Person) -> Student:
    return Student(person.id, person.name, person.email, person.section, dict(person.extras))


def _ready(grade: Grade) -> Ready:
    return Ready(
        _student(grade.person),
        grade.grade or 0.0,
        grade.score or 0.0,
        grade.adjustment,
        grade.deduction,
        grade.pending,
        grade.max_score,
        grade.attempt_id,
    )


def unpublished(
    session: Session, what: Publishable, where: str, each: Iterable[Ready]
) -> list[Ready]:
    """Return those of grades that were not published there yet, or were another then."""
    last = {
        row.person_id: (row.grade, row.pending, row.attempt_id)
        for row in session.scalars(
            select(Publication)
            .where(Publication.assignment_id == what.assignment_id, Publication.where == where)
            .order_by(Publication.id)
        )
    }
    return [
        one for one in each if last.get(one.student.id) != (one.grade, one.pending, one.attempt_id)
    ]


def put_on_record(
    book: Gradebook, what: Publishable, each: Iterable[Ready], *, where: str, who: str
) -> None:
    """Keep that students were told these grades."""
    with book.writing() as session:
        session.add_all(
            Publication(
                person_id=one.student.id,
                assignment_id=what.assignment_id,
                attempt_id=one.attempt_id,
                grade=one.grade,
                pending=one.pending,
                where=where,
                who=who,
            )
            for one in each
        )
