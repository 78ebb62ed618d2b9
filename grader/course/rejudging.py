"""Judging a graded course again, after a check or its points were mended.

Nothing of a student's is run where the answers that were kept suffice. Before anything is
written it is told who moves, by how much, and by which checks.
"""

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from grader.assignment.loading import find_assignment
from grader.course.by_hand import Points, with_points
from grader.course.jobs import How, Job, Outcome, perform
from grader.course.kept import UNREADABLE
from grader.course.ledger import Ledger, Record, contents, key_of
from grader.course.workers import context
from grader.errors import GraderError
from grader.execution.recording import unpacked
from grader.results.model import Result
from grader.scoring import judged_again

# Starting a process takes longer than judging so many.
FEW: Final = 20
_CHUNK: Final = 8


@dataclass(frozen=True)
class Move:
    """What judging a submission again came to: the results before and after.

    `after` is None where it could not be judged, and `error` then says why. Both are with the
    points that a person gave, `judged` is `after` without them. `ran` says whether the student's
    code had to be run for questions that were new. `record` is what is kept of it, None where that
    cannot be read.
    """

    name: str
    before: Result | None = None
    record: Record | None = None
    key: str = ""
    judged: Result | None = None
    after: Result | None = None
    error: str = ""
    ran: bool = False
    recording: bytes = b""

    @property
    def by(self) -> float:
        """How many points the submission gains, a negative number where it loses."""
        if self.after is None or self.before is None:
            return 0.0
        return self.after.score - self.before.score

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks whose points or status have changed."""
        if self.after is None or self.before is None:
            return ()
        before, after = _judged(self.before), _judged(self.after)
        return tuple(name for name in before | after if before.get(name) != after.get(name))


def _judged(result: Result) -> dict[str, tuple[object, ...]]:
    return {
        f"{exercise.id}.{check.id}": (check.status, check.points, check.max_points)
        for exercise in result.exercises
        for check in exercise.checks
    }


def moves(results: Path, workers: int, former: Points, given: Points) -> Iterator[Move]:
    """Judge every submission again whose result is kept in the folder, in the order of names.

    `given` are the points that a person gave to what waits for one, `former` those that counted
    before.

    Raises UsageError where the folder keeps none.
    """
    ledger = Ledger(results)
    stems = ledger.require_stems()
    again = partial(_again, results, former, given)
    if len(stems) <= FEW or workers == 1:
        yield from map(again, stems)
        return
    with ProcessPoolExecutor(workers, mp_context=context()) as pool:
        yield from pool.map(again, stems, chunksize=_CHUNK)


def _again(results: Path, former: Points, given: Points, stem: str) -> Move:
    ledger = Ledger(results)
    record = ledger.at(stem)
    if record is None:
        return Move(stem, error=UNREADABLE.format(folder=ledger.folder))
    name = record.name
    move = Move(name, with_points(record.result, former.get(name, ())), record)
    try:
        move = _move(ledger, stem, record, move)
    except GraderError as error:
        return replace(move, error=str(error))
    except Exception as error:  # noqa: BLE001 - the others of the course go on
        return replace(move, error=f"{name}: {type(error).__name__}: {error}")
    if move.judged is None:
        return move
    return replace(move, after=with_points(move.judged, given.get(name, ())))


def _job(record: Record, results: Path) -> Job:
    how: dict[str, Any] = {**record.how, "only": tuple(record.how.get("only", ()))}
    if how.get("data") is not None:
        how["data"] = Path(how["data"])
    return Job(
        record.path,
        record.name,
        How(**how),
        recorded=True,
        private=(results.absolute(), (record.within or record.path.parent).absolute()),
        folder=record.within,
    )


def _move(ledger: Ledger, stem: str, record: Record, move: Move) -> Move:
    path = ledger.recording(stem)
    job = _job(record, ledger.results)
    try:
        recording = unpacked(path.read_bytes(), path)
    except OSError:
        return _ran(record, job, move)
    assignment = find_assignment(recording.notebook, job.how.assignment)
    result = judged_again(recording, assignment, job.how)
    if result is None:
        return _ran(record, job, move)
    # What grading took is what it took when the notebook ran, and its file may have moved since.
    update = {"seconds": record.result.seconds, "submission": record.result.submission}
    again = key_of(recording.notebook.sha256, assignment, job.how)
    return replace(move, key=again, judged=result.model_copy(update=update))


def _ran(record: Record, job: Job, move: Move) -> Move:
    """Run the notebook for what was never asked of it."""
    again = contents(job)
    if again.sha256 != record.result.submission.sha256:
        error = f"{job.path} has changed since it was graded: grade it with `grade`."
        return replace(move, error=error)
    outcome: Outcome = perform(job)
    if outcome.result is None:
        return replace(move, error=outcome.error)
    update = {"submission": record.result.submission}
    result = outcome.result.model_copy(update=update)
    return replace(move, key=again.key, judged=result, ran=True, recording=outcome.recording)


def kept(each: Iterable[Move], *, never_lower: bool) -> list[Move]:
    """Return the moves that are to be written."""
    return [move for move in each if move.after is not None and not (never_lower and move.by < 0)]


def write(ledger: Ledger, each: Iterable[Move], chosen: Collection[Move]) -> None:
    """Keep what the moves came to, those that are not chosen as results that stand all the same."""
    for move in each:
        if move.record is None or move.judged is None:
            continue
        record = move.record.model_copy(update={"key": move.key, "floor": False})
        if move in chosen:
            record = record.model_copy(update={"result": move.judged})
        else:
            record = record.model_copy(update={"floor": True})
        ledger.put(record, move.recording)
