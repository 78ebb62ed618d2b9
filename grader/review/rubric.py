"""The rubric items of a check: what graders find again and again, and the points for it."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from grader.errors import UsageError
from grader.gradebook.decisions import STEP
from grader.gradebook.tables import Assignment, RubricItem
from grader.review.items import GoneError, Waiting


def rubric_of(session: Session, assignment: Assignment, waiting: Waiting) -> list[RubricItem]:
    """Return the items of a check that are in use, in their order."""
    own = select(RubricItem).where(*_own(assignment, waiting), RubricItem.retired.is_(False))
    return list(session.scalars(own.order_by(RubricItem.position, RubricItem.id)))


def retired_of(session: Session, assignment: Assignment, waiting: Waiting) -> list[RubricItem]:
    """Return the items of a check that are not offered any more."""
    own = select(RubricItem).where(*_own(assignment, waiting), RubricItem.retired.is_(True))
    return list(session.scalars(own.order_by(RubricItem.position, RubricItem.id)))


def rubric_item(
    session: Session, assignment: Assignment, waiting: Waiting, number: int
) -> RubricItem:
    """Return an item of a check. Raises GoneError where it has none of this number."""
    found = session.scalar(
        select(RubricItem).where(*_own(assignment, waiting), RubricItem.id == number)
    )
    if found is None:
        raise GoneError(f"{waiting.name} has no such rubric item.")
    return found


def add(
    session: Session, assignment: Assignment, waiting: Waiting, text: str, points: float
) -> None:
    """Add an item as the last. Raises UsageError where it is none."""
    _require(waiting, text, points)
    last = session.scalar(select(func.max(RubricItem.position)).where(*_own(assignment, waiting)))
    session.add(
        RubricItem(
            assignment_id=assignment.id,
            exercise=waiting.exercise,
            check_id=waiting.check,
            position=(last or 0) + 1,
            text=text.strip(),
            points=points,
        )
    )


def edit(item: RubricItem, waiting: Waiting, text: str, points: float) -> None:
    """Change an item; what was decided by it stays. Raises UsageError where it would be none."""
    _require(waiting, text, points)
    item.text, item.points = text.strip(), points


def _own(assignment: Assignment, waiting: Waiting) -> tuple[ColumnElement[bool], ...]:
    return (
        RubricItem.assignment_id == assignment.id,
        RubricItem.exercise == waiting.exercise,
        RubricItem.check_id == waiting.check,
    )


def _require(waiting: Waiting, text: str, points: float) -> None:
    if not text.strip():
        raise UsageError("A rubric item needs some words.")
    if points % STEP != 0 or not 0 <= points <= waiting.max_points:
        raise UsageError(
            f"{points:g} cannot be the points of {waiting.name}: give a multiple of {STEP:g} from "
            f"0 to {waiting.max_points:g}."
        )
