"""What is done with a gradebook from the command line."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.collecting.roster import read_roster
from grader.course.bookkeeping.booking import Booking, folders_of
from grader.course.rejudging import refreshed
from grader.course.store import Store
from grader.errors import UsageError
from grader.files import write_atomically
from grader.gradebook import decisions
from grader.gradebook.attempts import enrol as take_roster
from grader.gradebook.book import Gradebook, assignment_named
from grader.gradebook.export import grades, grades_csv, grades_json, history, state
from grader.gradebook.tables import Assignment, Attempt, Decision, Grade, Person
from grader.reports.console import Page
from grader.reports.github import as_text, say
from grader.text import nearest

_STDOUT: Final = "-"
# What is told of a grade where there is nothing else to tell.
_STATUSES: Final = {
    "graded": "",
    "review": "waits for a person",
    "error": "the grader failed at some of it",
    "ungraded": "not graded yet",
    "unusable": "cannot be used",
    "withdrawn": "withdrawn",
    "missing": "without a notebook",
}


def tell_grades(path: Path, name: str | None, csv_file: str | None, json_file: str | None) -> None:
    """Print the grades of an assignment, or write them as a table or JSON."""
    book = Gradebook.opened(path)
    with book.reading() as session:
        assignment = assignment_named(session, name)
        for file, text in ((csv_file, grades_csv), (json_file, grades_json)):
            if file == _STDOUT:
                sys.stdout.write(text(session, assignment))
            elif file is not None:
                write_atomically(Path(file), text(session, assignment))
        if csv_file is None and json_file is None:
            console = Console()
            with as_text(console):
                _table(session, assignment, Page(console))


def _table(session: Session, assignment: Assignment, page: Page) -> None:
    every = grades(session, assignment)
    table = page.columns("Student", "Name", "Grade", "Pending", "State", "Note", left=2)
    for each in every:
        table.add_row(*(page.text(cell) for cell in _cells(session, each)))
    for column in table.columns[4:]:
        column.justify, column.no_wrap = "left", False
    page.line(f"{assignment.title or assignment.name}, {assignment.max_score:g} points")
    page.table(table)
    statuses = [each.status for each in every]
    told = {
        "graded": "graded",
        "review": "waiting for a person",
        "error": "on which the grader failed",
        "ungraded": "not graded yet",
        "unusable": "that cannot be used",
        "withdrawn": "withdrawn",
        "missing": "without a notebook",
    }
    counts = [
        f"{statuses.count(status)} {words}" for status, words in told.items() if status in statuses
    ]
    page.line(f"{len(every)} students: {', '.join(counts)}.")


def _cells(session: Session, grade: Grade) -> tuple[str, ...]:
    return (
        grade.person_id,
        grade.person.name,
        "" if grade.grade is None else f"{grade.grade:g}",
        f"{grade.pending:g}" if grade.pending else "",
        state(session, grade),
        grade.note or _STATUSES[grade.status],
    )


def tell_student(path: Path, student: str) -> None:
    """Print all that the gradebook knows of a student."""
    console = Console()
    with Gradebook.opened(path).reading() as session:
        person = required_person(session, student)
        known = ", ".join(filter(None, (person.name, person.email, person.section)))
        say(console, f"{person.id}{f' ({known})' if known else ''}")
        for line in history(session, person):
            say(console, f"  {line}")


def enrol(path: Path, roster: Path) -> None:
    """Take in a roster; a gradebook that is not there is made."""
    people = read_roster(roster)
    with Gradebook.opened(path, create=True).writing() as session:
        take_roster(session, people.values())
    say(Console(), f"{len(people)} students are on the roster of {path}.")


def give_points(
    path: Path,
    student: str,
    points: float,
    *,
    check: str | None,
    attempt: int | None,
    assignment: str | None,
    comment: str,
    why: str,
    who: str | None,
) -> None:
    """Give an attempt of a student points: those of a check, or beside all of them."""
    book = Gradebook.opened(path)
    with book.writing() as session:
        row = assignment_named(session, assignment)
        person = required_person(session, student)
        exercise, check_id = named_check(check) if check is not None else ("", "")
        decision = decisions.decide(
            session,
            _attempt(session, person, row, attempt),
            points,
            who=who or decisions.user(),
            exercise=exercise,
            check_id=check_id,
            comment=comment,
            why=why,
        )
        _tell_grade(session, person, row, f"[{decision.id}] ")
    bring_up_to_date(book)


def withdraw(
    path: Path,
    student: str,
    *,
    attempt: int | None,
    assignment: str | None,
    why: str,
    who: str | None,
) -> None:
    """Let an attempt of a student not count."""
    with Gradebook.opened(path).writing() as session:
        row, person = assignment_named(session, assignment), required_person(session, student)
        own = _attempt(session, person, row, attempt)
        decision = decisions.withdraw(session, own, who=who or decisions.user(), why=why)
        _tell_grade(session, person, row, f"[{decision.id}] ")


def rename(path: Path, old: str, new: str) -> None:
    """Let an assignment have another name, with all that was graded and decided.

    Raises UsageError where the gradebook holds one of the new name already.
    """
    with Gradebook.opened(path).writing() as session:
        row = assignment_named(session, old)
        if session.scalar(select(Assignment.id).where(Assignment.name == new)) is not None:
            raise UsageError(f"{path} holds an assignment {new} already: two are not made one.")
        row.name = new
    say(Console(), f"{old} is {new} in {path} from now on.")


def undo(path: Path, number: int, who: str | None) -> None:
    """Take a decision back."""
    book = Gradebook.opened(path)
    with book.writing() as session:
        decision = session.get(Decision, number)
        if decision is None:
            raise UsageError(
                f"There is no decision {number}: `grader gradebook show BOOK STUDENT` lists them."
            )
        decisions.undo(session, decision, who=who or decisions.user())
        attempt = decision.attempt
        _tell_grade(session, attempt.person, attempt.assignment)
    bring_up_to_date(book)


def extend(
    path: Path, student: str, until: datetime, *, assignment: str | None, why: str, who: str | None
) -> None:
    """Let a student hand in until another moment."""
    with Gradebook.opened(path).writing() as session:
        row, person = assignment_named(session, assignment), required_person(session, student)
        by = who or decisions.user()
        decisions.extend(session, person.id, row, until, who=by, why=why)
        _tell_grade(session, person, row)


def take_extension_back(
    path: Path, student: str, *, assignment: str | None, who: str | None
) -> None:
    """Let the extension before the latest count, or the deadline of the assignment."""
    with Gradebook.opened(path).writing() as session:
        row, person = assignment_named(session, assignment), required_person(session, student)
        if not decisions.take_extension_back(session, person.id, row, who=who or decisions.user()):
            raise UsageError(f"{person.id} has no extension for {row.name}: nothing was changed.")
        _tell_grade(session, person, row)


def void(
    path: Path, check: str, *, assignment: str | None, why: str, who: str | None, back: bool
) -> None:
    """Give everybody the points of a check, or let it count again."""
    book, by = Gradebook.opened(path), who or decisions.user()
    exercise, check_id = named_check(check)
    with book.writing() as session:
        row = assignment_named(session, assignment)
        before = {each.person_id: each.grade for each in grades(session, row)}
        if back:
            if not decisions.unvoid(session, row, exercise, check_id, by):
                raise UsageError(f"{check} of {row.name} is not void.")
        else:
            decisions.void(session, row, exercise, check_id, who=by, why=why)
        moved = [each for each in grades(session, row) if each.grade != before[each.person_id]]
        moves = "1 grade moves" if len(moved) == 1 else f"{len(moved)} grades move"
        say(Console(), f"{check} {'counts again' if back else 'is void'}: {moves}.")
    bring_up_to_date(book)


def bring_up_to_date(book: Gradebook) -> None:
    """Write anew what the folders of results of a gradebook hold, with what was decided."""
    console = Console(stderr=True)
    for sentence in brought_up_to_date(book):
        say(console, sentence)


def brought_up_to_date(book: Gradebook) -> Iterator[str]:
    """Write anew what the folders of results hold, and yield what stayed as it was."""
    for folder in folders_of(book.path):
        store = Store(folder)
        if not store.folder.is_dir():
            yield f"{folder} is not there: its reports stay as they are."
            continue
        try:
            with store.alone():
                booking = Booking.of(store, book.path)
                yield from refreshed(store, booking.points() if booking else {}, None)
        except UsageError as error:
            # What was decided is in the gradebook: a failure would ask for it a second time.
            yield (
                f"It is in the gradebook, but reports in {folder} stay as they are: {error} The "
                "next `grade` or `grader rejudge` writes them."
            )


def named_check(text: str) -> tuple[str, str]:
    """Return the ids in `EXERCISE.CHECK`. Raises UsageError where it is not that."""
    exercise, dot, check = text.partition(".")
    if not (dot and exercise and check):
        raise UsageError(f"{text!r} names no check: write it as reports do, EXERCISE.CHECK.")
    return exercise, check


def required_person(session: Session, student: str) -> Person:
    """Return a student. Raises UsageError where the gradebook knows nobody of the identifier."""
    person = session.get(Person, student)
    if person is None:
        near = nearest(student, session.scalars(select(Person.id)).all())
        hint = f" There is {near!r}." if near is not None else ""
        raise UsageError(f"The gradebook knows no student {student!r}.{hint}")
    return person


def _attempt(session: Session, person: Person, row: Assignment, number: int | None) -> Attempt:
    """Return the attempt of a number, or the one that counts, or the last."""
    of_person = select(Attempt).where(
        Attempt.person_id == person.id, Attempt.assignment_id == row.id
    )
    every = {each.number: each for each in session.scalars(of_person.order_by(Attempt.number))}
    grade = session.get(Grade, (person.id, row.id))
    if number is None and grade is not None and grade.attempt is not None:
        return grade.attempt
    found = every.get(max(every, default=0) if number is None else number)
    if found is None:
        known = ", ".join(map(str, every)) or "none"
        raise UsageError(f"{person.id} has no such attempt at {row.name}; there is {known}.")
    return found


def _tell_grade(session: Session, person: Person, row: Assignment, before: str = "") -> None:
    grade = session.get(Grade, (person.id, row.id))
    if grade is None:
        say(Console(), f"{before}{person.id}, {row.name}: nothing was handed in yet")
        return
    known = "nothing" if grade.grade is None else f"{grade.grade:g} of {grade.max_score:g}"
    note = f" ({grade.note})" if grade.note else ""
    say(Console(), f"{before}{person.id}, {row.name}: {known}{note}")
