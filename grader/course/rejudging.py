"""Judging a graded course again, after a check or its points were mended.

Nothing of a student's is run where the answers that were kept suffice. Before anything is
written it is told who moves, by how much, and by which checks.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from grader.course.by_hand import Points, with_points
from grader.course.jobs import How, Job, Outcome, perform
from grader.course.ledger import Ledger, Record, key, key_of
from grader.course.workers import context
from grader.errors import GraderError, UnusableInputError
from grader.finding import find_assignment
from grader.recordings import unpacked
from grader.results import Result
from grader.scoring import judged_again

# Starting a process takes longer than judging so many.
FEW: Final = 20
_CHUNK: Final = 8


@dataclass(frozen=True)
class Move:
    """What judging a submission again came to: the results before and after.

    `after` is None where it could not be judged, and `error` then says why. `ran` says whether the
    student's code had to be run for questions that were new.
    """

    job: Job
    before: Result
    key: str = ""
    after: Result | None = None
    error: str = ""
    ran: bool = False
    recording: bytes = b""

    @property
    def by(self) -> float:
        """How many points the submission gains, a negative number where it loses."""
        return self.after.score - self.before.score if self.after is not None else 0.0

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks whose points or status have changed."""
        if self.after is None:
            return ()
        before, after = _judged(self.before), _judged(self.after)
        return tuple(name for name in before | after if before.get(name) != after.get(name))


def _judged(result: Result) -> dict[str, tuple[object, ...]]:
    return {
        f"{exercise.id}.{check.id}": (check.status, check.points, check.max_points)
        for exercise in result.exercises
        for check in exercise.checks
    }


def moves(results: Path, workers: int, given: Points) -> Iterator[Move]:
    """Judge every submission again whose result is kept in the folder, in the order of names.

    `given` are the points that a person gave to what waits for one.

    Raises UnusableInputError where the folder keeps none.
    """
    ledger = Ledger(results)
    names = sorted(path.stem for path in ledger.folder.glob("*.json"))
    if not names:
        raise UnusableInputError(
            f"{results} keeps no results that could be judged again: "
            f"`grade FOLDER --out {results}` makes them."
        )
    again = partial(_again, results, given)
    if len(names) <= FEW or workers == 1:
        yield from filter(None, map(again, names))
        return
    with ProcessPoolExecutor(workers, mp_context=context()) as pool:
        yield from filter(None, pool.map(again, names, chunksize=_CHUNK))


def _again(results: Path, given: Points, name: str) -> Move | None:
    ledger = Ledger(results)
    record = ledger.record(name)
    if record is None:
        return None
    job = _job(record, name)
    try:
        return _counted(_move(ledger, record, job), given)
    except GraderError as error:
        return Move(job, record.result, error=str(error))
    except Exception as error:  # noqa: BLE001 - the others of the course go on
        return Move(job, record.result, error=f"{name}: {type(error).__name__}: {error}")


def _counted(move: Move, given: Points) -> Move:
    """Return a move with the points that a person gave."""
    if move.after is None:
        return move
    return replace(move, after=with_points(move.after, given.get(move.job.name, ())))


def _job(record: Record, name: str) -> Job:
    how: dict[str, Any] = {**record.how, "only": tuple(record.how.get("only", ()))}
    if how.get("data") is not None:
        how["data"] = Path(how["data"])
    return Job(Path(record.result.submission.path), name, How(**how), recorded=True)


def _move(ledger: Ledger, record: Record, job: Job) -> Move:
    path = ledger.recording(job.name)
    try:
        recording = unpacked(path.read_bytes(), path)
    except OSError:
        return _ran(record, job)
    assignment = find_assignment(recording.notebook, job.how.assignment)
    result = judged_again(recording, assignment, job.how)
    if result is None:
        return _ran(record, job)
    # What grading took is what it took when the notebook ran.
    result = result.model_copy(update={"seconds": record.result.seconds})
    again = key_of(recording.notebook.sha256, assignment, job.how)
    return Move(job, record.result, again, result)


def _ran(record: Record, job: Job) -> Move:
    """Run the notebook for what was never asked of it."""
    again = key(job)
    outcome: Outcome = perform(job)
    if outcome.result is None:
        return Move(job, record.result, error=outcome.error)
    if outcome.result.submission.sha256 != record.result.submission.sha256:
        error = f"{job.path} has changed since it was graded: grade it with `grade`."
        return Move(job, record.result, error=error)
    return Move(job, record.result, again, outcome.result, ran=True, recording=outcome.recording)


def kept(each: Iterable[Move], *, never_lower: bool) -> list[Move]:
    """Return the moves that are to be written."""
    return [move for move in each if move.after is not None and not (never_lower and move.by < 0)]


def write(results: Path, each: Iterable[Move], report: Callable[[str, Result], None]) -> None:
    """Keep what the moves came to, and hand each new result to `report` with its name."""
    ledger = Ledger(results)
    for move in each:
        if move.after is not None:
            ledger.keep(move.job, move.key, move.after, move.recording)
            report(move.job.name, move.after)
