"""Who knows what is right: the reference, or what a released folder holds recorded of it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from grader.asking.cases import Case, draw
from grader.assignment.mistakes import Mistake, catalogue
from grader.assignment.model import Assignment, Check, Exercise
from grader.errors import AssignmentError
from grader.execution.calibration import processor_slowness
from grader.execution.submission import Submission
from grader.faults import tell_of_fault
from grader.i18n import _
from grader.judging.answer_key import Publication, publication
from grader.judging.attempts import passes
from grader.judging.bench import Simplest, smallest_of
from grader.judging.judge import judge
from grader.judging.matching import Known, known_mistake, questions, recognised, told_apart
from grader.judging.pairs import pair, recognised_pair
from grader.results.model import ExerciseResult, MistakeInfo
from grader.scenario import Scenario, Subject, Transcript, Usual
from grader.subjects.answer_time import usual
from grader.subjects.reference import reference

log = logging.getLogger(__name__)

Found = TypeVar("Found")


class Judge(Protocol):
    """Judges the exercises of one assignment. Each method may raise AssignmentError."""

    def prepare(self, exercises: Sequence[Exercise], seed: int) -> None:
        """Draw the questions that every submission is asked, which are kept."""

    def plenty(self, exercise: Exercise) -> Usual:
        """Return what tells how many seconds are plenty for an answer to a question of it."""

    def judge(
        self, exercise: Exercise, student: Subject, submission: Submission | None, seed: int
    ) -> ExerciseResult:
        """Return what an exercise comes to, and which known mistake it looks like.

        Without a submission, the exercise must be about definitions alone.
        """

    def cases(self, kind: type[Case], seed: int) -> tuple[Case, ...]:
        """Return the cases that checks are asked of."""
        ...

    def asked(self, exercise: Exercise, seed: int) -> Sequence[Scenario]:
        """Return what an exercise asks of everyone, as far as that is known beforehand."""
        ...

    def passes(self, exercise: Exercise, check: Check, case: Case | None, student: Subject) -> bool:
        """Whether one check of an exercise about definitions finds no fault with one case."""
        ...

    def right(self, exercise: Exercise) -> Subject:
        """Return what answers rightly, as far as that is known.

        It raises AfterSubmission where it is not.
        """
        ...

    def questions(self, exercise: Exercise, check: Check, case: Case) -> frozenset[str]:
        """Return the keys of all that a check asks a right solution on one case."""
        ...

    def points(self, exercise: Exercise, student: Subject, seed: int) -> ExerciseResult:
        """Return what an exercise about definitions comes to, as soon as that can be told.

        Its examples are not the smallest, and no known mistake is looked for.
        """
        ...


def judge_for(assignment: Assignment) -> Judge:
    """Return the judge of an assignment. Raises AssignmentError where its answers are broken."""
    if assignment.released:
        return ByAnswerKey(publication(assignment.answers))
    return ByReference(assignment)


def judged_alone(exercise: Exercise, assignment: Assignment, student: Subject) -> ExerciseResult:
    """Judge an exercise that is about definitions alone, without a submission.

    Raises AssignmentError where the assignment cannot be used.
    """
    return judge_for(assignment).judge(exercise, student, None, assignment.config.seed)


@dataclass(frozen=True)
class ByReference:
    """Asks the reference what it asks the student."""

    assignment: Assignment

    def prepare(self, exercises: Sequence[Exercise], seed: int) -> None:
        """Draw the questions, from `seed`."""
        for exercise in exercises:
            # They come with their cases.
            self.asked(exercise, seed)

    def asked(self, exercise: Exercise, seed: int) -> Sequence[Scenario]:
        """Return the questions that are drawn from `seed`."""
        return questions(exercise, seed, draw, self._right(exercise))

    def _right(self, exercise: Exercise) -> Subject | None:
        plain = any(check.asks is not None for check in exercise.checks)
        return reference(self.assignment.reference, exercise.names) if plain else None

    def plenty(self, exercise: Exercise) -> Usual:
        """Return what tells it by the time that the reference takes for the same question."""
        path = self.assignment.reference

        def seconds(question: Scenario) -> float:
            return reference(path, exercise.names).seconds(question.unamended)

        return usual(seconds, processor_slowness)

    def judged(
        self, exercise: Exercise, student: Subject, submission: Submission | None, seed: int
    ) -> ExerciseResult:
        """Return what an exercise comes to beside the reference, whatever mistake it looks like."""

        def answers() -> Subject:
            return reference(self.assignment.reference, exercise.names)

        return judge(
            exercise,
            student=student,
            reference=answers() if exercise.takes("reference") else None,
            submission=submission,
            seed=seed,
            right=answers,
        )

    def called(
        self, exercise: Exercise, result: ExerciseResult, mistakes: Sequence[Mistake], seed: int
    ) -> ExerciseResult:
        """Return a result that is known to look like one known mistake, or two, or none."""
        right = reference(self.assignment.reference, exercise.names)
        known = [
            known_mistake(exercise, each, self.assignment.reference, right, seed)
            for each in mistakes
        ]
        return _called(result, *known) if known else result

    def judge(
        self, exercise: Exercise, student: Subject, submission: Submission | None, seed: int
    ) -> ExerciseResult:
        """Return what an exercise comes to beside the reference."""

        def answers() -> Subject:
            return reference(self.assignment.reference, exercise.names)

        right = answers() if exercise.takes("reference") else None
        result = self.judged(exercise, student, submission, seed)
        if not exercise.unit:
            return result
        mistakes = catalogue(self.assignment).of(exercise.id)
        mistake = _named(
            lambda: recognised(
                exercise,
                result,
                student=student,
                reference=right,
                notebook=self.assignment.reference,
                mistakes=mistakes,
                seed=seed,
            )
        )
        if mistake is not None:
            return _called(result, mistake)
        both = _named(
            lambda: recognised_pair(
                exercise,
                result,
                student=student,
                reference=answers(),
                notebook=self.assignment.reference,
                mistakes=mistakes,
                seed=seed,
            )
        )
        return result if both is None else _called(result, *both)

    def cases(self, kind: type[Case], seed: int) -> tuple[Case, ...]:
        """Return the cases that are drawn from `seed`."""
        return draw(kind, seed)

    def passes(self, exercise: Exercise, check: Check, case: Case | None, student: Subject) -> bool:
        """Whether a check finds no fault beside the reference."""
        right = reference(self.assignment.reference, exercise.names)
        return passes(check, case, student=student, reference=right)

    def right(self, exercise: Exercise) -> Subject:
        """Return the reference."""
        return reference(self.assignment.reference, exercise.names)

    def questions(self, exercise: Exercise, check: Check, case: Case) -> frozenset[str]:
        """Return the keys of what the reference is asked in a student's place."""
        return _asked(check, case, reference(self.assignment.reference, exercise.names))

    def points(self, exercise: Exercise, student: Subject, seed: int) -> ExerciseResult:
        """Return what an exercise comes to beside the reference."""
        right = reference(self.assignment.reference, exercise.names)
        return judge(
            exercise,
            student=student,
            reference=right,
            submission=None,
            seed=seed,
            shrinking=False,
        )


@dataclass(frozen=True)
class ByAnswerKey:
    """Asks the public questions, from small to large, to which the answers are recorded."""

    known: Publication

    def prepare(self, exercises: Sequence[Exercise], seed: int) -> None:
        """Look up the questions, which no seed changes."""
        for exercise in exercises:
            self.asked(exercise, seed)

    def asked(self, exercise: Exercise, seed: int) -> Sequence[Scenario]:
        """Return the public questions."""
        return questions(exercise, seed, self.known.drawn, self.known.reference(exercise.id))

    def plenty(self, exercise: Exercise) -> Usual:
        """Return what tells it by the time that the reference took for its slowest answer."""
        return usual(lambda _question: self.known.seconds(exercise.id), processor_slowness)

    def judge(
        self, exercise: Exercise, student: Subject, submission: Submission | None, seed: int
    ) -> ExerciseResult:
        """Return what an exercise comes to beside what is recorded."""
        known = self.known

        def judged_with(simplest: Simplest) -> ExerciseResult:
            return judge(
                exercise,
                student=student,
                reference=known.reference(exercise.id),
                submission=submission,
                seed=seed,
                cases=known.drawn,
                simplest=simplest,
                released=True,
            )

        smallest = smallest_of(known.drawn)
        result = judged_with(smallest)
        if not exercise.unit:
            return result
        asked = known.asked(exercise.id, self.asked(exercise, seed))
        mistakes = known.known(exercise.id)
        mistake = _named(lambda: told_apart(result, student, asked, mistakes))
        if mistake is None:
            right = known.reference(exercise.id)
            both = _named(lambda: pair(result, student, right, asked, mistakes))
            return result if both is None else _called(result, *both)
        examples = mistake.examples(exercise)

        def as_officially(check: Check, fails: Callable[[Case], bool], seed: int) -> Case | None:
            example = examples.get(check.id)
            if example is not None and fails(example):
                return example
            return smallest(check, fails, seed)

        return _called(judged_with(as_officially), mistake)

    def cases(self, kind: type[Case], seed: int) -> tuple[Case, ...]:
        """Return the public cases, whatever the seed."""
        return self.known.drawn(kind, seed)

    def passes(self, exercise: Exercise, check: Check, case: Case | None, student: Subject) -> bool:
        """Whether a check finds no fault beside what is recorded."""
        right = self.known.reference(exercise.id)
        return passes(check, case, student=student, reference=right)

    def right(self, exercise: Exercise) -> Subject:
        """Return what is recorded."""
        return self.known.reference(exercise.id)

    def questions(self, exercise: Exercise, check: Check, case: Case) -> frozenset[str]:
        """Return the keys of what is asked of what is recorded, in a student's place."""
        return _asked(check, case, self.known.reference(exercise.id))

    def points(self, exercise: Exercise, student: Subject, seed: int) -> ExerciseResult:
        """Return what an exercise comes to beside what is recorded."""
        return judge(
            exercise,
            student=student,
            reference=self.known.reference(exercise.id),
            submission=None,
            seed=seed,
            shrinking=False,
            cases=self.known.drawn,
            released=True,
        )


@dataclass
class _Heard:
    """Answers as `subject` does, and keeps the keys of what it was asked."""

    subject: Subject
    keys: set[str] = field(default_factory=set)

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        self.keys.add(scenario.key)
        return self.subject.answer(scenario)


def _asked(check: Check, case: Case, right: Subject) -> frozenset[str]:
    heard = _Heard(right)
    passes(check, case, student=heard, reference=right)
    return frozenset(heard.keys)


def _named(find: Callable[[], Found | None]) -> Found | None:
    """Return the known mistakes that are found: a help, without which the points stand as well.

    Raises AssignmentError where a known mistake cannot be used.
    """
    try:
        return find()
    except AssignmentError:
        raise
    except Exception:  # noqa: BLE001 - the log tells of it
        tell_of_fault(log, "the mistake could not be named")
        return None


def _called(result: ExerciseResult, mistake: Known, other: Known | None = None) -> ExerciseResult:
    """Return a result with mistakes in the student's language; its checks keep their own names."""
    if other is None:
        return replace(result.called(mistake.info), mistake=_spoken(mistake.info))
    of_other = other.fails() - mistake.fails()
    called = result.called(mistake.info, other.info, of_other)
    return replace(called, mistake=_spoken(mistake.info), other_mistake=_spoken(other.info))


def _spoken(info: MistakeInfo) -> MistakeInfo:
    return MistakeInfo(name=_(info.name), explanation=_(info.explanation), hint=_(info.hint))
