"""Everything that is known of one submission once its notebook has run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from grader.assignment.handed_out import cell_map
from grader.assignment.model import Assignment, Exercise
from grader.datasets import Located
from grader.execution.absences import absent
from grader.execution.calibration import processor_slowness
from grader.execution.lacks import Lacks, missing_modules, needing_newer, python
from grader.execution.plan import plan
from grader.execution.timing import cell_times
from grader.i18n import _
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Notebook
from grader.options import Options, Progress
from grader.results.drawings import Curve, Example
from grader.scenario import Absent, Lack, Patience, Scenario, Stopped, Transcript, Usual
from grader.subjects.student import Stops, Student, Terms
from grader.verdicts import AfterSubmission, CheckFailed, NeedsReview

if TYPE_CHECKING:
    from grader.execution.run import Run
    from grader.sandbox.kernels import Kernels

# What all answers about definitions may take together, for one exercise: a thousand questions, each
# of which takes a thousand times as long as the reference.
UNIT_SECONDS: Final = 120.0
# What measuring a state of the notebook may take. Who needs longer for the images of a test set
# has needed hours for the training.
MEASURE_SECONDS: Final = 60.0

VERDICTS: Final = (CheckFailed, NeedsReview, AfterSubmission)


@dataclass
class Findings:
    """What is found out on the way, and what a result tells of it beside its verdicts.

    `measures` are figures by name, such as "accuracy". `suspicions` are what the instructor should
    look at, `remarks` what everybody is told, each with the index of its cell where it has one.
    `curves`, by name, and `examples` are what was recognised of the student's drawings; `places`
    are the cells that exercises are done in, by their ids, where that is not where their names
    are defined. `mended` are the definitions without their slips, by the ids of the exercises in
    which a mend was found and the cells after which these were asked about; `as_mended` says
    whether something was judged as if they stood in the notebook. `stopped` counts the questions
    that came to no answer. `contended` says whether others on the machine may be why, or why a cell
    was ended. `judged` is the cell after which what the notebook made as a whole was judged, None
    where it was not, or not yet; of several things that were, the last.
    """

    measures: dict[str, float] = field(default_factory=dict)
    suspicions: list[tuple[int | None, str]] = field(default_factory=list)
    remarks: list[tuple[int | None, str]] = field(default_factory=list)
    curves: dict[str, Curve] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    mended: dict[tuple[str, int | None], str] = field(default_factory=dict)
    as_mended: bool = False
    stopped: int = 0
    contended: bool = False
    judged: int | None = None
    _measured: dict[str, None] = field(default_factory=dict)

    def judge_after(self, cell: int) -> None:
        """Note that something was judged as it was after a cell."""
        self.judged = max(cell, -1 if self.judged is None else self.judged)

    def measure(self, what: str, figures: Mapping[str, float]) -> None:
        """Quote what was measured of the network called `what`, the last time that counts.

        Of several networks, all but the first have their figures quoted with their names.
        """
        self._measured.setdefault(what)
        first = next(iter(self._measured)) == what
        for name, figure in figures.items():
            self.measures[name if first else f"{_(name)} ({what})"] = figure


@dataclass(frozen=True)
class Submission:
    """A notebook, how it ran, and whoever answers for it.

    `remembered` is for what several checks want to know and is costly to find out. `stops` tells of
    the questions that came to no answer, `patience` how long further ones may take together.
    `mended` are sources that define anew, without their slips, what exercises before this one ask
    about: given where it is judged what the notebook would have come to with them.
    """

    notebook: Notebook
    cells: CellMap
    run: "Run"
    assignment: Assignment
    datasets: Mapping[str, Located]
    findings: Findings = field(default_factory=Findings)
    remembered: dict[Any, Any] = field(default_factory=dict)
    stops: Stops = field(default_factory=Stops)
    patience: Patience = field(default_factory=lambda: Patience(UNIT_SECONDS))
    mended: tuple[str, ...] = ()

    @property
    def curves(self) -> dict[str, Curve]:
        """The curves that were recognised, by name, for the result to show."""
        return self.findings.curves

    @property
    def examples(self) -> list[Example]:
        """The pictures that were recognised, for the result to show."""
        return self.findings.examples

    @property
    def places(self) -> dict[str, int]:
        """The cells that exercises are done in, by their ids, where their names tell of others."""
        return self.findings.places

    @property
    def quick(self) -> bool:
        """Whether the training was left out."""
        return self.run.plan.quick

    @cached_property
    def lacks(self) -> Lacks:
        """What was lacking where the notebook ran."""
        return Lacks(self.notebook, self.cells, self.run)

    def within(self, exercise: Exercise) -> "Submission":
        """Return the same with the time that questions of this exercise have: each has its own."""
        seconds = total = self.run.plan.total_seconds
        if exercise.unit:
            seconds = min(total, processor_slowness() * UNIT_SECONDS)
        return replace(self, patience=Patience(seconds))

    def student(
        self, names: tuple[str, ...], cells: CellMap | None = None, plenty: Usual | None = None
    ) -> Student:
        """Return the student in the state in which all of `names` are defined.

        That is as `cells` define them, where they are given, and else as the cells that count do.
        An answer may take no longer than is `plenty`, where that is known.
        """
        cells = cells or self.cells.counting(names)
        # Whatever an earlier cell defined, what is asked about is not there.
        lacks = (self.lacks.whole(cells.last_written(name)) for name in names)
        lack = next(filter(None, lacks), None)
        return self._at(cells.ready(names), plenty=plenty, lack=lack)

    def in_force(self, names: tuple[str, ...]) -> CellMap:
        """Return the cells that made `names` what they were when the notebook was judged.

        Where it was not, or only what no name was needed for, those that count.
        """
        judged = self.findings.judged
        cells = self.cells if judged is None else self.cells.until(judged)
        if judged is not None and all(map(cells.binding, names)):
            return cells
        return self.cells.counting(names)

    def at(self, index: int | None, *, seconds: float | None = None) -> Student:
        """Return the student as they stood after the cell with this index."""
        return self._at(index, seconds=seconds)

    def apart(self, index: int | None, scenario: Scenario, *, seconds: float) -> Transcript:
        """Return what a question comes to whose steps change the state that they are asked of.

        It is asked of the state as it was after the cell with this index, and leaves it so.
        """
        self.refresh(index)
        try:
            return self.at(index, seconds=seconds).answer(scenario)
        finally:
            self.refresh(index)

    def refresh(self, index: int | None) -> None:
        """Let the next question go to the state as it was after a cell, whatever was asked."""
        state = self.run.after(index)
        if state is not None:
            state.reset()

    def measured_at(self, index: int | None) -> Student:
        """Return the student after a cell, to be measured there by questions that take long."""
        return self.at(index, seconds=processor_slowness() * MEASURE_SECONDS)

    def _at(
        self,
        index: int | None,
        *,
        seconds: float | None = None,
        plenty: Usual | None = None,
        lack: Lack | None = None,
    ) -> Student:
        terms = Terms(
            seconds or self.assignment.config.limits.answer_seconds,
            usual=plenty,
            patience=self.patience,
            stops=self.stops,
            stopped=self._count,
            defined=lambda name: self.cells.defined_before(name, index),
        )
        return Student(
            self.run.after(index),
            terms,
            absence=_("nothing of the notebook could be run"),
            lack=lack,
            modules=self.run.lacking,
            undefined=self.lacks.undefined,
            absent=self.absent,
        )

    def absent(self, name: str) -> Absent:
        """Return what can be told of why `name` is not defined, which is found out once."""
        known = self.remembered.get((absent, name))
        if known is None:
            known = absent(name, self.notebook, self.cells, self.run)
            self.remembered[absent, name] = known
        return cast(Absent, known)

    def _count(self, stopped: Stopped) -> None:
        self.findings.stopped += 1
        self.findings.contended = self.findings.contended or stopped.doubtful


Question = TypeVar("Question", bound=Callable[..., Any])


def once(question: Question) -> Question:
    """Let a function of a submission find out each thing once, whichever checks want to know it.

    Its other arguments are positional, and tell one thing from another: scenarios by their steps,
    all else by its hash. The verdict that it raised is raised again.
    """

    @wraps(question)
    def look(submission: Submission, *what: Any) -> Any:
        keys = (each.key if isinstance(each, Scenario) else each for each in what)
        known, asked = submission.remembered, (question, *keys)
        if asked not in known:
            try:
                known[asked] = question(submission, *what), None
            except VERDICTS as verdict:
                known[asked] = None, verdict
        found, raised = known[asked]
        if raised is not None:
            raise raised
        return found

    return cast(Question, look)


def submitted(
    notebook: Notebook,
    assignment: Assignment,
    exercises: Sequence[Exercise],
    datasets: Mapping[str, Located],
    options: Options,
    *,
    absent: Sequence[str],
    kernels: "Kernels",
    progress: Progress,
    meanwhile: Callable[[], None],
) -> Submission:
    """Run `notebook` in a kernel, as far as `exercises` need it, and return what came of it.

    `absent` are the data sets that the notebook
    reads and that are nowhere. `meanwhile` is called where there is nothing but to wait.
    Raises InternalError where the kernel cannot be started, UsageError where it could read what is
    private.
    """
    # Whoever judges a notebook that runs already, or did, has no need of a kernel.
    from grader.execution.run import run  # noqa: PLC0415

    cells = cell_map(notebook, assignment)
    lacking = missing_modules(notebook)
    limits = assignment.config.limits
    planned = replace(
        plan(notebook, cells, assignment, exercises, quick=options.quick),
        cell_seconds=options.cell_seconds or limits.cell_seconds,
        # What whoever calls says of all cells holds for each.
        times={} if options.cell_seconds else cell_times(notebook, cells, assignment),
        total_seconds=options.total_seconds or limits.total_seconds,
        faithful=options.faithful,
        absent=tuple(absent),
    )
    ran = run(notebook, planned, kernels, progress=progress, meanwhile=meanwhile)
    ran.lacking, ran.newer, ran.python = lacking, needing_newer(notebook), python()
    found = Findings(contended=ran.contended)
    return Submission(notebook, cells, ran, assignment, datasets, found)
