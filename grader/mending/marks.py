"""Follow-through marks: what a slip spoils is not charged again, as examiners do it.

An exercise gives what is right as it stands or, where that is more, all that is right once the
slip is mended, less the price of the slip.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from grader.assignment.config import FollowThrough
from grader.assignment.model import Exercise
from grader.errors import GraderError
from grader.execution.submission import Findings, Submission
from grader.faults import tell_of_fault
from grader.i18n import _
from grader.judging.judges import Judge
from grader.mending.definitions import Definitions, definitions
from grader.mending.edits import Edit
from grader.mending.guessing import ANEW, given, left_open, telling, unforeseen
from grader.mending.kinds import WORDS
from grader.mending.search import Asked, Mend, Step, found, mended
from grader.notebook.cell_map import CellMap, of_file
from grader.results.model import ExerciseResult, SlipInfo
from grader.scenario import Patience, Subject
from grader.subjects.recorded import Recorded
from grader.subjects.student import Stops

log = logging.getLogger(__name__)


def followed_through(
    result: ExerciseResult,
    exercise: Exercise,
    submission: Submission,
    cells: CellMap,
    judge: Judge,
    seeds: Sequence[int],
) -> ExerciseResult:
    """Return `result`, of an exercise as `cells` define it, with what follows from a slip given.

    It stays as it is where nothing is lost, where the assignment wants it so, and where no mend is
    found. `seeds` are those of the questions: first of those that everyone is asked, last of those
    that a mend is asked at the end and nothing else is, between them of what was asked beside.
    Raises AssignmentError where a check cannot be used.
    """
    seed, *between, last = seeds
    terms = submission.assignment.config.follow_through
    failed = any(check.status == "failed" for check in result.checks)
    if not (terms.marks and exercise.unit and failed):
        return result
    try:
        handed_out, _names = of_file(submission.assignment.reference)
        defined = definitions(submission.notebook, cells, exercise.names, handed_out)
        if defined is None:
            return result
        asked = submission.within(exercise)
        decisive = telling(exercise, judge, seed)
        opened = left_open(exercise, result, decisive)
        attempt = _Attempt(result, exercise, asked, cells, judge, seed, last, defined, opened)
        mend = attempt.mend()
        if mend is not None:
            before = (seed, seed ^ ANEW, *between)
            decisive = unforeseen(exercise, judge, decisive, before, last)
    except GraderError:
        raise
    except Exception:  # noqa: BLE001 - the log tells of it
        # A help, without which the points stand all the same.
        tell_of_fault(log, "no mend could be looked for in the exercise %s", exercise.id)
        return result
    if mend is None:
        return result
    place = submission.places.get(exercise.id, cells.ready(exercise.names))
    submission.findings.mended[exercise.id, place] = mend.source
    return credited(result, mend, terms, given(result, decisive, opened))


@dataclass(frozen=True)
class _Attempt:
    """An exercise that has lost points, as `cells` define it by what is `defined` there.

    The search does not go by the checks that are `opened`. What it finds is asked questions that
    are drawn from `last`.
    """

    result: ExerciseResult
    exercise: Exercise
    submission: Submission
    cells: CellMap
    judge: Judge
    seed: int
    last: int
    defined: Definitions
    opened: frozenset[str]

    @property
    def failed(self) -> list[str]:
        """The ids of the checks that fail."""
        return [check.id for check in self.result.checks if check.status == "failed"]

    @property
    def place(self) -> int | None:
        """The cell after which it is asked."""
        return self.cells.ready(self.exercise.names)

    def mend(self) -> Mend | None:
        """Return what mends it, None where nothing is found.

        It is asked once more: what answers for a mend is kept, what was only tried is not.
        """
        steps = self._steps()
        try:
            if not steps:
                return None
            return mended(self._asked(self.submission), self.defined, steps, self.last)
        finally:
            # A decorator of edited definitions may have kept something where others look.
            self.submission.refresh(self.place)

    def _steps(self) -> Sequence[Step]:
        """Search for the mend, or look up what was found for the same when the notebook ran."""
        run = self.submission.run
        kept, key = run.mends, f"{self.exercise.id} {self.place}"
        searched = [self.defined.digest, self.failed, sorted(self.opened)]
        recorded = [each for each in run.snapshots.values() if isinstance(each, Recorded)]
        if not recorded:
            # What ends the search ends it again: nothing is to be looked for another time.
            kept[key] = [searched, []]
            if self.submission.stops.gave_up(self.exercise.names):
                # What hangs is not asked any more, and with each edit it would be.
                return ()
            aside = _aside(self.submission)
            steps = found(self._asked(aside), self.defined, self.result)
            if not steps and aside.findings.contended:
                # Alone on the machine, one may be found.
                self.submission.findings.contended = True
            self.submission.refresh(self.place)
            kept[key] = [searched, [[index, asdict(edit)] for index, edit in steps]]
            return steps
        before, plain = kept.get(key, (None, ()))
        if before != searched:
            # What fails now, or what is asked about, was never searched for a mend: only the
            # notebook itself can tell.
            recorded[0].unanswered += 1
            return ()
        return [(index, Edit(**{**edit, "new": tuple(edit["new"])})) for index, edit in plain]

    def _asked(self, submission: Submission) -> Asked:
        exercise, cells = self.exercise, self.cells
        plenty = self.judge.plenty(exercise)

        def subject() -> Subject:
            return replace(submission, stops=Stops()).student(exercise.names, cells, plenty)

        return Asked(
            exercise,
            self.judge,
            self.seed,
            names=frozenset(name for cell in cells.names.values() for name in cell.binds),
            subject=subject,
            failed=frozenset(self.failed),
            opened=self.opened,
            stopped=lambda: submission.findings.stopped,
            patience=submission.patience,
        )


def _aside(submission: Submission) -> Submission:
    """Return a submission that is asked without anything being kept, counted or used up."""
    run = submission.run
    snapshots = {at: getattr(each, "unkept", each) for at, each in run.snapshots.items()}
    return replace(
        submission,
        run=replace(run, snapshots=snapshots),
        findings=Findings(),
        remembered={},
        patience=Patience(submission.patience.left),
    )


def credited(
    result: ExerciseResult, mend: Mend, terms: FollowThrough, given_back: Collection[str]
) -> ExerciseResult:
    """Return `result` with the points that its slips have spoilt given, less what they cost.

    Only those of checks that are `given_back`.
    """
    passed = {check.id for check in mend.result.checks if check.status == "passed"}
    whole = passed.intersection(given_back)
    prices = [terms.of(slip.edit.kind, result.max_score) for slip in mend.slips]
    spoilt = sum(check.lost for check in result.checks if check.id in whole)
    if spoilt <= sum(prices):
        return replace(result, slips=tuple(_told(mend, terms, [None] * len(prices))))
    left, checks = sum(prices), []
    for check in result.checks:
        if not (check.id in whole and check.lost):
            checks.append(check)
            continue
        charged = min(left, check.lost)
        left -= charged
        checks.append(replace(check, points=check.max_points - charged, follows=True))
    return result.with_checks(checks, slips=tuple(_told(mend, terms, prices)))


def _told(mend: Mend, terms: FollowThrough, prices: Sequence[float | None]) -> Iterator[SlipInfo]:
    """Yield the slips of a mend as a student is told of them."""
    for slip, price in zip(mend.slips, prices, strict=True):
        part, edit = slip.part, slip.edit
        words = WORDS[edit.kind]
        yield SlipInfo(
            kind=edit.kind,
            cell=part.cell,
            line=slip.line,
            code=slip.code.strip(),
            about=_(words.about),
            hint=_(words.question),
            price=price,
            mend="\n".join(edit.new) or None if terms.show_mend else None,
        )
