"""What persons decide: points, adjustments, extensions and void checks, each of them undone too."""

import getpass
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.errors import UsageError
from grader.gradebook.grades import extensions, refresh, refresh_all, result_of, withdrawal_of
from grader.gradebook.tables import Assignment, Attempt, Decision, Extension, Grading, Void, now
from grader.results.model import CheckResult, Result

Kind = Literal["points", "adjustment", "opinion", "withdrawal"]
STEP: Final = 0.5


def user() -> str:
    """Return by whom a decision is made where nobody is named: the user of this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def decide(
    session: Session,
    attempt: Attempt,
    points: float,
    *,
    who: str,
    exercise: str = "",
    check_id: str = "",
    comment: str = "",
    why: str = "",
    rubric: Sequence[int] = (),
    opinion: bool = False,
    from_table: bool = False,
) -> Decision:
    """Give a check of an attempt its points, or the attempt an adjustment where none is named.

    The points count in the place of what the check came to and of what was given before, whatever
    is graded again. With `opinion`, they are kept for comparison and do not count; `from_table`
    says that a line of a table has them. Raises UsageError where there is no such check, or where
    it cannot have so many points.
    """
    kind: Kind = "opinion" if opinion else "points"
    if not exercise:
        kind = "adjustment"
        _require_steps(points)
    else:
        _require_points(points, required_check(session, attempt, exercise, check_id))
    decision = Decision(
        attempt_id=attempt.id,
        kind=kind,
        exercise=exercise,
        check_id=check_id,
        points=points,
        comment=comment,
        why=why,
        rubric=list(rubric),
        who=who,
        from_table=from_table,
    )
    return _added(session, attempt, decision)


def withdraw(session: Session, attempt: Attempt, *, who: str, why: str) -> Decision:
    """Let an attempt not count, whatever it came to and was given; undoing that brings it back.

    Twice is once.
    """
    former = withdrawal_of(session, attempt)
    if former is not None:
        return former
    kind: Kind = "withdrawal"
    decision = Decision(attempt_id=attempt.id, kind=kind, points=0.0, why=why, who=who)
    return _added(session, attempt, decision)


def _added(session: Session, attempt: Attempt, decision: Decision) -> Decision:
    session.add(decision)
    refresh(session, attempt.person_id, session.get_one(Assignment, attempt.assignment_id))
    return decision


def decided(session: Session, attempt: Attempt, exercise: str, check_id: str) -> Sequence[Decision]:
    """Return all points that a check of an attempt was ever given, the earliest first.

    Those that were undone are among them.
    """
    about = select(Decision).where(
        Decision.attempt_id == attempt.id,
        Decision.kind == "points",
        Decision.exercise == exercise,
        Decision.check_id == check_id,
    )
    return session.scalars(about.order_by(Decision.id)).all()


def undo(session: Session, decision: Decision, *, who: str) -> None:
    """Take a decision back: what was decided before it counts again. Twice is once."""
    if decision.undone_at is None:
        decision.undone_at, decision.undone_by = now(), who
    attempt = session.get_one(Attempt, decision.attempt_id)
    refresh(session, attempt.person_id, session.get_one(Assignment, attempt.assignment_id))


def extend(
    session: Session, person_id: str, assignment: Assignment, until: datetime, *, who: str, why: str
) -> Extension:
    """Let a student hand in until another moment; it takes the place of a former extension."""
    row = Extension(person_id=person_id, assignment_id=assignment.id, until=until, why=why, who=who)
    session.add(row)
    refresh(session, person_id, assignment)
    return row


def take_extension_back(
    session: Session, person_id: str, assignment: Assignment, *, who: str
) -> Extension | None:
    """Take a student's latest extension back, and return it; None where there is none in force."""
    row = session.scalar(extensions(person_id, assignment).limit(1))
    if row is not None:
        row.undone_at, row.undone_by = now(), who
        refresh(session, person_id, assignment)
    return row


def void(
    session: Session, assignment: Assignment, exercise: str, check_id: str, *, who: str, why: str
) -> Void:
    """Let a check give everybody its points, for a reason that reports show.

    Raises UsageError where no result of the assignment has such a check.
    """
    _require_known(session, assignment, exercise, check_id)
    row = Void(assignment_id=assignment.id, exercise=exercise, check_id=check_id, who=who, why=why)
    session.add(row)
    refresh_all(session, assignment)
    return row


def unvoid(session: Session, assignment: Assignment, exercise: str, check_id: str, who: str) -> int:
    """Let a check count again, and return how many times it was void."""
    in_force = select(Void).where(
        Void.assignment_id == assignment.id,
        Void.exercise == exercise,
        Void.check_id == check_id,
        Void.undone_at.is_(None),
    )
    rows = list(session.scalars(in_force))
    for row in rows:
        row.undone_at, row.undone_by = now(), who
    refresh_all(session, assignment)
    return len(rows)


def astray(session: Session, results: str) -> Counter[str]:
    """Return the checks that were decided about and that results do not have, as EXERCISE.CHECK.

    With each how many attempts of a folder of results that concerns. Points of a check that has
    another name by now count nothing, until it has the former one again.
    """
    in_force = (
        select(Decision.exercise, Decision.check_id, Decision.attempt_id)
        .join(Attempt, Attempt.id == Decision.attempt_id)
        .where(
            Attempt.results == results,
            Attempt.replaced.is_(False),
            Decision.kind == "points",
            Decision.undone_at.is_(None),
        )
        .distinct()
    )
    decided: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for exercise, check, attempt in session.execute(in_force):
        decided[attempt].add((exercise, check))
    void = select(Void.exercise, Void.check_id, Attempt.id).where(
        Void.assignment_id == Attempt.assignment_id,
        Void.undone_at.is_(None),
        Attempt.results == results,
        Attempt.replaced.is_(False),
    )
    for exercise, check, attempt in session.execute(void):
        decided[attempt].add((exercise, check))
    newest = select(func.max(Grading.id)).group_by(Grading.attempt_id)
    gradings = select(Grading.attempt_id, Grading.result).where(Grading.id.in_(newest))
    lost: Counter[str] = Counter()
    for attempt, text in session.execute(gradings):
        # Of a part, the others are not gone.
        if attempt in decided and not (tree := json.loads(text)).get("partial"):
            known = {
                (each["id"], one["id"]) for each in tree["exercises"] for one in each["checks"]
            }
            lost.update(f"{exercise}.{check}" for exercise, check in decided[attempt] - known)
    return lost


def required_check(session: Session, attempt: Attempt, exercise: str, check_id: str) -> CheckResult:
    """Return a check of an attempt as it counts. Raises UsageError where it has none of the id."""
    result = result_of(session, attempt)
    found = None if result is None else check_in(result, exercise, check_id)
    if found is None:
        what = f"{attempt.person_id}, attempt {attempt.number}"
        raise UsageError(
            f"{what} has no check {exercise}.{check_id}."
            if result is not None
            else f"{what} has no result: give points beside the checks, without naming one."
        )
    return found


def check_in(result: Result, exercise: str, check_id: str) -> CheckResult | None:
    """Return a check of a result, None where it has none of these ids."""
    checks = [check for each in result.exercises if each.id == exercise for check in each.checks]
    return next((check for check in checks if check.id == check_id), None)


def _require_known(session: Session, assignment: Assignment, exercise: str, check_id: str) -> None:
    of_assignment = select(Attempt).where(Attempt.assignment_id == assignment.id)
    known: set[str] = set()
    for attempt in session.scalars(of_assignment):
        result = result_of(session, attempt)
        if result is None:
            continue
        if check_in(result, exercise, check_id) is not None:
            return
        known |= {f"{each.id}.{check.id}" for each in result.exercises for check in each.checks}
    raise UsageError(
        f"No result of {assignment.name} has a check {exercise}.{check_id}. There are "
        f"{', '.join(sorted(known)) or 'no results yet'}."
    )


def _require_points(points: float, check: CheckResult) -> None:
    _require_steps(points)
    if not 0 <= points <= check.max_points:
        raise UsageError(
            f"{points:g} cannot be the points of {check.id}: give a multiple of {STEP:g} from 0 to "
            f"{check.max_points:g}, or more of them beside the checks, without naming one."
        )


def _require_steps(points: float) -> None:
    if points % STEP != 0:  # Neither is NaN nor an infinite number.
        raise UsageError(f"{points:g} are no points here: give a multiple of {STEP:g}.")
