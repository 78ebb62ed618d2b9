"""Searching for the mend of a slip: one edit with which every check of an exercise passes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grader.asking.cases import Case
from grader.assignment.model import Check, Exercise
from grader.judging.judges import Judge
from grader.mending.amended import Amended
from grader.mending.definitions import Definition, Definitions
from grader.mending.edits import Edit, edits
from grader.results.model import ExerciseResult
from grader.scenario import Call, Get, Raised, Scenario, Set, Subject, Train, Transcript

# How many edits are tried for one slip. A layer of forty lines has about a thousand.
MOST_TRIED: Final = 1500
# How many edits that mend a part of the checks are gone on from, for two slips at once.
MOST_HALVES: Final = 3
# What hangs or crashes so often is not tried on.
MOST_STOPS: Final = 4
# Questions drawn anew are drawn from the seed of the others and this.
ANEW: Final = 0x5EED


# An edit, and the index of the definition that it edits.
Step = tuple[int, Edit]


@dataclass(frozen=True)
class Slip:
    """An edit that belongs to a mend, and the definition that it edits."""

    part: Definition
    edit: Edit


@dataclass(frozen=True)
class Mend:
    """Edits with which all checks of an exercise pass, and what they come to then."""

    slips: tuple[Slip, ...]
    result: ExerciseResult


@dataclass(frozen=True)
class Asked:
    """Whose definitions are edited, and who judges what that gives.

    `subject` returns the student, who is asked as if nothing had been asked before. `names` are the
    notebook's own. `stopped` tells how many questions came to no answer so far.
    """

    exercise: Exercise
    judge: Judge
    seed: int
    names: frozenset[str]
    subject: Callable[[], Subject]
    stopped: Callable[[], int] = lambda: 0


def found(asked: Asked, defined: Definitions, result: ExerciseResult) -> tuple[Step, ...]:
    """Return the likeliest edits that mend the definitions, none where nothing does.

    `result` is what the exercise came to as it stands. One edit is tried first; where none
    suffices, two are of which the first mends a part. What is found hangs on no clock.
    """
    halves: list[tuple[float, Definitions, Step]] = []
    for now, step in _tried(asked, defined, result):
        points = _points(asked, now)
        if _is_whole(points) and _holds_anew(asked, now):
            return (step,)
        if points.score > result.score:
            halves.append((points.score, now, step))
    # Sorting keeps the likelier of two that mend as much ahead.
    for _score, half, first in sorted(halves, key=lambda each: -each[0])[:MOST_HALVES]:
        for now, second in _tried(asked, half, _points(asked, half), half):
            if _is_whole(_points(asked, now)) and _holds_anew(asked, now):
                return (first, second)
    return ()


def mended(asked: Asked, defined: Definitions, steps: Sequence[Step]) -> Mend | None:
    """Return the mend that `steps` are, None where not all checks pass with them."""
    slips = []
    for index, edit in steps:
        slips.append(Slip(defined.parts[index], edit))
        defined = defined.edited(index, edit)
    points = _points(asked, defined)
    whole = bool(slips) and _is_whole(points) and _holds_anew(asked, defined)
    return Mend(tuple(slips), points) if whole else None


@dataclass(frozen=True)
class _Witness:
    """A check that fails, and a case on which it does.

    `line` is what raised there, "" for none, `methods` are those that were called, the last first.
    """

    check: Check
    case: Case | None
    line: str
    methods: tuple[str, ...]

    def suspects(self, edit: Edit, part: Definition) -> tuple[int, int, int]:
        """Return how likely an edit is what this is due to, the least first."""
        method = edit.place.rpartition(".")[2]
        raised = bool(self.line) and part.lines[edit.at].strip() == self.line
        called = self.methods.index(method) if method in self.methods else len(self.methods)
        return edit.rank, not raised, called


@dataclass
class _Heard:
    """Asks `subject`, and keeps its last answer."""

    subject: Subject
    last: Transcript | None = None

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        self.last = self.subject.answer(scenario)
        return self.last


def _tried(
    asked: Asked, defined: Definitions, result: ExerciseResult, now: Definitions | None = None
) -> Iterator[tuple[Definitions, Step]]:
    """Yield the definitions with each edit that mends the first of the checks that fail.

    `result` is what they come to before it, `now` what they are if they have been edited.
    """
    witness = _witness(asked, result, now)
    if witness is None:
        return
    for index, edit in _ordered(asked, defined, witness):
        if asked.stopped() >= MOST_STOPS:
            return
        edited = defined.edited(index, edit)
        if _passes(asked, witness, Amended(asked.subject(), edited.source)):
            yield edited, (index, edit)


def _ordered(asked: Asked, defined: Definitions, witness: _Witness) -> Sequence[Step]:
    """Return the edits to try, the likeliest first."""
    attributes = _attributes(asked)
    steps = [
        (index, edit)
        for index, part in enumerate(defined.parts)
        if part.editable
        for edit in edits(part, names=asked.names, asked=attributes)
    ]
    steps.sort(key=lambda step: witness.suspects(step[1], defined.parts[step[0]]))
    return steps[:MOST_TRIED]


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


def _witness(asked: Asked, result: ExerciseResult, edited: Definitions | None) -> _Witness | None:
    """Return the first check that fails, with the first case on which it does."""
    failed = {check.id for check in result.checks if check.status == "failed"}
    for check in asked.exercise.checks:
        if check.id not in failed:
            continue
        cases = (None,) if check.case is None else asked.judge.cases(check.case, asked.seed)
        for case in cases:
            student = asked.subject()
            heard = _Heard(Amended(student, edited.source) if edited is not None else student)
            if not asked.judge.passes(asked.exercise, check, case, heard):
                return _Witness(check, case, *_blamed(heard.last))
    return None


def _blamed(transcript: Transcript | None) -> tuple[str, tuple[str, ...]]:
    """Return the line that raised, "" for none, and the methods called, the last first."""
    if transcript is None:
        return "", ()
    end = transcript.outcomes[-1]
    steps = transcript.scenario.steps[: len(transcript.outcomes)]
    called = [step.method for step in reversed(steps) if isinstance(step, Call) and step.method]
    return end.line if isinstance(end, Raised) else "", tuple(dict.fromkeys(called))


def _passes(asked: Asked, witness: _Witness, student: Subject) -> bool:
    return asked.judge.passes(asked.exercise, witness.check, witness.case, student)


def _points(asked: Asked, defined: Definitions) -> ExerciseResult:
    student = Amended(asked.subject(), defined.source)
    return asked.judge.points(asked.exercise, student, asked.seed)


def _holds_anew(asked: Asked, defined: Definitions) -> bool:
    """Whether what passes all questions passes others, that nobody has asked yet, as well."""
    student = Amended(asked.subject(), defined.source)
    return _is_whole(asked.judge.points(asked.exercise, student, asked.seed ^ ANEW))


def _is_whole(result: ExerciseResult) -> bool:
    """Whether no check is failed, skipped or broken."""
    return all(check.status in ("passed", "review") for check in result.checks)
