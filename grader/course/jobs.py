"""One notebook of a course as a piece of work that any process can do."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignment.loading import find_assignment
from grader.assignment.model import Assignment
from grader.course.own_time import OwnTime, OwnTimeError, own_seconds, reading_seconds
from grader.course.submissions import HandedIn
from grader.errors import GraderError, InternalError, UnmetError
from grader.execution.calibration import slowness
from grader.grading import Options, grade
from grader.notebook.reading import Notebook, NotebookError
from grader.results.model import Result
from grader.sandbox.forkserver import ServerCache
from grader.text import encodable

Watch = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class How(Options):
    """How each notebook of a call is graded, and the name of the assignment if one was given."""

    assignment: str | None = None


@dataclass(frozen=True)
class Job:
    """A notebook to grade, and the name that its result is written under.

    `recorded` says whether its answers are to be kept, so that it can be judged again; `notebook`
    is what stands at `path`, for those on another machine. `slowness` is that of the machine, where
    it has been measured for all jobs of a batch. `private` are the folders of all submissions and
    of the results, which no notebook may read. `memory` is how many bytes there are for it beside
    the others. `folder` and `problem` are those of `HandedIn`.
    """

    path: Path
    name: str
    how: How
    recorded: bool = False
    notebook: Notebook | None = None
    slowness: int | None = None
    private: tuple[Path, ...] = ()
    memory: int | None = None
    folder: Path | None = None
    problem: str = ""

    def read(self) -> Notebook:
        """Return the notebook, called as the job is among others. Raises NotebookError."""
        notebook = self.notebook or HandedIn(self.path, self.folder, self.problem).read()
        return replace(notebook, name=self.name) if self.among_others else notebook

    @property
    def among_others(self) -> bool:
        """Whether it is one of a folder of submissions or of results, and has a name there."""
        return self.folder is not None or self.recorded

    @property
    def alone(self) -> "Job":
        """The same, for when the machine has nothing else to do."""
        return replace(self, memory=None)


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a result, or the sentence that says why there is none.

    `status` is the exit status that it calls for by itself, `recording` what `judged_again` takes,
    empty where it was not asked for. `unmet` says that no other job can be done here either, for
    what the machine lacks. `refused` says that something of the grader's own failed, such as the
    start of a kernel: a machine that has no process left for a moment refuses it.
    """

    result: Result | None
    error: str = ""
    status: int = 0
    recording: bytes = b""
    unmet: bool = False
    refused: bool = False

    @property
    def contended(self) -> bool:
        """Whether others on the machine may be why it came to no result, or to a lesser one."""
        return self.refused or (self.result is not None and self.result.contended)


def perform(
    job: Job,
    watch: Watch = lambda _text: None,
    servers: ServerCache | None = None,
    own: OwnTime | None = None,
) -> Outcome:
    """Grade the job's notebook; whatever goes wrong is told in the outcome, and never raised.

    `watch` hears what is being done; `servers` is for those who grade many. `own` is what ends it
    where the grader itself comes to no end.
    """
    own = own or OwnTime()
    try:
        with own.held(reading_seconds()):
            return _performed(job, watch, servers, own)
    except OwnTimeError:
        return endless(job)


def _performed(job: Job, watch: Watch, servers: ServerCache | None, own: OwnTime) -> Outcome:
    try:
        kept: list[bytes] = []
        result = _graded(job, kept.append if job.recorded else None, watch, servers, own)
    except GraderError as error:
        return Outcome(
            None,
            _of(job, error),
            error.exit_status,
            unmet=isinstance(error, UnmetError),
            refused=isinstance(error, InternalError),
        )
    except Exception as error:  # noqa: BLE001 - the others of the course go on
        return failed(job, error)
    return Outcome(result, status=result.exit_status, recording=b"".join(kept))


def _of(job: Job, error: GraderError) -> str:
    """Return what is to be told of an error: also which of several notebooks it is about."""
    told, path = str(error), encodable(str(job.path))
    whole = isinstance(error, UnmetError) or job.folder is None or path in told
    return told if whole else f"{path}: {told}"


def _graded(
    job: Job,
    keep: Callable[[bytes], None] | None,
    watch: Watch,
    servers: ServerCache | None,
    own: OwnTime,
) -> Result:
    notebook, how = job.read(), job.how
    assignment = find_assignment(notebook, how.assignment)
    own.allow(own_seconds(assignment))
    refuse_reference(job, assignment)

    def progress(_index: int, done: int, total: int) -> None:
        watch(f"code cell {done + 1} of {total}")

    return grade(
        notebook,
        assignment,
        how,
        slowness=job.slowness or slowness(),
        private=job.private,
        memory=job.memory,
        keep=keep,
        servers=servers,
        progress=progress,
        stage=lambda title: watch(f"asking: {title}"),
    )


def refuse_reference(job: Job, assignment: Assignment) -> None:
    """Raise NotebookError where the file of a folder is the reference's own, by a second name.

    That can be told only where the file is: a job that has its notebook with it was asked before.
    """
    if job.folder is None or job.notebook is not None or assignment.released:
        return
    if job.path.exists() and job.path.samefile(assignment.reference):
        raise NotebookError(
            job.path,
            f"is the assignment's own {assignment.reference} by another name (a hard link), and "
            "nobody's submission; remove it",
        )


def failed(job: Job, error: BaseException) -> Outcome:
    """Return the outcome of a job at which the grader failed by `error`: no score."""
    return Outcome(
        None,
        f"{job.path}: the grader itself failed ({type(error).__name__}: {error}). This is "
        "nobody's mistake but ours, and nothing was scored. Please report it, with the file.",
        InternalError.exit_status,
    )


def endless(job: Job) -> Outcome:
    """Return the outcome of a job at which the grader itself came to no end: no score."""
    return Outcome(
        None,
        f"{job.path}: the grader itself took more processor time than any submission needs, and "
        "was ended. This is the grader's failure and no score. Please report it, with the file.",
        InternalError.exit_status,
    )


def lost(job: Job, what: str) -> Outcome:
    """Return the outcome of a job whose worker died of it: the grader's failure, never a zero."""
    return Outcome(
        None,
        f"{job.path}: the process that graded it ended before it was done ({what}), twice. This "
        "is the grader's failure and no score. Grade it alone to see more: "
        f"`grade {job.path}`.",
        InternalError.exit_status,
    )
