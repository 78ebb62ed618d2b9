"""Who gave the very same wrong answers to the same questions, which renaming does not hide.

What was answered when the notebooks were graded is read from the recordings; nothing is run of a
student's. What everybody has who makes a known mistake tells nothing, and is left out.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log2
from pathlib import Path
from typing import Any, Final

from grader.agent.wire import WireError, encode
from grader.assignment.loading import find_assignment
from grader.assignment.model import Assignment, Check, Exercise
from grader.course.store import Record, Store
from grader.errors import GraderError, UsageError
from grader.execution.recording import KEPT_LIMITS, Recording, unpacked
from grader.files import content_of
from grader.judging.judges import ByAnswerKey, judge_for
from grader.judging.matching import alike
from grader.judging.rounds import asked_by
from grader.results.model import CheckResult, ExerciseResult
from grader.scenario import Outcome, Raised, Scenario, Subject, Transcript, Value
from grader.subjects.reference import reference
from grader.text import one_line

# What more than this share of the class answers alike is an easy mistake to make.
MOST_COMMON: Final = 1 / 4


@dataclass(frozen=True)
class Equal:
    """A check that two failed with the very same answers.

    `having` of `judged` students gave these; `message` is what the check says of them.
    """

    exercise: str
    check: str
    title: str
    message: str
    having: int
    judged: int

    @property
    def bits(self) -> float:
        """How surprising it is that somebody gives them: 1 where half of the class does."""
        return log2(self.judged / self.having)


@dataclass(frozen=True)
class Found:
    """The equal wrong answers of each two students, and what could not be compared, and why."""

    equal: Mapping[frozenset[str], tuple[Equal, ...]]
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Failed:
    """A check that a student failed, and the digest of what was answered."""

    exercise: str
    check: CheckResult
    digest: bytes


def equal_wrong_answers(results: Path, digests: Mapping[str, str]) -> Found:
    """Compare the answers that a folder of results keeps.

    `digests` are those of the students' files, by the students. Raises UsageError where the folder
    keeps no results.
    """
    store = Store(results)
    store.require_own()
    store.require_stems()
    records = {
        record.result.submission.sha256: (stem, record)
        for stem, record in store.records()
        if record is not None
    }
    questions = _Questions()
    failed: dict[str, tuple[_Failed, ...]] = {}
    left_out: list[tuple[str, str]] = []
    for student, digest in digests.items():
        if digest not in records:
            told = f"its answers are not compared: {results} has no result of this very file"
            left_out.append((student, told))
            continue
        try:
            failed[student] = tuple(_failed(store, *records[digest], questions))
        except GraderError as error:
            left_out.append((student, f"its answers are not compared: {error}"))
    return Found(_equal(failed), tuple(left_out))


def _equal(failed: Mapping[str, Sequence[_Failed]]) -> dict[frozenset[str], tuple[Equal, ...]]:
    groups: dict[tuple[str, str, bytes], list[tuple[str, CheckResult]]] = defaultdict(list)
    for student, every in failed.items():
        for each in every:
            groups[each.exercise, each.check.id, each.digest].append((student, each.check))
    found: dict[frozenset[str], list[Equal]] = defaultdict(list)
    for (exercise, _check, _digest), group in groups.items():
        # Two are the fewest that can be told of, in however small a class.
        if len(group) < 2 or (len(group) > 2 and len(group) > MOST_COMMON * len(failed)):
            continue
        check = group[0][1]
        equal = Equal(
            exercise,
            check.id,
            one_line(check.title),
            one_line(check.message),
            len(group),
            len(failed),
        )
        for one, other in combinations((student for student, _ in group), 2):
            found[frozenset((one, other))].append(equal)
    return {pair: tuple(sorted(each, key=lambda e: e.having)) for pair, each in found.items()}


def rarity(equal: Iterable[Equal]) -> float:
    """Return how surprising equal wrong answers are together.

    The checks of one exercise mostly fail for one reason: the most surprising counts.
    """
    best: dict[str, float] = {}
    for each in equal:
        best[each.exercise] = max(each.bits, best.get(each.exercise, 0.0))
    return sum(best.values())


def _failed(store: Store, stem: str, record: Record, questions: "_Questions") -> Iterator[_Failed]:
    """Yield the checks that a submission failed by what nobody knows as a mistake.

    Raises GraderError where its recording or its assignment cannot be used.
    """
    unexplained = [
        (exercise, checks)
        for exercise in record.result.exercises
        if exercise.mistake is None and (checks := _unexplained(exercise))
    ]
    if not unexplained:
        return
    recording = _recording(store.recording(stem))
    assignment = find_assignment(recording.notebook, record.how.get("assignment"))
    known = {exercise.id: exercise for exercise in assignment.exercises}
    submission = recording.submission(assignment, {})
    seed = record.how.get("seed")
    for result, checks in unexplained:
        exercise = known.get(result.id)
        if exercise is None:
            continue
        student = submission.within(exercise).student(exercise.names)
        for check in checks:
            asked = questions.of(assignment, exercise, check.id, seed)
            digest = _digest(student, asked)
            if digest is not None:
                yield _Failed(exercise.id, check, digest)


def _recording(path: Path) -> Recording:
    try:
        return unpacked(content_of(path), path)
    except OSError as error:
        raise UsageError(
            f"its answers were not kept at {path}. Grade it again with --force."
        ) from error


def _unexplained(exercise: ExerciseResult) -> list[CheckResult]:
    return [
        check for check in exercise.checks if check.status == "failed" and check.mistake is None
    ]


_Question = tuple[Scenario, Transcript]


class _Questions:
    """What checks ask of everyone, each question with its right answer, found out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, str, str, Any], tuple[_Question, ...]] = {}

    def of(
        self, assignment: Assignment, exercise: Exercise, check: str, seed: int | None
    ) -> tuple[_Question, ...]:
        """Return those of a check, none for one that asks only while it judges.

        `seed` is the assignment's where it is None.
        """
        key = (assignment.folder.absolute(), exercise.id, check, seed)
        if key not in self._known:
            own = next((each for each in exercise.checks if each.id == check), None)
            drawn = assignment.config.seed if seed is None else seed
            found = () if own is None else _questions(assignment, exercise, own, drawn)
            self._known[key] = found
        return self._known[key]


def _questions(
    assignment: Assignment, exercise: Exercise, check: Check, seed: int
) -> tuple[_Question, ...]:
    judge = judge_for(assignment)
    right: Subject = (
        judge.known.reference(exercise.id)
        if isinstance(judge, ByAnswerKey)
        else reference(assignment.reference, exercise.names)
    )
    cases = () if check.case is None else judge.cases(check.case, seed)
    found = {each.key: each for each in asked_by(check, cases, right)}
    return tuple((each, right.answer(each)) for each in found.values())


def _digest(student: Subject, asked: Iterable[_Question]) -> bytes | None:
    """Return a digest of what a student answered, None where no value in it is a wrong one.

    That something fails says little: what somebody left to be written fails for all.
    """
    digest, told = hashlib.blake2b(digest_size=16), False
    for question, right in asked:
        answer = student.answer(question)
        told = told or _is_wrong_value(question, answer, right)
        digest.update(question.key.encode())
        for outcome in answer.outcomes:
            digest.update(_written(outcome))
    return digest.digest() if told else None


def _is_wrong_value(question: Scenario, answer: Transcript, right: Transcript) -> bool:
    """Whether a student's answer has a value of its own where the right one has another."""
    pairs = zip(answer.outcomes, right.outcomes, strict=False)
    return any(
        isinstance(mine, Value)
        and mine.value is not None
        and isinstance(other, Value)
        and not alike(Transcript(question, (mine,)), Transcript(question, (other,)))
        for mine, other in pairs
    )


def _written(outcome: Outcome) -> bytes:
    """Return an outcome to the last bit, without what names in the code change.

    Equal code gives equal numbers; what is computed in another way mostly differs in the last bits.
    """
    if isinstance(outcome, Value):
        try:
            return encode([outcome.value, outcome.changed], KEPT_LIMITS)
        except WireError:
            return b"value"
    return b"raised " + outcome.error.encode() if isinstance(outcome, Raised) else b"stopped"
