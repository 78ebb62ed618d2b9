"""Requests for a second look: what a student wrote, and what was answered."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.course.bookkeeping.commands import named_check, required_person
from grader.errors import UsageError
from grader.gradebook.decisions import decide, required_check
from grader.gradebook.grades import result_of
from grader.gradebook.tables import Attempt, Decision, Grade, RegradeRequest, now
from grader.review.items import GoneError, View


@dataclass(frozen=True)
class Request:
    """A request as it is shown, with what was decided about its check."""

    row: RegradeRequest
    student: str
    report: str
    """The address of the attempt's report, "" where that is not shown any more."""
    max_points: float | None
    points: float | None
    """What the check has now, None where the request is about the whole."""
    decisions: tuple[Decision, ...]

    @property
    def check(self) -> str:
        """The check that it is about, "" for the whole."""
        return f"{self.row.exercise}.{self.row.check_id}" if self.row.exercise else ""


def requests(session: Session, view: View) -> list[Request]:
    """Return all requests of the assignment, the latest first."""
    of_assignment = (
        select(RegradeRequest)
        .join(Attempt, Attempt.id == RegradeRequest.attempt_id)
        .where(Attempt.assignment_id == view.assignment.id)
        .order_by(RegradeRequest.id.desc())
    )
    return [_request(session, view, each) for each in session.scalars(of_assignment)]


def known_checks(session: Session, view: View) -> list[str]:
    """Return the checks of the assignment, as one attempt's result has them."""
    if not view.handed:
        return []
    result = result_of(session, session.get_one(Attempt, view.handed[0].id))
    exercises = () if result is None else result.exercises
    return [f"{each.id}.{check.id}" for each in exercises for check in each.checks]


def enter(session: Session, view: View, student: str, check: str, text: str) -> None:
    """Take a request in, about the attempt that counts, or else the last.

    Raises UsageError where nobody is called so, or has no such check.
    """
    person = required_person(session, student.strip())
    grade = session.get(Grade, (person.id, view.assignment.id))
    attempt = None if grade is None else grade.attempt
    if attempt is None:
        own = select(Attempt).where(
            Attempt.person_id == person.id, Attempt.assignment_id == view.assignment.id
        )
        attempt = session.scalar(own.order_by(Attempt.number.desc()).limit(1))
    if attempt is None:
        raise UsageError(f"{person.id} has handed in nothing that could be looked at again.")
    if not text.strip():
        raise UsageError("Say what the student asks for.")
    exercise, check_id = named_check(check) if check else ("", "")
    if exercise:
        required_check(session, attempt, exercise, check_id)
    session.add(
        RegradeRequest(
            attempt_id=attempt.id, exercise=exercise, check_id=check_id, text=text.strip()
        )
    )


def answer(session: Session, number: int, text: str, points: float | None, who: str) -> None:
    """Answer a request, with new points for its check where they are given.

    Raises UsageError where another has answered it meanwhile: that answer stays.
    """
    row = session.get(RegradeRequest, number)
    if row is None:
        raise GoneError("There is no such request.")
    if row.answered_at is not None:
        raise UsageError(
            f"{row.answered_by} has answered this request already. What you wrote was not saved: "
            f"{text.strip()!r}. Enter a new request to answer once more."
        )
    if not text.strip():
        raise UsageError("Write an answer.")
    if points is not None:
        if not row.exercise:
            raise UsageError("This request is about no check that could be given points.")
        decide(
            session,
            session.get_one(Attempt, row.attempt_id),
            points,
            who=who,
            exercise=row.exercise,
            check_id=row.check_id,
            comment=text.strip(),
            why=f"regrade request {row.id}",
        )
    row.answer, row.answered_by, row.answered_at = text.strip(), who, now()


def _request(session: Session, view: View, row: RegradeRequest) -> Request:
    attempt = session.get_one(Attempt, row.attempt_id)
    known = next((each for each in view.handed if each.id == attempt.id), None)
    item = view.at(attempt.id, row.exercise, row.check_id)
    masked = item is not None and item.second
    decided = select(Decision).where(
        Decision.attempt_id == attempt.id,
        Decision.kind == "points",
        Decision.exercise == row.exercise,
        Decision.check_id == row.check_id,
    )
    check = None
    if row.exercise:
        try:
            check = required_check(session, attempt, row.exercise, row.check_id)
        except UsageError:  # The assignment has no such check any more.
            check = None
    return Request(
        row=row,
        student=view.students[attempt.person_id],
        report="" if known is None else known.key,
        max_points=None if check is None else check.max_points,
        points=None if check is None or check.pending or masked else check.points,
        decisions=() if masked else tuple(session.scalars(decided.order_by(Decision.id))),
    )
