"""A gradebook as it was at a moment, in a copy of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from grader.gradebook.book import Gradebook
from grader.gradebook.grades import refresh
from grader.gradebook.tables import (
    Assignment,
    Attempt,
    Decision,
    Extension,
    Grade,
    Grading,
    Lock,
    Person,
    Publication,
    RegradeRequest,
    Score,
    Void,
)


@contextmanager
def book_at(path: Path, moment: datetime) -> Iterator[Gradebook]:
    """Have a copy of a gradebook without all that came after a moment; the book stays as it is.

    What was in force at that second counts. The rules of assignments are those of now: former ones
    are not kept.
    """
    Gradebook.opened(path).close()
    with TemporaryDirectory(prefix="gradebook-") as folder:
        copy = Path(folder) / path.name
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        book = Gradebook.opened(copy)
        try:
            with book.writing() as session:
                _go_back(session, moment)
            yield book
        finally:
            book.close()


def _go_back(session: Session, moment: datetime) -> None:
    """Take out what came later, and let count what was undone later."""
    session.execute(delete(Grade))
    session.execute(delete(Lock))
    later = select(Grading.id).where(Grading.at > moment)
    session.execute(delete(Score).where(Score.grading_id.in_(later)))
    for table in (Grading, Publication, RegradeRequest, Decision, Extension, Void):
        session.execute(delete(table).where(table.at > moment))
    for undone in (Decision, Extension, Void):
        session.execute(
            update(undone).where(undone.undone_at > moment).values(undone_at=None, undone_by=None)
        )
    _drop_attempts(session, moment)
    session.expire_all()
    for assignment in session.scalars(select(Assignment)).all():
        for person_id in session.scalars(select(Person.id)).all():
            refresh(session, person_id, assignment)


def _drop_attempts(session: Session, moment: datetime) -> None:
    """Take out the attempts that were not there yet: what nobody graded, and nobody could not."""
    graded = select(Grading.attempt_id)
    unknown = (Attempt.id.not_in(graded)) & ((Attempt.problem == "") | (Attempt.handed_in > moment))
    gone = session.scalars(select(Attempt.id).where(unknown)).all()
    for table in (Decision, RegradeRequest, Publication):
        session.execute(delete(table).where(table.attempt_id.in_(gone)))
    session.execute(delete(Attempt).where(Attempt.id.in_(gone)))
