"""Naming two known mistakes in one submission, where no single one answers as it does.

Each of the two has to explain answers that the other does not, and together they explain all in
which the student differs from the reference. Where the two can be made together, as changes of the
reference, it is that which must answer every question as the student does; elsewhere no answer may
be one that both would change. Where two pairs fit, none is told: a name is never a guess.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import combinations, permutations
from pathlib import Path
from typing import Final

from grader.assignment.mistakes import Mistake
from grader.assignment.model import Exercise
from grader.errors import AssignmentError
from grader.judging.matching import (
    Known,
    answers_alike,
    fails,
    failures,
    known_mistake,
    questions,
    same_at,
)
from grader.results.model import ExerciseResult
from grader.scenario import Scenario, Subject, Transcript
from grader.subjects.reference import altered_anew

# Of each kind of question so many tell whom to suspect.
FEW: Final = 2
# Where more pairs than this may be meant, nobody can say which.
MOST_PAIRS: Final = 60

# Returns what is known of two mistakes made together, None where they cannot be.
Together = Callable[[Known, Known], Known | None]


def recognised_pair(
    exercise: Exercise,
    result: ExerciseResult,
    *,
    student: Subject,
    reference: Subject,
    notebook: Path,
    mistakes: Iterable[Mistake],
    seed: int,
) -> tuple[Known, Known] | None:
    """Return the two of `mistakes` that together answer as the `student` does.

    `result` is what judging the student came to, with questions from `seed`; `notebook` is the
    reference that the mistakes alter. None where there are no two such, or others fit as well.
    """
    if not failures(result):
        return None
    declared = {each.name: each for each in mistakes}
    known = [known_mistake(exercise, each, notebook, reference, seed) for each in declared.values()]

    def together(one: Known, other: Known) -> Known | None:
        subject = _made_together(
            notebook, exercise, [declared[each.info.name] for each in (one, other)]
        )
        if subject is None:
            return None
        return Known(one.info, lambda: subject, lambda: fails(exercise, subject, reference, seed))

    asked = questions(exercise, seed, reference=reference)
    return pair(result, student, reference, asked, known, together)


def _made_together(notebook: Path, exercise: Exercise, both: Sequence[Mistake]) -> Subject | None:
    """Return what makes two mistakes at once, None where one changes what the other does."""
    for one, other in permutations(both):
        code = "\n\n".join(filter(None, (one.code, other.code)))
        made = replace(one, changes=(*one.changes, *other.changes), code=code)
        with suppress(AssignmentError):
            return altered_anew(notebook, exercise.names, made)
    return None


def never_together(_one: Known, _other: Known) -> None:
    """Make no two mistakes together: where only what they answered is known."""


def pair(
    result: ExerciseResult,
    student: Subject,
    right: Subject,
    asked: Sequence[Scenario],
    known: Iterable[Known],
    together: Together = never_together,
) -> tuple[Known, Known] | None:
    """Return the two of `known` that together answer what is `asked` as the `student` does.

    `right` answers as the reference does. None where there are no two such, or others fit as well.
    """
    suspects = _suspects(student, right, asked, known)
    likely = [both for both in combinations(suspects, 2) if _may_be(*both)]
    if len(likely) > MOST_PAIRS:
        return None
    found = None
    for one, other in likely:
        if not _is(result, student, right, asked, one, other, together):
            continue
        if found is not None:
            return None
        found = one.known, other.known
    return found


@dataclass(frozen=True)
class _Look:
    """What a mistake answers to one question, beside the student and the reference.

    `wrong` are the places at which the student's answers differ from the reference's, `differs`
    those at which the mistake's do, `fits` those at which they are the student's.
    """

    wrong: frozenset[int]
    differs: frozenset[int]
    fits: frozenset[int]

    @property
    def explained(self) -> frozenset[int]:
        """The places at which the student answers wrongly, as the mistake does."""
        return self.wrong & self.differs & self.fits


@dataclass
class _Suspect:
    known: Known
    subject: Subject
    looks: list[_Look] = field(default_factory=list)

    @property
    def explains(self) -> bool:
        return any(look.explained for look in self.looks)


def _suspects(
    student: Subject, right: Subject, asked: Sequence[Scenario], known: Iterable[Known]
) -> list[_Suspect]:
    """Return the mistakes that may be one of two.

    Where one answers wrongly, so does the student, and somewhere as it does.
    """
    left = [_Suspect(each, each.subject()) for each in known]
    for scenario in _telling(asked):
        own, theirs = student.answer(scenario), right.answer(scenario)
        wrong = _differing(own, theirs)
        for each in left:
            each.looks.append(_look(own, theirs, each.subject.answer(scenario), wrong))
        left = [each for each in left if each.looks[-1].differs <= each.looks[-1].wrong]
    return [each for each in left if each.explains]


def _telling(asked: Sequence[Scenario]) -> Iterator[Scenario]:
    """Yield some of each kind of question, the most telling first."""
    met: dict[tuple[object, ...], int] = {}
    for scenario in asked:
        kind = tuple((step.do, getattr(step, "result", "")) for step in scenario.steps)
        met[kind] = met.get(kind, 0) + 1
        if met[kind] <= FEW:
            yield scenario


def _shared(at: int, one: Transcript, other: Transcript) -> bool:
    """Whether an outcome is kept once for both: what is recorded is, and most answers are right."""
    return (
        at < min(len(one.outcomes), len(other.outcomes)) and one.outcomes[at] is other.outcomes[at]
    )


def _differing(one: Transcript, other: Transcript) -> frozenset[int]:
    """Return the places at which two transcripts of one scenario are not the same."""
    places = range(max(len(one.outcomes), len(other.outcomes)))
    return frozenset(
        at for at in places if not (_shared(at, one, other) or same_at(at, one, other))
    )


def _look(
    student: Transcript, right: Transcript, mistake: Transcript, wrong: frozenset[int]
) -> _Look:
    """Return what a mistake answers; `wrong` are the places of the student's wrong answers."""
    places = range(max(len(each.outcomes) for each in (student, right, mistake)))
    fits = frozenset(
        at
        for at in places
        if (at not in wrong if _shared(at, mistake, right) else same_at(at, mistake, student))
    )
    return _Look(wrong, _differing(mistake, right), fits)


def _may_be(one: _Suspect, other: _Suspect) -> bool:
    """Whether two mistakes may be those of the student, by the questions that tell most.

    What only one of them changes must be changed so, what neither does must be right.
    """
    looks = list(zip(one.looks, other.looks, strict=True))
    fit = all(
        first.wrong <= first.differs | second.differs
        and first.differs - second.differs <= first.fits
        and second.differs - first.differs <= second.fits
        for first, second in looks
    )
    return (
        fit
        and any(first.explained - second.fits for first, second in looks)
        and any(second.explained - first.fits for first, second in looks)
    )


def _is(
    result: ExerciseResult,
    student: Subject,
    right: Subject,
    asked: Sequence[Scenario],
    one: _Suspect,
    other: _Suspect,
    together: Together,
) -> bool:
    """Whether two mistakes are those of the student, by all questions and by the checks."""
    made = together(one.known, other.known)
    if made is not None:
        alike = answers_alike(asked, student, made.subject())
        return alike and failures(result) == made.fails()
    both = one.known.fails() | other.known.fails()
    passed = {check.id for check in result.checks if check.status == "passed"}
    if passed & both or not failures(result) <= both:
        return False
    return all(
        _explain(student.answer(each), right.answer(each), one.subject.answer(each), by)
        for each in asked
        for by in (other.subject.answer(each),)
    )


def _explain(student: Transcript, right: Transcript, one: Transcript, other: Transcript) -> bool:
    """Whether two mistakes, neither of which has to do with the other, explain a transcript."""
    wrong = _differing(student, right)
    first, second = (_look(student, right, each, wrong) for each in (one, other))
    if not first.wrong <= first.differs | second.differs:
        return False
    return first.differs <= first.fits and second.differs <= second.fits
