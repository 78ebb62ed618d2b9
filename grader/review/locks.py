"""That a grader looks at something now: others see it, and are led past it.

A lock keeps nobody from deciding: whoever decides is never refused, and no decision is lost.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from grader.gradebook.tables import Lock, now
from grader.review.items import Item

# The page asks for it again each minute, and a browser may put that off for another.
HELD: Final = timedelta(minutes=3)


def hold(session: Session, items: Iterable[Item], who: str) -> None:
    """Let a grader hold what nobody else does, from now on for some minutes."""
    until = now() + HELD
    for each in items:
        place = (each.attempt_id, each.waiting.exercise, each.waiting.check)
        lock = session.get(Lock, place)
        if lock is not None and lock.who != who and lock.until > now():
            continue
        if lock is None:
            lock = Lock(attempt_id=place[0], exercise=place[1], check_id=place[2])
            session.add(lock)
        lock.who, lock.until = who, until


def release(session: Session, items: Iterable[Item], who: str) -> None:
    """Let others have what a grader held."""
    for each in items:
        session.execute(
            delete(Lock).where(
                Lock.attempt_id == each.attempt_id,
                Lock.exercise == each.waiting.exercise,
                Lock.check_id == each.waiting.check,
                Lock.who == who,
            )
        )
