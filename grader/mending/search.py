"""Searching for the mend of a slip: one edit with which all checks of an exercise pass."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grader.asking.cases import Case
from grader.assignment.model import Check, Exercise
from grader.judging.judges import Judge
from grader.judging.matching import alike, same_at
from grader.mending.amended import Amended
from grader.mending.blocks import CANNOT_WORK
from grader.mending.definitions import Definition, Definitions
from grader.mending.edits import Edit, Work, edits
from grader.mending.guessing import ANEW
from grader.mending.places import Distances, Places, wanted_of
from grader.results.model import ExerciseResult
from grader.scenario import (
    Call,
    Get,
    Patience,
    Raised,
    Scenario,
    Set,
    Subject,
    Train,
    Transcript,
    Value,
)
from grader.verdicts import AfterSubmission

# How many edits are tried for one slip. A layer of forty lines has about a thousand; of 155 known
# mistakes that one of them mends, 153 are mended by one of so many.
MOST_TRIED: Final = 400
# How many edits that mend a part of the checks are gone on from, for two slips at once.
MOST_HALVES: Final = 2
# How many of them are judged by all questions, to find those.
MOST_WEIGHED: Final = 6
# How many edits are judged by all questions, which takes a hundred times as long as one of them.
MOST_JUDGED: Final = 10
# By how many statements from a wrong answer, at most, a line is told from one that is nearer; and
# as how far one counts that it does not come from at all.
NEAR: Final = 3
FAR: Final = 8
# What hangs or crashes so often is not tried on.
MOST_STOPS: Final = 4
# How many times as long as there is patience for the search may take on the wall: what is computed
# in other processes is not seen.
WALL: Final = 6


# An edit, and the index of the definition that it edits.
Step = tuple[int, Edit]


@dataclass(frozen=True)
class Slip:
    """An edit that belongs to a mend, and the definition that it edits.

    `written` is that definition before any edit.
    """

    part: Definition
    edit: Edit
    written: Definition

    @property
    def line(self) -> int:
        """The number of its line in the cell, counted from 1."""
        return self.part.numbers[self.edit.at]

    @property
    def code(self) -> str:
        """The line as the student wrote it."""
        return self.written.lines[self.written.numbers.index(self.line)]


@dataclass(frozen=True)
class Mend:
    """Edits with which all checks pass that the search goes by, and what an exercise comes to.

    `source` are the definitions with them.
    """

    slips: tuple[Slip, ...]
    result: ExerciseResult
    source: str


@dataclass(frozen=True)
class Asked:
    """Whose definitions are edited, and who judges what that gives.

    `subject` returns the student, who is asked as if nothing had been asked before. `names` are the
    notebook's own, `failed` the checks that fail as it stands, `opened` those that the search does
    not go by, since it could guess them. `stopped` tells how many questions came to no answer so
    far; from `patience`, the time is taken that answers and judging them take. All edits together
    have their `overruns`, as one student has.
    """

    exercise: Exercise
    judge: Judge
    seed: int
    names: frozenset[str]
    subject: Callable[[], Subject]
    failed: frozenset[str]
    opened: frozenset[str] = frozenset()
    stopped: Callable[[], int] = lambda: 0
    patience: Patience = field(default_factory=lambda: Patience(math.inf))
    overruns: dict[Any, list[Any]] = field(default_factory=dict)

    def is_tired(self) -> bool:
        """Whether there is no time left, or too many questions came to no answer."""
        return self.patience.left <= 0 or self.stopped() >= MOST_STOPS

    def amended(self, defined: Definitions) -> Amended:
        """Return the student with other definitions."""
        return Amended(self.subject(), defined.source, self.overruns)

    def passes(self, check: Check, case: Case | None, student: Subject) -> bool:
        """Whether a check finds no fault with one case."""
        return self.judge.passes(self.exercise, check, case, student)

    def points(self, defined: Definitions, seed: int) -> ExerciseResult:
        """Return what the exercise comes to with these definitions, by the questions of a seed."""
        return self.judge.points(self.exercise, self.amended(defined), seed)


def found(asked: Asked, defined: Definitions, result: ExerciseResult) -> tuple[Step, ...]:
    """Return the likeliest edits that mend the definitions, none where nothing does.

    `result` is what the exercise came to as it stands. One edit is tried first; where none
    suffices, two are of which the first mends a part. What is found hangs on no clock, as long as
    all answers together take less than an exercise may.
    """
    once = _searched(asked, defined, result)
    if once.mend is not None:
        return (once.mend,)
    tried = 0
    for half, first in once.halves:
        points = asked.points(half, asked.seed)
        if tried < MOST_HALVES and _worth(asked, points) > _worth(asked, result):
            tried += 1
            twice = _searched(asked, half, points, edited=True)
            if twice.mend is not None:
                return (first, twice.mend)
    return ()


def mended(asked: Asked, defined: Definitions, steps: Sequence[Step], last: int) -> Mend | None:
    """Return the mend that `steps` are, None where not all checks that count pass with them.

    Nor with questions drawn from the seed `last`, which no edit has been asked: what was tried may
    have learnt what all others are to be answered with.
    """
    slips, written = [], defined
    for index, edit in steps:
        slips.append(Slip(defined.parts[index], edit, written.parts[index]))
        defined = defined.edited(index, edit)
    points = asked.points(defined, asked.seed)
    whole = bool(slips) and _is_whole(asked, points) and _holds(asked, defined, last)
    return Mend(tuple(slips), points, defined.source) if whole else None


@dataclass(frozen=True)
class _Witness:
    """A check that fails, and a case on which it does.

    `heard` are the answers that it fails by, `line` is what raised there, "" for none, `methods`
    are those that were called, the last first. `distances` tell from which lines the first wrong
    one of the answers comes, None where that is unknown.
    """

    check: Check
    case: Case | None
    heard: tuple[Transcript, ...]
    line: str
    methods: tuple[str, ...]
    distances: Distances | None

    def is_moved(self, student: Amended) -> bool:
        """Whether a student answers otherwise than what fails, and raises nothing that it did not.

        A check asks much more where it fails: whom this rules out need not be asked it.
        """
        student.prefetch(each.scenario for each in self.heard)
        moved = False
        for former in self.heard:
            now = student.answer(former.scenario)
            if not _raising(now) <= _raising(former):
                return False
            moved = moved or not alike(now, former)
        return moved

    def suspects(self, edit: Edit, part: Definition) -> tuple[bool, int]:
        """Return whether an edit is elsewhere than what raised, and than what was called last."""
        method = edit.place.rpartition(".")[2]
        raised = bool(self.line) and part.lines[edit.at].strip() == self.line
        called = self.methods.index(method) if method in self.methods else len(self.methods)
        return not raised, called


def _raising(transcript: Transcript) -> set[int]:
    """Return at which steps there is no value."""
    return {at for at, each in enumerate(transcript.outcomes) if not isinstance(each, Value)}


@dataclass
class _Heard:
    """Asks `subject`, and keeps its answers by their questions' keys."""

    subject: Subject
    overruns: dict[Any, list[Any]]
    answers: dict[str, Transcript] = field(default_factory=dict)

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        found = self.answers[scenario.key] = self.subject.answer(scenario)
        return found


@dataclass(frozen=True)
class _Searched:
    """The edit that mends definitions, None where none does, and those that mend most of them."""

    mend: Step | None = None
    halves: Sequence[tuple[Definitions, Step]] = ()


def _searched(
    asked: Asked, defined: Definitions, result: ExerciseResult, *, edited: bool = False
) -> _Searched:
    """Try one edit after the other, on a case of each check that fails before all are judged.

    `result` is what `defined` come to, which are the student's own unless `edited`. What an edit
    fails that mends these cases, those after it are tried on as well.
    """
    witnesses = _witnesses(asked, result, defined, edited=edited)
    if not witnesses:
        return _Searched()
    halves: list[tuple[int, Definitions, Step]] = []
    judged = 0
    clock = _Clock(asked.patience)
    for step in _ordered(asked, defined, witnesses):
        clock.look()
        if judged == MOST_JUDGED or asked.is_tired():
            break
        now = defined.edited(*step)
        student = asked.amended(now)
        if not (witnesses[0].is_moved(student) and _passes(asked, witnesses[0], student)):
            continue
        passed = 1 + sum(_passes(asked, each, student) for each in witnesses[1:])
        halves.append((passed, now, step))
        # Sorting keeps the likelier of two that mend as much ahead.
        halves.sort(key=lambda half: -half[0])
        del halves[MOST_WEIGHED:]
        if passed == len(witnesses):
            points = asked.points(now, asked.seed)
            if _is_whole(asked, points) and _holds(asked, now, asked.seed ^ ANEW):
                return _Searched(step)
            judged += 1
            witnesses += _witnesses(asked, points, now, edited=True)
    return _Searched(None, [(now, step) for _passed, now, step in halves])


class _Clock:
    """Takes the time from `patience` in which answers are judged, as it does for the answers.

    That is the grader's processor time, and a share of all that passes.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._last = time.thread_time(), time.monotonic()

    def look(self) -> None:
        """Take what has passed since it was last called."""
        now = time.thread_time(), time.monotonic()
        computed, passed = (here - before for here, before in zip(now, self._last, strict=True))
        self._patience.left -= max(computed, passed / WALL)
        self._last = now


def _ordered(asked: Asked, defined: Definitions, witnesses: Sequence[_Witness]) -> Sequence[Step]:
    """Return the edits to try, the likeliest first.

    That is what cannot work as it stands; then what stands where most of the wrong answers come
    from, and is a slip that is easily made.
    """
    attributes, work = _attributes(asked), Work()
    steps = [
        (index, edit)
        for index, part in enumerate(defined.parts)
        if part.editable
        for edit in edits(part, names=asked.names, asked=attributes, work=work)
    ]
    told = [each.distances for each in witnesses if each.distances is not None]

    def likely(step: Step) -> tuple[object, ...]:
        index, edit = step
        lines = range(edit.first, max(edit.last, edit.first + 1))
        far = max((_distance(each, index, lines) for each in told), default=0)
        raised, called = witnesses[0].suspects(edit, defined.parts[index])
        if edit.rank == CANNOT_WORK:
            return False, raised, far, called
        return True, edit.rank + far, raised, far, called

    return sorted(steps, key=likely)[:MOST_TRIED]


def _distance(distances: Distances, part: int, lines: range) -> int:
    """Return how far the nearest of some lines is from an answer, FAR where it is not of them."""
    found = [distances[part, line] for line in lines if (part, line) in distances]
    return min(*found, NEAR) if found else FAR


def _attributes(asked: Asked) -> tuple[str, ...]:
    """Return the attributes and methods that the questions of an exercise name."""
    scenarios = asked.judge.asked(asked.exercise, asked.seed)
    return tuple(dict.fromkeys(name for each in scenarios for name in _named(each)))


def _named(scenario: Scenario) -> Iterator[str]:
    for step in scenario.steps:
        match step:
            case Call(method=name) if name:
                yield name
            case Get(attribute=name) | Set(attribute=name):
                yield name
            case Train():
                yield from ("forward", "backward")


def _witnesses(
    asked: Asked, result: ExerciseResult, defined: Definitions, *, edited: bool
) -> list[_Witness]:
    """Return the checks that fail and count, each with the last case on which it does."""
    failed = {check.id for check in result.checks if check.status == "failed"} - asked.opened
    checks = [check for check in asked.exercise.checks if check.id in failed]
    found = (_witness(asked, check, defined, edited=edited) for check in checks)
    return [each for each in found if each is not None]


def _witness(asked: Asked, check: Check, defined: Definitions, *, edited: bool) -> _Witness | None:
    """Return the last case on which a check fails, None where it passes each by itself.

    The last are the largest: of a row or a column of one number, much is right by accident. One
    with an answer that is plainly wrong comes first: beside large numbers, small ones are lost.
    """
    cases = (None,) if check.case is None else asked.judge.cases(check.case, asked.seed)
    unclear: _Witness | None = None
    for case in reversed(cases):
        student = asked.amended(defined) if edited else asked.subject()
        heard = _Heard(student, asked.overruns)
        if asked.passes(check, case, heard):
            continue
        answers = tuple(heard.answers.values())
        wrong = _first_wrong(asked, answers)
        if wrong is not None:
            return _seen(check, case, answers, wrong, defined)
        if unclear is None:
            # What was asked first is what the check is about, and its last step what it reads.
            first = next(iter([each for each in answers if _calls(each)] or answers), None)
            seen = None if first is None else (first, len(first.outcomes) - 1)
            unclear = _seen(check, case, answers, seen, defined)
    return unclear


def _seen(
    check: Check,
    case: Case | None,
    answers: tuple[Transcript, ...],
    wrong: tuple[Transcript, int] | None,
    defined: Definitions,
) -> _Witness:
    """Return the witness of a check that fails by `answers`, of which one is `wrong` at a step."""
    if wrong is None:
        return _Witness(check, case, answers, "", (), None)
    transcript, place = wrong
    line, methods = _blamed(transcript, place)
    wanted = wanted_of(transcript.scenario, place)
    distances = Places(defined).distances(wanted, line, defined.lines)
    return _Witness(check, case, answers, line, methods, distances or None)


def _first_wrong(asked: Asked, answers: Sequence[Transcript]) -> tuple[Transcript, int] | None:
    """Return the first answer that is plainly wrong, and at which step, None for none.

    Where anything was called it is one of these: what is only made is often made by chance.
    """
    right = asked.judge.right(asked.exercise)
    for heard in [each for each in answers if _calls(each)] or answers:
        try:
            known = right.answer(heard.scenario)
        except AfterSubmission:
            continue
        for place in range(len(heard.outcomes)):
            if not same_at(place, heard, known):
                return heard, place
    return None


def _calls(transcript: Transcript) -> bool:
    return any(isinstance(step, Call) for step in transcript.scenario.steps)


def _blamed(transcript: Transcript, place: int) -> tuple[str, tuple[str, ...]]:
    """Return the line that raised at a step, "" for none, and the methods called, last first."""
    end = transcript.outcomes[place]
    steps = transcript.scenario.steps[: place + 1]
    called = [step.method for step in reversed(steps) if isinstance(step, Call) and step.method]
    return end.line if isinstance(end, Raised) else "", tuple(dict.fromkeys(called))


def _passes(asked: Asked, witness: _Witness, student: Subject) -> bool:
    return asked.passes(witness.check, witness.case, student)


def _holds(asked: Asked, defined: Definitions, seed: int) -> bool:
    """Whether what passes all questions passes those that are drawn from another seed as well."""
    return _is_whole(asked, asked.points(defined, seed))


def _worth(asked: Asked, result: ExerciseResult) -> float:
    """Return the points of the checks that the search goes by."""
    return sum(check.points for check in result.checks if check.id not in asked.opened)


def _is_whole(asked: Asked, result: ExerciseResult) -> bool:
    """Whether each check passes that the search goes by.

    One may wait for a person where it did not fail before.
    """
    return all(
        check.status == "passed"
        or check.id in asked.opened
        or (check.status == "review" and check.id not in asked.failed)
        for check in result.checks
    )
