"""Naming a student's mistake: the known one that answers every question as the student does.

An exercise's cases are asked of everyone, so a known mistake is told from the others by its
transcripts. Two mistakes in one submission answer as neither alone does: `pairs` looks for those.
None is named where two known mistakes cannot be told apart. So a name is never a guess.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from grader.asking.cases import Case, draw
from grader.assignment.mistakes import Mistake
from grader.assignment.model import Exercise
from grader.judging.bench import Cases, Simplest, shrunk
from grader.judging.judge import judge
from grader.judging.rounds import asked_by
from grader.results.model import ExerciseResult, MistakeInfo
from grader.scenario import (
    Operate,
    Outcome,
    Raised,
    Scenario,
    Stopped,
    Subject,
    Transcript,
    Value,
)
from grader.subjects.reference import altered

# Two ways to compute the same in float32 differ by less, relative to the largest number of an
# answer; two mistakes differ by a good part of it.
ALIKE: Final = 1e-3
# What Python names in a message stands in quotation marks.
_QUOTED: Final = re.compile(r"'([^']*)'")
_ARGUMENTS: Final = re.compile(r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) w")
# No message begins with a control character.
_SEAL: Final = "\x1f"


@dataclass(frozen=True)
class Known:
    """A mistake that a student's answers are compared with.

    `subject` returns whoever answers as it does, `fails` the ids of the checks that it fails.
    `examples` are the cases that show it, by the ids of these checks, where they are known.
    """

    info: MistakeInfo
    subject: Callable[[], Subject]
    fails: Callable[[], frozenset[str]]
    examples: Callable[[Exercise], Mapping[str, Case]] = lambda _exercise: {}


def recognised(
    exercise: Exercise,
    result: ExerciseResult,
    *,
    student: Subject,
    reference: Subject | None,
    notebook: Path,
    mistakes: Iterable[Mistake],
    seed: int,
) -> Known | None:
    """Return the one of `mistakes` that answers as the `student` does and fails the same checks.

    `result` is what judging the student came to, with questions from `seed`; `notebook` is the
    reference that the mistakes alter. None where it is none of them, or several.
    """
    if not failures(result):
        return None
    known = (known_mistake(exercise, each, notebook, reference, seed) for each in mistakes)
    return told_apart(result, student, questions(exercise, seed, reference=reference), known)


def known_mistake(
    exercise: Exercise, mistake: Mistake, notebook: Path, reference: Subject | None, seed: int
) -> Known:
    """Return what a mistake, which alters `notebook`, answers and fails with a seed's questions."""

    def subject() -> Subject:
        return altered(notebook, exercise.names, mistake)

    info = MistakeInfo(name=mistake.name, explanation=mistake.explanation, hint=mistake.hint)
    return Known(info, subject, lambda: fails(exercise, subject(), reference, seed))


def told_apart(
    result: ExerciseResult, student: Subject, asked: Sequence[Scenario], known: Iterable[Known]
) -> Known | None:
    """Return the one of `known` that answers what is `asked` as the `student` does.

    It must fail the same checks. None where it is none of them, or several.
    """
    failed = failures(result)
    found = None
    for mistake in known if failed else ():
        if not answers_alike(asked, student, mistake.subject()) or failed != mistake.fails():
            continue
        if found is not None:
            return None
        found = mistake
    return found


def failures(result: ExerciseResult) -> frozenset[str]:
    """Return the ids of the checks that failed."""
    return frozenset(check.id for check in result.checks if check.status == "failed")


def fails(
    exercise: Exercise,
    mistake: Subject,
    reference: Subject | None,
    seed: int,
    cases: Cases = draw,
    simplest: Simplest | None = None,
) -> frozenset[str]:
    """Return the checks that a mistake fails itself: they see what transcripts do not tell.

    Where `simplest` is given, also all that its examples take is asked.
    """
    judged = judge(
        exercise,
        student=mistake,
        reference=reference,
        submission=None,
        seed=seed,
        shrinking=simplest is not None,
        cases=cases,
        simplest=simplest or shrunk,
    )
    return failures(judged)


def questions(
    exercise: Exercise, seed: int, cases: Cases = draw, reference: Subject | None = None
) -> list[Scenario]:
    """Return the scenarios of all cases of an exercise, the most telling first.

    The longest scenarios of the last cases come first: short ones about zeros and single numbers
    are what different mistakes still agree on. What plain checks ask is known with a `reference`.
    """
    found: dict[str, Scenario] = {}
    for check in exercise.checks:
        drawn = () if check.case is None else cases(check.case, seed)
        found |= {each.key: each for each in asked_by(check, drawn, reference)}
    return sorted(found.values(), key=lambda scenario: len(scenario.steps))[::-1]


def answers_alike(scenarios: Iterable[Scenario], one: Subject, other: Subject) -> bool:
    """Whether two subjects give the same transcripts, as far as floating point goes."""
    return all(alike(one.answer(each), other.answer(each)) for each in scenarios)


def alike(one: Transcript, other: Transcript) -> bool:
    """Whether two transcripts of one scenario are the same, as far as floating point goes."""
    if len(one.outcomes) != len(other.outcomes):
        return False
    return all(same_at(place, one, other) for place in range(len(one.outcomes)))


def same_at(place: int, one: Transcript, other: Transcript) -> bool:
    """Whether two transcripts of one scenario have the same outcome at a step, or none both.

    Which names an object holds is no matter: students keep things under names of their own, and
    each Python has some more in every class.
    """
    have = [place < len(each.outcomes) for each in (one, other)]
    if not all(have):
        return not any(have)
    step = one.scenario.steps[place]
    lists_names = isinstance(step, Operate) and step.operator == "dir"
    return lists_names or _same_outcome(one.outcomes[place], other.outcomes[place])


def _same_outcome(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes of one step are the same, as far as floating point goes."""
    if isinstance(one, Value) and isinstance(other, Value):
        return one.changed == other.changed and _same_value(one.value, other.value)
    if isinstance(one, Raised) and isinstance(other, Raised):
        return one.error == other.error and _fit(one.message, other.message)
    return isinstance(one, Stopped) and isinstance(other, Stopped)


def named_in(message: str) -> str:
    """Return what an exception's message is about, as a text that equals that of its like.

    That are the names and types in it: the attribute or name that is missing and on what. Of a
    call, it is how many arguments there should be and are; the name of one that is missing is
    whatever a student calls it. Sizes and the order of operands tell nothing.
    """
    if "required positional argument" in message:
        return "an argument is missing"
    if counts := _ARGUMENTS.search(message):
        return " ".join(counts.group(1, 2))
    kind = "broadcast " if "broadcast" in message else ""
    return kind + " ".join(sorted(set(_QUOTED.findall(message))))


def sealed(message: str) -> str:
    """Return what stands for a message where it must not tell the names in it."""
    return (
        _SEAL
        + hashlib.blake2b(
            named_in(message).encode("utf-8", "surrogatepass"), digest_size=8
        ).hexdigest()
    )


def _fit(one: str, other: str) -> bool:
    # A folder that was released long ago does not tell what its mistakes raise.
    if not (one and other):
        return True
    if _SEAL in (one[:1], other[:1]):
        one, other = (each if each[:1] == _SEAL else sealed(each) for each in (one, other))
        return one == other
    return named_in(one) == named_in(other)


def _same_value(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray | int | float) and isinstance(other, np.ndarray | int | float):
        return _same_numbers(np.asarray(one), np.asarray(other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same_value, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same_value(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


def _same_numbers(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    if not (one.dtype.kind in "biuf" and other.dtype.kind in "biuf"):
        return False
    if not one.size:
        # An empty array may have a shape that no array of larger numbers can have.
        return True
    first, second = one.astype(np.float64), other.astype(np.float64)
    equal = first == second
    if equal.all():
        return True
    if one.dtype.kind in "biu" and other.dtype.kind in "biu":
        # What was computed without rounding is the same or is not.
        return False
    finite = np.abs(second[np.isfinite(second)])
    slack = ALIKE * float(finite.max()) if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        near = np.abs(first - second) <= slack
    return bool((near | equal | (np.isnan(first) & np.isnan(second))).all())
