"""Recording what a student's repository is to know: a pool of questions, and answers to them.

The pool is small and ordered from small to large, so that the first case on which a check fails
is one that a person can redo by hand.
"""

import hashlib
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from grader import __version__, models
from grader.agent.wire import encode
from grader.asking.cases import Case
from grader.assignment.model import CONFIG, REFERENCE, Assignment, Exercise
from grader.authoring.asked import require_asked
from grader.authoring.release.public_questions import Questions, Shown, leave_out_unfair, shown
from grader.errors import AssignmentError
from grader.judging.answer_key import (
    VERSION,
    Mistaken,
    Pool,
    Publication,
    Spoken,
    kind_name,
    lasting_key,
    publication,
)
from grader.judging.bench import smallest_of
from grader.judging.judge import judge
from grader.judging.matching import fails, questions, sealed
from grader.results.model import MistakeInfo
from grader.scenario import Outcome, Raised, Scenario, Subject, Transcript, Value, to_plain
from grader.subjects.reference import Reference, altered, reference, unseeded

Progress = Callable[[str], None]

# Names are told apart by a thousandth: of a mistake's numbers so many bits are kept, which is
# finer by far and takes half the room.
_KEPT_BITS: Final = np.uint32(0xFFFFFE00)
_LARGE: Final = 1e30
# Less than any machine takes for a question; a thousand times as much is no long time.
LEAST_SECONDS: Final = 1e-3


def digest(assignment: Assignment) -> str:
    """Return the digest of all that recorded answers follow from: as long as it stays, they do."""
    state = hashlib.sha256(f"{VERSION} {__version__}".encode())
    files = [assignment.folder / CONFIG, assignment.folder / REFERENCE]
    # What else may be called so is no code: nobody waits for a pipe.
    code = sorted(path for path in assignment.folder.glob("*.py") if path.is_file())
    for path in (*files, *code):
        state.update(os.fsencode(path.name) + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()


def recorded(assignment: Assignment, progress: Progress = lambda _told: None) -> Publication:
    """Ask the reference and the known mistakes the public questions; takes about two minutes.

    `progress` hears what is being done. Raises AssignmentError where one of them cannot be run,
    or an exercise asks nothing at all.
    """
    require_asked(assignment)
    table = _Table()
    asked = [_public(exercise) for exercise in assignment.exercises if exercise.unit]
    kinds = {check.case: None for each in asked for check in each.checks if check.case}
    seed = assignment.config.public_seed
    officially = [shown(assignment, each, progress) for each in asked]
    examples = Counter(
        case for some in officially for each in some for case in each.examples.values()
    )
    public = Questions(seed, examples)
    for exercise, some in zip(asked, officially, strict=True):
        leave_out_unfair(assignment, exercise, some, public)
    pools = {
        exercise.id: _pool(assignment, exercise, public, some, table, progress)
        for exercise, some in zip(asked, officially, strict=True)
    }
    return Publication(
        digest(assignment),
        {kind_name(kind): [_text(case) for case in public.cases(kind, seed)] for kind in kinds},
        pools,
        table.kept,
    )


def _text(case: Case) -> str:
    """Return a case as students' repositories keep it.

    Raises AssignmentError where it could not be read there.
    """
    kind = type(case)
    try:
        written = models.dumps(case)
        kept = models.loads(kind, written) == case
    except (TypeError, ValueError) as error:
        raise AssignmentError(
            f"A question of the kind {kind_name(kind)} cannot be released: {error}. Its fields "
            "must be finite numbers, texts, None, and sequences or dataclasses of these."
        ) from error
    if not kept:
        raise AssignmentError(
            f"A question of the kind {kind_name(kind)} cannot be released: {case} is read back as "
            "another. Declare its fields with the types that they have."
        )
    return written


def _public(exercise: Exercise) -> Exercise:
    """Return the exercise with its public checks alone."""
    checks = [check for check in exercise.checks if check.public]
    return Exercise(exercise.id, exercise.title, exercise.points, exercise.names, checks)


def _pool(
    assignment: Assignment,
    exercise: Exercise,
    public: Questions,
    officially: Sequence[Shown],
    table: "_Table",
    progress: Progress,
) -> Pool:
    right = _Noting(reference(assignment.reference, exercise.names))
    common = questions(exercise, public.seed, public.telling, right.subject)
    for scenario in [*common, *questions(exercise, public.seed, public.cases, right.subject)]:
        right.answer(scenario)
    # What only a check asks, of a right solution and below of each wrong one.
    _require_passed(exercise, right, public)
    mistakes = []
    for number, each in enumerate(officially, start=1):
        progress(f"{exercise.title}: mistake {number} of {len(officially)}")
        mistakes += _mistaken(assignment, exercise, each, right, common, public, table)
    spoken = table.spoken(right.transcripts.values(), lambda outcome: outcome)
    return Pool(
        list(right.transcripts),
        len(dict.fromkeys(map(lasting_key, common))),
        spoken,
        mistakes,
        # In powers of ten, so that the same reference gives the same file.
        10.0 ** math.ceil(math.log10(max(right.seconds, LEAST_SECONDS))),
    )


def _require_passed(exercise: Exercise, right: "_Noting", public: Questions) -> None:
    """Raise AssignmentError where the reference does not pass its own checks, which are asked."""
    judged = judge(
        exercise,
        student=right.subject,
        reference=right,
        submission=None,
        seed=public.seed,
        shrinking=False,
        cases=public.cases,
    )
    for check in judged.checks:
        if check.status in ("failed", "error"):
            raise AssignmentError(
                f"The reference does not pass `{exercise.id}.{check.id}` on the public questions: "
                f"{check.message} Nothing is released before it does."
            )


def _mistaken(
    assignment: Assignment,
    exercise: Exercise,
    officially: Shown,
    right: Subject,
    common: Sequence[Scenario],
    public: Questions,
    table: "_Table",
) -> list[Mistaken]:
    """Return what is recorded of a mistake: nothing where no public check notices it."""
    unseeded()
    mistake = officially.mistake
    subject = altered(assignment.reference, exercise.names, mistake)
    simplest = smallest_of(public.cases)
    failed = fails(exercise, subject, right, public.seed, public.cases, simplest)
    if not failed:
        return []
    info = MistakeInfo(name=mistake.name, explanation=mistake.explanation, hint=mistake.hint)
    different = {lasting_key(scenario): scenario for scenario in common}.values()
    spoken = table.spoken((subject.answer(each) for each in different), _told_apart)
    examples = {
        id_: public.cases(type(case), public.seed).index(case)
        for id_, case in officially.examples.items()
    }
    return [Mistaken(info, sorted(failed), spoken, examples)]


class _Noting:
    """A reference of which all answers are noted, by the lasting keys of their scenarios.

    `seconds` of processor time are what the slowest has taken.
    """

    def __init__(self, subject: Reference) -> None:
        self.subject = subject
        self.transcripts: dict[str, Transcript] = {}
        self.seconds = 0.0

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the subject's transcript."""
        transcript = self.subject.answer(scenario)
        self.transcripts.setdefault(lasting_key(scenario), transcript)
        self.seconds = max(self.seconds, self.subject.seconds(scenario))
        return transcript


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
            indices += [self._place(to_plain(shorten(each))) for each in transcript.outcomes]
        return Spoken(lengths, indices)

    def _place(self, outcome: list[object]) -> int:
        place = self._places.setdefault(encode(outcome), len(self.kept))
        if place == len(self.kept):
            self.kept.append(outcome)
        return place


def _told_apart(outcome: Outcome) -> Outcome:
    """Return as much of a mistake's outcome as tells it from others: no line of its code."""
    if isinstance(outcome, Raised):
        return Raised(outcome.error, sealed(outcome.message))
    if isinstance(outcome, Value):
        return Value(_coarse(outcome.value), outcome.changed)
    return outcome


def _coarse(value: object) -> object:
    if not (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return value
    largest = float(np.max(np.abs(value[np.isfinite(value)]), initial=0.0))
    # Beyond these, float32 would make infinities of the largest numbers, or zeros of them all.
    if largest and not 1 / _LARGE < largest < _LARGE:
        return value
    with np.errstate(all="ignore"):
        short = np.ascontiguousarray(value, np.float32).reshape(value.shape)
    coarse = (short.view(np.uint32) & _KEPT_BITS).view(np.float32)
    return np.where(np.isfinite(short), coarse, short)


def up_to_date(path: Path, assignment: Assignment) -> bool:
    """Whether the file at `path` holds what `recorded` would record."""
    try:
        return path.is_file() and publication(path).digest == digest(assignment)
    except AssignmentError:
        return False
