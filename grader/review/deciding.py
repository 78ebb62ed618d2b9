"""Giving points on the page: to one item or to all equal answers, and taking them back."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.gradebook.decisions import decide, undo
from grader.gradebook.tables import Attempt, Decision, RubricItem
from grader.review.items import Item, View

_MOST_COMMENTS: Final = 20


def give(
    session: Session,
    items: Sequence[Item],
    points: float,
    *,
    who: str,
    comment: str,
    rubric: RubricItem | None,
) -> list[Decision]:
    """Give points to items, all or none: a decision for each, or an opinion on a second look.

    Raises UsageError where one of them cannot have so many.
    """
    made = [
        decide(
            session,
            session.get_one(Attempt, each.attempt_id),
            points,
            who=who,
            exercise=each.waiting.exercise,
            check_id=each.waiting.check,
            # What was found is told to the student in the words of the rubric.
            comment=comment or (rubric.text if rubric is not None else ""),
            rubric=[] if rubric is None else [rubric.id],
            opinion=each.second,
        )
        for each in items
    ]
    if len(made) > 1:
        for decision in made:
            decision.together = made[0].id
    return made


def all_equal(view: View, item: Item) -> list[Item]:
    """Return an item and what gets points with it: equal answers that wait and that are free."""
    equal = view.group(item).items
    return [item, *(each for each in equal if each != item and each.waits and not each.held_by)]


def last_of(session: Session, view: View, who: str) -> list[Decision]:
    """Return what a grader decided last and is in force: one decision, or those made at once."""
    own = (
        select(Decision)
        .join(Attempt, Attempt.id == Decision.attempt_id)
        .where(
            Attempt.assignment_id == view.assignment.id,
            Decision.who == who,
            Decision.exercise != "",
            Decision.undone_at.is_(None),
        )
        .order_by(Decision.id.desc())
    )
    last = session.scalar(own.limit(1))
    if last is None or last.together is None:
        return [] if last is None else [last]
    return list(session.scalars(own.where(Decision.together == last.together)))


def take_back(session: Session, decisions: Sequence[Decision], who: str) -> None:
    """Undo decisions."""
    for each in decisions:
        undo(session, each, who=who)


def former_comments(view: View, check: str) -> list[str]:
    """Return the comments that were given at a check, the most frequent first."""
    given = [
        each.comment
        for item in view.checks.get(check, ())
        for each in (*item.decisions, *item.opinions)
        if each.comment and each.undone_at is None
    ]
    return [comment for comment, _count in Counter(given).most_common(_MOST_COMMENTS)]
