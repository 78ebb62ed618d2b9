"""What counts for a student: the attempt that does, late rules, and what persons decided."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from grader import models
from grader.assignment.config import HandingIn
from grader.errors import UsageError
from grader.gradebook.deadlines import Lateness, lateness
from grader.gradebook.tables import (
    Assignment,
    Attempt,
    Decision,
    Extension,
    Grade,
    Grading,
    Person,
    Publication,
    Void,
)
from grader.models import FieldError
from grader.results.by_hand import Given, with_points
from grader.results.model import Result, renewed

MISSING: Final = "missing"
UNUSABLE: Final = "unusable"
WITHDRAWN: Final = "withdrawn"
UNGRADED: Final = "ungraded"


@dataclass(frozen=True)
class Standing:
    """What an attempt is worth: `result` has the points that persons gave, None where none is.

    `withdrawal` is the decision by which it does not count, None where it may.
    """

    attempt: Attempt
    result: Result | None
    adjustment: float
    late: Lateness
    withdrawal: Decision | None = None

    @property
    def usable(self) -> bool:
        """Whether there is anything to count."""
        there = self.result is not None or self.adjustment != 0
        return there and self.withdrawal is None

    @property
    def ungraded(self) -> bool:
        """Whether it is still to be graded."""
        return self.result is None and not self.attempt.problem and self.withdrawal is None

    @property
    def score(self) -> float:
        """The points of its checks."""
        return 0.0 if self.result is None else self.result.score

    @property
    def grade(self) -> float:
        """What it counts."""
        return max(0.0, self.score + self.adjustment - self.late.deduction)


def refresh(session: Session, person_id: str, assignment: Assignment) -> None:
    """Write anew what counts for a student.

    Who is not on the roster and has handed in nothing has no grade: a file of theirs was renamed.
    """
    session.flush()
    every = standings(session, person_id, assignment)
    former = session.get(Grade, (person_id, assignment.id))
    if not every and not session.get_one(Person, person_id).on_roster:
        if former is not None:
            session.delete(former)
            session.flush()
        return
    row = former or Grade(person_id=person_id, assignment_id=assignment.id)
    _write(row, every, counting(every, _rule(assignment)), assignment)
    session.add(row)
    session.flush()


def refresh_all(session: Session, assignment: Assignment) -> None:
    """Write anew what counts for every student of an assignment."""
    of_assignment = select(Grade.person_id).where(Grade.assignment_id == assignment.id)
    for person_id in session.scalars(of_assignment).all():
        refresh(session, person_id, assignment)


def extensions(person_id: str, assignment: Assignment) -> Select[Extension]:
    """Return the query for a student's extensions in force, the latest first: that one counts."""
    of_student = select(Extension).where(
        Extension.person_id == person_id,
        Extension.assignment_id == assignment.id,
        Extension.undone_at.is_(None),
    )
    return of_student.order_by(Extension.id.desc())


def standings(session: Session, person_id: str, assignment: Assignment) -> list[Standing]:
    """Return what each attempt of a student is worth, the first attempt first."""
    of_student = select(Attempt).where(
        Attempt.person_id == person_id, Attempt.assignment_id == assignment.id
    )
    extension = session.scalar(extensions(person_id, assignment).limit(1))
    until = None if extension is None else extension.until
    found = []
    for attempt in _by_time(session.scalars(of_student.order_by(Attempt.number)).all()):
        result = result_of(session, attempt)
        score = 0.0 if result is None else result.score
        most = assignment.max_score if result is None else result.max_score
        late = lateness(_rule(assignment), attempt.handed_in, score, most, until)
        beside, gone = adjustment_of(session, attempt), withdrawal_of(session, attempt)
        found.append(Standing(attempt, result, beside, late, gone))
    return found


def _by_time(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return attempts in the order in which they were handed in, as far as that is known.

    One that was collected late has a later number all the same. Those of unknown times keep their
    places.
    """
    timed = iter(sorted((each.handed_in, each.number, each) for each in attempts if each.handed_in))
    return [each if each.handed_in is None else next(timed)[-1] for each in attempts]


def counting(every: Iterable[Standing], rule: HandingIn) -> Standing | None:
    """Return the attempt that counts: the best or the last of those that are worth anything.

    One that came after it was closed counts only where there is no other.
    """
    usable = [each for each in every if each.usable]
    usable = [each for each in usable if not each.late.closed] or usable
    if rule.counts == "best":
        # Of equals the last: it is what the student has in mind.
        return max(reversed(usable), key=lambda each: each.grade, default=None)
    return usable[-1] if usable else None


def result_of(session: Session, attempt: Attempt) -> Result | None:
    """Return what an attempt came to with all that persons decided, None where it has no result."""
    newest = select(Grading.result).where(Grading.attempt_id == attempt.id)
    text = session.scalar(newest.order_by(Grading.id.desc()).limit(1))
    if text is None:
        return None
    result = models.loads(Result, renewed(text))
    return with_points(result, given(session, attempt))


def given(session: Session, attempt: Attempt) -> tuple[Given, ...]:
    """Return the points that count in an attempt: decisions in force, then checks that are void."""
    decided = _in_force(select(Decision).where(Decision.attempt_id == attempt.id))
    void = select(Void).where(Void.assignment_id == attempt.assignment_id, Void.undone_at.is_(None))
    every = session.scalars(void.order_by(Void.id))
    return _given(attempt, session.scalars(decided), every)


def _given(
    attempt: Attempt, decided: Iterable[Decision], void: Iterable[Void]
) -> tuple[Given, ...]:
    # The last of two about one check counts.
    points = [
        Given(
            sha256=attempt.sha256,
            sources=attempt.sources,
            exercise=each.exercise,
            check=each.check_id,
            points=each.points,
            comment=each.comment,
            judged=True,
        )
        for each in decided
    ]
    points += [
        Given(
            sha256=attempt.sha256,
            sources=attempt.sources,
            exercise=each.exercise,
            check=each.check_id,
            points=0.0,
            comment=each.why,
            void=True,
        )
        for each in void
    ]
    return tuple(points)


def given_in(session: Session, results: str) -> dict[str, tuple[Given, ...]]:
    """Return what `given` does of all attempts of a folder of results, by their submissions.

    Those of former attempts are among them: each counts for its own notebook only.
    """
    there = select(Attempt).where(Attempt.results == results)
    decided = _in_force(select(Decision).join(Attempt).where(Attempt.results == results))
    points: dict[int, list[Decision]] = defaultdict(list)
    for decision in session.scalars(decided):
        points[decision.attempt_id].append(decision)
    void: dict[int, list[Void]] = defaultdict(list)
    for one in session.scalars(select(Void).where(Void.undone_at.is_(None)).order_by(Void.id)):
        void[one.assignment_id].append(one)
    found: dict[str, tuple[Given, ...]] = {}
    for each in session.scalars(there.order_by(Attempt.replaced.desc(), Attempt.id)):
        own = _given(each, points[each.id], void[each.assignment_id])
        found[each.submission] = (*found.get(each.submission, ()), *own)
    return found


def _in_force(decisions: Select[Any]) -> Select[Any]:
    """Return those of decisions that are points of checks and count, the earliest first."""
    counting = decisions.where(Decision.kind == "points", Decision.undone_at.is_(None))
    return counting.order_by(Decision.id)


def adjustment_of(session: Session, attempt: Attempt) -> float:
    """Return the points that were given or taken away beside all checks."""
    adjusted = select(Decision.points).where(
        Decision.attempt_id == attempt.id,
        Decision.kind == "adjustment",
        Decision.undone_at.is_(None),
    )
    return sum(session.scalars(adjusted))


def withdrawal_of(session: Session, attempt: Attempt) -> Decision | None:
    """Return the decision by which an attempt does not count, None where it may."""
    withdrawn = select(Decision).where(
        Decision.attempt_id == attempt.id,
        Decision.kind == "withdrawal",
        Decision.undone_at.is_(None),
    )
    return session.scalar(withdrawn.order_by(Decision.id.desc()).limit(1))


def published(session: Session, grade: Grade) -> Publication | None:
    """Return the last time that a student was told a grade, None where that never was."""
    of_student = select(Publication).where(
        Publication.person_id == grade.person_id,
        Publication.assignment_id == grade.assignment_id,
    )
    return session.scalar(of_student.order_by(Publication.id.desc()).limit(1))


def _rule(assignment: Assignment) -> HandingIn:
    """Return the rules of an assignment. Raises UsageError where this machine cannot go by them."""
    try:
        return models.made(HandingIn, assignment.rules)
    except FieldError as error:
        raise UsageError(
            f"The rules of {assignment.name} cannot be used here: {error.what}."
        ) from error


def _write(
    row: Grade, every: list[Standing], counted: Standing | None, assignment: Assignment
) -> None:
    row.max_score = assignment.max_score
    row.attempt_id = counted.attempt.id if counted is not None else None
    row.note = "; ".join(_notes(every, counted))
    if counted is None:
        row.score = row.grade = None
        row.adjustment = row.deduction = row.pending = 0.0
        row.status = _without(every)
        return
    row.score, row.adjustment = counted.score, counted.adjustment
    row.deduction, row.grade = counted.late.deduction, counted.grade
    row.pending = 0.0 if counted.result is None else counted.result.pending
    if counted.result is not None and counted.result.partial:
        # What was left out is neither given nor lost.
        row.pending += max(0.0, assignment.max_score - counted.result.max_score)
    row.status = UNUSABLE if counted.result is None else counted.result.status
    if counted.result is not None and not counted.result.partial:
        row.max_score = counted.result.max_score


def _without(every: list[Standing]) -> str:
    """Return the status of a student of whom nothing counts."""
    if not every:
        return MISSING
    if any(each.ungraded for each in every):
        return UNGRADED
    return WITHDRAWN if all(each.withdrawal is not None for each in every) else UNUSABLE


def _notes(every: list[Standing], counted: Standing | None) -> list[str]:
    if not every:
        return ["nothing was handed in"]
    told = []
    if counted is not None and len(every) > 1:
        told.append(f"attempt {counted.attempt.number} of {len(every)} counts")
    if counted is not None and counted.result is not None:
        told += ["only some of its exercises were graded"] if counted.result.partial else []
        told += ["its training was left out"] if counted.result.quick else []
    if counted is not None and counted.late.days:
        late = f"{counted.late.days} {'day' if counted.late.days == 1 else 'days'} late"
        closed = ", after it was closed" if counted.late.closed else ""
        told.append(f"{late}{closed}: {counted.late.deduction:g} points taken off")
    if counted is not None and counted.adjustment:
        told.append(f"{counted.adjustment:+g} points by a person")
    told += [
        f"attempt {each.attempt.number} could not be graded: {each.attempt.problem}"
        for each in every
        if each.attempt.problem and each.withdrawal is None
    ]
    for each in every:
        if each.withdrawal is not None:
            why = f": {each.withdrawal.why}" if each.withdrawal.why else ""
            told.append(f"attempt {each.attempt.number} was withdrawn{why}")
        elif each.ungraded:
            told.append(f"attempt {each.attempt.number} is not graded yet")
    return told
