"""Attempts that the list of what was collected says are nobody's: they do not count."""

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.collecting.downloads import inside
from grader.collecting.manifest import MANIFEST, Collected
from grader.course.jobs import How, Job
from grader.course.store import digests
from grader.gradebook.attempts import is_of
from grader.gradebook.decisions import undo, user, withdraw
from grader.gradebook.grades import withdrawal_of
from grader.gradebook.tables import Attempt
from grader.text import encodable, one_line


def follow(session: Session, results: str, folder: Path, rows: Collection[Collected]) -> list[str]:
    """Withdraw attempts that a list says are nobody's by now; bring back what it gives back.

    `rows` are those of the list in `folder`, `results` is the folder of results of the attempts.
    Returns what is to be told. What the list said when it was last read is no news: whoever undid
    it did so later.
    """
    told: list[str] = []
    aside = [each for each in rows if each.file and not each.student]
    sources = {encodable(inside(each.source)) for each in aside}
    own = select(Attempt).where(Attempt.results == results, Attempt.source != "")
    for attempt in session.scalars(own.order_by(Attempt.id)):
        if not attempt.set_aside and inside(attempt.source) not in sources:
            continue
        nobody_s = _is_nobody_s(folder, rows, attempt)
        if nobody_s != attempt.set_aside:
            told += _taken_in(session, attempt, nobody_s)
        attempt.set_aside = nobody_s
    return told


def _taken_in(session: Session, attempt: Attempt, nobody_s: bool) -> list[str]:
    whose = f"{one_line(attempt.person_id)}, attempt {attempt.number}"
    if nobody_s:
        why = f"its line in {MANIFEST} says that it is nobody's"
        decision = withdraw(session, attempt, who=user(), why=why)
        return [f"{whose} is withdrawn [{decision.id}]: {why}."]
    found = withdrawal_of(session, attempt)
    if found is None:
        return []
    undo(session, found, who=user())
    return [f"{whose} counts again: {MANIFEST} has it as a student's."]


def _is_nobody_s(folder: Path, rows: Collection[Collected], attempt: Attempt) -> bool:
    """Whether a list has an attempt's file as nobody's, and no more as the student's."""
    own = [
        each
        for each in rows
        if each.file
        and encodable(inside(each.source)) == inside(attempt.source)
        and (each.handed_in is None or each.handed_in == attempt.handed_in)
        and is_of(attempt, *digests(Job(folder / each.file, "", How(), folder=folder)))
    ]
    if any(encodable(each.student) == attempt.person_id for each in own):
        return False
    return any(not each.student for each in own)
