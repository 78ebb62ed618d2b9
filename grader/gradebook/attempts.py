"""Taking in what was handed in and what it came to."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from grader import models
from grader.collecting.roster import Person as Enrolled
from grader.gradebook.grades import refresh, refresh_all
from grader.gradebook.tables import Assignment, Attempt, Grading, Person, Score
from grader.results.model import Result, SubmissionInfo


@dataclass(frozen=True)
class Delivery:
    """A file that was handed in: whose it is, when it came, and where its result lies.

    `submission` is its name in the folder of results, whose place is relative to the gradebook's
    folder. `number` is that of the attempt where a person or a platform says so, `handed_in` is
    None where the moment is not known. The digests are "" and None where it could not be read.
    `source` is where it came from, "" where no list says so.
    """

    person_id: str
    submission: str
    path: str
    results: str
    number: int | None = None
    handed_in: datetime | None = None
    sha256: str = ""
    sources: str | None = None
    source: str = ""


def enrol(session: Session, students: Iterable[Enrolled], *, whole: bool = True) -> None:
    """Take in a roster; who is not in it any more stays, and is not on the roster.

    Unless it is the `whole` one: who is on that of another section stays on the roster.
    """
    former = {each.id: each for each in session.scalars(select(Person))}
    before = {each.id for each in former.values() if each.on_roster}
    for each in former.values():
        each.on_roster = each.on_roster and not whole
    for student in students:
        person = former.get(student.id) or Person(id=student.id)
        session.add(person)
        person.name, person.email, person.section = student.name, student.email, student.section
        person.extras, person.on_roster = dict(student.extras), True
    session.flush()
    after = set(session.scalars(select(Person.id).where(Person.on_roster)))
    for assignment in session.scalars(select(Assignment)).all():
        for person_id in sorted(before ^ after):
            refresh(session, person_id, assignment)


def take_assignment(
    session: Session, name: str, title: str, version: str, rules: Mapping[str, Any]
) -> Assignment:
    """Take in an assignment as it is now, with the rules of its `handing_in`.

    All grades of it are written anew where its rules have changed.
    """
    row = session.scalar(select(Assignment).where(Assignment.name == name))
    if row is None:
        row = Assignment(name=name, max_score=0.0, rules=dict(rules))
        session.add(row)
    changed = row.rules != dict(rules)
    row.title, row.version, row.rules = title, version, dict(rules)
    session.flush()
    if changed or row.max_score == 0:
        for person_id in session.scalars(select(Person.id)).all():
            refresh(session, person_id, row)
    return row


def register(
    session: Session, assignment: Assignment, results: str, deliveries: Iterable[Delivery]
) -> None:
    """Take in files that are to be graded into a folder of results, as attempts without a result.

    Those of a student that no list numbers are numbered by their moments and names, whichever is
    graded first.
    """
    there = {each.submission: each for each in present(session, results)}
    people = set()
    for each in sorted(deliveries, key=_order):
        known = there.get(each.submission)
        if known is None or not _is_as_delivered(known, assignment, each):
            _attempt(session, assignment, each)
            people.add(each.person_id)
    for person_id in sorted(people):
        refresh(session, person_id, assignment)


def _order(delivery: Delivery) -> tuple[object, ...]:
    moment = delivery.handed_in.timestamp() if delivery.handed_in is not None else 0.0
    # `nn2` comes before `nn10`.
    parts = re.split(r"([0-9]+)", delivery.submission)
    words = [part.zfill(20) if part.isdecimal() else part for part in parts]
    return (delivery.person_id, moment, words, delivery.submission)


def _is_as_delivered(attempt: Attempt, assignment: Assignment, delivery: Delivery) -> bool:
    """Whether an attempt says all that a delivery does, so that nothing of it is to be changed."""
    whose = (attempt.assignment_id, attempt.person_id, attempt.path)
    told = (attempt.handed_in, attempt.sha256, attempt.sources, attempt.source)
    return whose == (assignment.id, delivery.person_id, delivery.path) and told == (
        delivery.handed_in or attempt.handed_in,
        delivery.sha256 or attempt.sha256,
        delivery.sources or attempt.sources,
        delivery.source or attempt.source,
    )


def record(
    session: Session,
    assignment: Assignment,
    delivery: Delivery,
    result: Result,
    key: str,
    cause: str,
    feedback: str = "everything",
) -> Attempt:
    """Take in what a file that was handed in came to, and return its attempt."""
    attempt = _attempt(session, assignment, delivery)
    take_result(session, attempt, result, key, cause, feedback)
    return attempt


def take_result(
    session: Session,
    attempt: Attempt,
    result: Result,
    key: str,
    cause: str,
    feedback: str = "everything",
) -> None:
    """Take in what an attempt came to; nothing is added where that is known already.

    `feedback` is how much of it the student is told, which a grading has the present level of.
    """
    assignment = session.get_one(Assignment, attempt.assignment_id)
    attempt.problem = ""
    last = last_grading(session, attempt)
    text = models.dumps(result)
    if last is not None and (last.key, last.result) == (key, text):
        last.feedback = feedback
    else:
        session.add(grading := _grading(attempt, result, text, key, cause, feedback))
        session.flush()
        session.add_all(_scores(grading.id, result))
        if not result.partial and assignment.max_score != result.max_score:
            assignment.max_score = result.max_score
            refresh_all(session, assignment)
    refresh(session, attempt.person_id, assignment)


def record_problem(
    session: Session, assignment: Assignment, delivery: Delivery, sentence: str
) -> Attempt:
    """Take in that an attempt could not be graded, and why; a former result of it is kept."""
    attempt = _attempt(session, assignment, delivery)
    attempt.problem = sentence
    refresh(session, attempt.person_id, assignment)
    return attempt


def is_graded(session: Session, assignment: Assignment, delivery: Delivery) -> bool:
    """Whether a file has a result already that the grader did not fail at."""
    grading = last_grading(session, _attempt(session, assignment, delivery))
    return grading is not None and grading.status != "error"


def last_grading(session: Session, attempt: Attempt) -> Grading | None:
    """Return the grading of an attempt that is in force, None where there is none."""
    newest = select(Grading).where(Grading.attempt_id == attempt.id).order_by(Grading.id.desc())
    return session.scalar(newest.limit(1))


def reconcile(session: Session, results: str, kept: Mapping[str, SubmissionInfo]) -> None:
    """Let attempts have the names that their notebooks have in a folder of results by now.

    `kept` are the notebooks there, by name. An attempt follows its content where that has another
    name and nobody else holds the same; whether a call that renamed was ended does not matter.
    """
    lost = []
    free = dict(kept)
    for attempt in present(session, results):
        own = kept.get(attempt.submission)
        if own is not None and own.sha256 == attempt.sha256:
            del free[attempt.submission]
        else:
            lost.append(attempt)
    times = Counter(attempt.sha256 for attempt in lost)
    names: dict[str, list[str]] = {}
    for name, each in free.items():
        names.setdefault(each.sha256, []).append(name)
    moved = {
        names[attempt.sha256][0]: attempt
        for attempt in lost
        if times[attempt.sha256] == 1 and len(names.get(attempt.sha256, ())) == 1
    }
    for name, attempt in moved.items():
        attempt.submission = name
    for attempt in lost:
        # What had the name before lies there no more.
        attempt.replaced = moved.get(attempt.submission, attempt) is not attempt


def relocate(
    session: Session, former: str, results: str, kept: Mapping[str, SubmissionInfo]
) -> bool:
    """Let a folder of results that is gone be another where it is that by what is kept there.

    `kept` are the notebooks that the other has, by name. Returns whether it is.
    """
    every = session.scalars(select(Attempt).where(Attempt.results == former)).all()
    known = {(name, each.sha256) for name, each in kept.items()}
    if not any((each.submission, each.sha256) in known for each in every if not each.replaced):
        return False
    for each in every:
        each.results = results
    return True


def present(session: Session, results: str) -> list[Attempt]:
    """Return the attempts whose files a folder of results has, as it has them now."""
    there = select(Attempt).where(Attempt.results == results, Attempt.replaced.is_(False))
    return list(session.scalars(there.order_by(Attempt.submission)))


def marks(session: Session, results: str) -> dict[str, str]:
    """Return what `mark` tells of the attempts whose files a folder of results has, by names."""
    newest = select(func.max(Grading.id)).group_by(Grading.attempt_id)
    in_force = select(Attempt, Grading).join(Grading, Grading.attempt_id == Attempt.id)
    # A result may be large, and nothing is asked of it.
    in_force = in_force.options(defer(Grading.result)).where(
        Attempt.results == results, Attempt.replaced.is_(False), Grading.id.in_(newest)
    )
    return {each.submission: mark(each, grading) for each, grading in session.execute(in_force)}


def mark(attempt: Attempt, grading: Grading | None) -> str:
    """Return what tells the grading of an attempt that is in force from every other one."""
    if grading is None or attempt.problem:
        return ""
    told = (attempt.id, attempt.number, grading.id, f"{grading.at:%s}", grading.key)
    return " ".join(map(str, (*told, grading.feedback)))


def _scores(grading_id: int, result: Result) -> list[Score]:
    return [
        Score(
            grading_id=grading_id,
            exercise=each.id,
            title=each.title,
            score=each.score,
            max_score=each.max_score,
            pending=each.pending,
        )
        for each in result.exercises
    ]


def _grading(
    attempt: Attempt, result: Result, text: str, key: str, cause: str, feedback: str
) -> Grading:
    return Grading(
        attempt_id=attempt.id,
        cause=cause,
        key=key,
        feedback=feedback,
        grader_version=result.grader_version,
        assignment_version=result.assignment.version,
        score=result.score,
        max_score=result.max_score,
        pending=result.pending,
        status=result.status,
        result=text,
    )


def _attempt(session: Session, assignment: Assignment, delivery: Delivery) -> Attempt:
    """Return the attempt that was delivered, a new one where the file's content is new."""
    person = _person(session, delivery.person_id)
    in_its_place = select(Attempt).where(
        Attempt.results == delivery.results,
        Attempt.submission == delivery.submission,
        Attempt.replaced.is_(False),
    )
    attempt = session.scalar(in_its_place)
    other = attempt is not None and attempt.assignment_id != assignment.id
    if attempt is not None and (other or not is_of(attempt, delivery.sha256, delivery.sources)):
        attempt.replaced = True
        attempt = None
    if attempt is None:
        attempt = _known_before(session, assignment, delivery)
    if attempt is None:
        attempt = Attempt(assignment_id=assignment.id, submission=delivery.submission)
        attempt.person_id, attempt.number = person.id, 0
    if attempt.number == 0 or attempt.person_id != person.id:
        _give(session, attempt, person, delivery.number)
    attempt.path, attempt.results = delivery.path, delivery.results
    attempt.handed_in = delivery.handed_in or attempt.handed_in
    attempt.sha256 = delivery.sha256 or attempt.sha256 or ""
    attempt.sources = delivery.sources or attempt.sources
    attempt.source = delivery.source or attempt.source or ""
    session.add(attempt)
    session.flush()
    return attempt


def is_of(attempt: Attempt, sha256: str, sources: str | None) -> bool:
    """Whether a file of these digests holds what an attempt did: the same bytes, or the same cells.

    Where one of both could not be read, perhaps for a while, nothing says that it is another.
    """
    if not (attempt.sha256 and sha256):
        return True
    return attempt.sha256 == sha256 or (sources is not None and sources == attempt.sources)


def _known_before(session: Session, assignment: Assignment, delivery: Delivery) -> Attempt | None:
    """Return the attempt of the same content and name that is known from before.

    It lay in the same place before another did, and is the last by now; or another folder of
    results has it.
    """
    of_name = select(Attempt).where(
        Attempt.person_id == delivery.person_id,
        Attempt.assignment_id == assignment.id,
        Attempt.submission == delivery.submission,
        Attempt.sha256 != "",
    )
    every = session.scalars(of_name.order_by(Attempt.id.desc())).all()
    content = (delivery.sha256, delivery.sources)
    found = next((each for each in every if delivery.sha256 and is_of(each, *content)), None)
    if found is None:
        return None
    if found.replaced:
        numbers = _numbers(session, found.person_id, assignment.id)
        found.number = max(numbers) if max(numbers) == found.number else max(numbers) + 1
        found.replaced = False
    return found


def _give(session: Session, attempt: Attempt, person: Person, number: int | None) -> None:
    """Let an attempt be a person's, by the number that is wanted if that is free."""
    former = attempt.person_id if attempt.number else ""
    taken = _numbers(session, person.id, attempt.assignment_id)
    free = number if number is not None and number not in taken else max(taken, default=0) + 1
    attempt.person_id, attempt.number = person.id, free
    session.flush()
    if former and former != person.id:
        assignment = session.get_one(Assignment, attempt.assignment_id)
        refresh(session, former, assignment)


def _numbers(session: Session, person_id: str, assignment_id: int) -> set[int]:
    """Return the numbers of the attempts of a student."""
    of_person = select(Attempt.number).where(
        Attempt.person_id == person_id, Attempt.assignment_id == assignment_id
    )
    return set(session.scalars(of_person))


def _person(session: Session, person_id: str) -> Person:
    person = session.get(Person, person_id)
    if person is None:
        person = Person(id=person_id)
        session.add(person)
        session.flush()
    return person
