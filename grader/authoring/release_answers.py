"""Recording what a student's repository is to know: a pool of questions, and answers to them.

The pool is small and ordered from small to large, so that the first case on which a check fails
is one that a person can redo by hand.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import TypeAdapter

from grader import __version__
from grader.assignment import CONFIG, REFERENCE, Assignment, Exercise
from grader.cases import Case, Subject
from grader.errors import AssignmentError
from grader.mistakes import Mistake, catalogue
from grader.naming import fails, questions
from grader.published import VERSION, Mistaken, Pool, Publication, Spoken, kind_name, publication
from grader.results import MistakeInfo
from grader.sampling import draw
from grader.sandbox.inside.wire import encode
from grader.scenario import Outcome, Raised, Scenario, Transcript, Value
from grader.subjects.mistake import altered
from grader.subjects.recording import plain
from grader.subjects.reference import reference

Progress = Callable[[str], None]

# Of each kind: the smallest of many, to be redone by hand, and as many as it takes for every
# value of every small field to come up.
SMALLEST: Final = 6
DRAWN: Final = 12
_MORE_DRAWS: Final = 3

# Names are told apart by a thousandth: of a mistake's numbers so many bits are kept, which is
# finer by far and takes half the room.
_KEPT_BITS: Final = np.uint32(0xFFFFFE00)
_LARGE: Final = 1e30


_POOLS: Final[dict[tuple[type[Case], int], tuple[Case, ...]]] = {}


def pool(kind: type[Case], seed: int) -> tuple[Case, ...]:
    """Return the public cases of `kind`, from small to large."""
    if (kind, seed) not in _POOLS:
        _POOLS[kind, seed] = _pool_of(kind, seed)
    return _POOLS[kind, seed]


def _pool_of(kind: type[Case], seed: int) -> tuple[Case, ...]:
    many = [case for more in range(1, _MORE_DRAWS + 1) for case in draw(kind, seed + more)]
    chosen = dict.fromkeys(sorted(many, key=_size)[:SMALLEST])
    chosen.update(dict.fromkeys(draw(kind, seed)[:DRAWN]))
    return tuple(sorted(chosen, key=_size))


def _size(case: Case) -> int:
    """Return how much there is to read in a case: all digits of its numbers."""
    return len(repr(case.inputs()))


def digest(assignment: Assignment) -> str:
    """Return the digest of all that recorded answers follow from: as long as it stays, they do."""
    state = hashlib.sha256(f"{VERSION} {__version__}".encode())
    files = [assignment.folder / CONFIG, assignment.folder / REFERENCE]
    for path in (*files, *sorted(assignment.folder.glob("*.py"))):
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()


def recorded(assignment: Assignment, progress: Progress = lambda _told: None) -> Publication:
    """Ask the reference and the known mistakes the public questions; takes about a minute.

    `progress` hears what is being done. Raises AssignmentError where one of them cannot be run.
    """
    table = _Table()
    asked = [exercise for exercise in assignment.exercises if exercise.unit]
    kinds = {
        check.case: None for each in asked for check in each.checks if check.case and check.public
    }
    pools = {each.id: _pool(assignment, each, table, progress) for each in asked}
    seed = assignment.config.public_seed
    return Publication(
        digest(assignment),
        {kind_name(kind): [_text(case) for case in pool(kind, seed)] for kind in kinds},
        pools,
        table.kept,
    )


def _text(case: Case) -> str:
    return TypeAdapter(type(case)).dump_json(case).decode()


def _pool(assignment: Assignment, exercise: Exercise, table: "_Table", progress: Progress) -> Pool:
    seed = assignment.config.public_seed
    public = _public(exercise)
    common = questions(public, seed, pool)
    right = _Noting(reference(assignment.reference, exercise.names))
    for scenario in common:
        right.answer(scenario)
    # What only a check asks, of a right solution and below of each wrong one.
    fails(public, right.subject, right, seed, pool)
    mistakes = []
    known = catalogue(assignment).of(exercise.id)
    for number, mistake in enumerate(known, start=1):
        progress(f"{exercise.title}: mistake {number} of {len(known)}")
        mistakes += _mistaken(assignment, public, mistake, right, common, table)
    spoken = table.spoken(right.transcripts.values(), lambda outcome: outcome)
    return Pool(
        list(right.transcripts), len(dict.fromkeys(s.key for s in common)), spoken, mistakes
    )


def _public(exercise: Exercise) -> Exercise:
    """Return the exercise with its public checks alone."""
    checks = [check for check in exercise.checks if check.public]
    return Exercise(exercise.id, exercise.title, exercise.points, exercise.names, checks)


def _mistaken(
    assignment: Assignment,
    exercise: Exercise,
    mistake: Mistake,
    right: Subject,
    common: Sequence[Scenario],
    table: "_Table",
) -> list[Mistaken]:
    """Return what is recorded of a mistake: nothing where no public check notices it."""
    # The same bytes every time, also of a mistake that answers at random.
    random.seed(0)
    np.random.seed(0)
    subject = altered(assignment.reference, exercise.names, mistake)
    failed = fails(exercise, subject, right, assignment.config.public_seed, pool)
    if not failed:
        return []
    info = MistakeInfo(name=mistake.name, explanation=mistake.explanation, hint=mistake.hint)
    different = {scenario.key: scenario for scenario in common}.values()
    spoken = table.spoken((subject.answer(each) for each in different), _told_apart)
    return [Mistaken(info, sorted(failed), spoken)]


class _Noting:
    """A subject of whom all answers are noted, by the keys of their scenarios."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.transcripts: dict[str, Transcript] = {}

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the subject's transcript."""
        return self.transcripts.setdefault(scenario.key, self.subject.answer(scenario))


class _Table:
    """Outcomes as plain data, each once."""

    def __init__(self) -> None:
        self.kept: list[object] = []
        self._places: dict[bytes, int] = {}

    def spoken(
        self, transcripts: Iterable[Transcript], shorten: Callable[[Outcome], Outcome]
    ) -> Spoken:
        """Return `transcripts` by the places of their outcomes."""
        lengths, indices = [], []
        for transcript in transcripts:
            lengths.append(len(transcript.outcomes))
            indices += [self._place(plain(shorten(each))) for each in transcript.outcomes]
        return Spoken(lengths, indices)

    def _place(self, outcome: list[object]) -> int:
        place = self._places.setdefault(encode(outcome), len(self.kept))
        if place == len(self.kept):
            self.kept.append(outcome)
        return place


def _told_apart(outcome: Outcome) -> Outcome:
    """Return as much of a mistake's outcome as tells it from others: no line of its code."""
    if isinstance(outcome, Raised):
        return Raised(outcome.error, "")
    if isinstance(outcome, Value):
        return Value(_coarse(outcome.value), outcome.changed)
    return outcome


def _coarse(value: object) -> object:
    if not (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return value
    with np.errstate(all="ignore"):
        if np.any(np.abs(value[np.isfinite(value)]) > _LARGE):
            return value
        short = np.ascontiguousarray(value, np.float32).reshape(value.shape)
    coarse = (short.view(np.uint32) & _KEPT_BITS).view(np.float32)
    return np.where(np.isfinite(short), coarse, short)


def up_to_date(path: Path, assignment: Assignment) -> bool:
    """Whether the file at `path` holds what `recorded` would record."""
    try:
        return path.is_file() and publication(path).digest == digest(assignment)
    except AssignmentError:
        return False
