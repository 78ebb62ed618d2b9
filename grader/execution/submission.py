"""Everything that is known of one submission once its notebook has run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from grader.assignment.model import Assignment, Exercise
from grader.datasets import Located
from grader.execution.absences import absent
from grader.execution.calibration import processor_slowness
from grader.execution.lacks import Lacks
from grader.execution.run import Run
from grader.i18n import _
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Notebook
from grader.results.drawings import Curve, Example
from grader.scenario import Absent, Lack, Patience, Stopped, Usual
from grader.subjects.answer_time import usual
from grader.subjects.reference import reference
from grader.subjects.student import Stops, Student, Terms

# What all answers about definitions may take together, for one exercise: a thousand questions, each
# of which takes a thousand times as long as the reference.
UNIT_SECONDS: Final = 120.0
# What measuring a state of the notebook may take. Who needs longer for the images of a test set
# has needed hours for the training.
MEASURE_SECONDS: Final = 60.0


@dataclass
class Submission:
    """A notebook, how it ran, and whoever answers for it.

    `measures` are figures found on the way that the result quotes: "accuracy" and "loss".
    `remembered` is for what several checks want to know and is costly to find out. `suspicions`
    are what the instructor should look at, each with the index of its cell where it has one.
    `curves`, by name, and `examples` are what was recognised of the student's drawings; `places`
    are the cells that exercises are done in, by their ids, where that is not where their names
    are defined. `remarks` are what the result should tell beside its checks, as `suspicions` are.
    `stopped` counts the questions that came to no answer, `stops` tells of what. `contended` says
    whether others on the machine may be why, or why a cell was ended. `judged` is the cell after
    which what the notebook made as a whole was judged, None where it was not, or not yet.
    """

    notebook: Notebook
    cells: CellMap
    run: Run
    assignment: Assignment
    datasets: Mapping[str, Located]
    measures: dict[str, float] = field(default_factory=dict)
    remembered: dict[str, Any] = field(default_factory=dict)
    suspicions: list[tuple[int | None, str]] = field(default_factory=list)
    curves: dict[str, Curve] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    remarks: list[tuple[int | None, str]] = field(default_factory=list)
    stopped: int = 0
    judged: int | None = None
    contended: bool = False
    stops: Stops = field(default_factory=Stops)
    patience: Patience = field(default_factory=lambda: Patience(UNIT_SECONDS))

    @property
    def quick(self) -> bool:
        """Whether the training was left out."""
        return self.run.plan.quick

    @cached_property
    def lacks(self) -> Lacks:
        """What was lacking where the notebook ran."""
        return Lacks(self.notebook, self.cells, self.run)

    def turn_to(self, exercise: Exercise) -> None:
        """Let what is asked from here on have the time of this exercise: each has its own."""
        seconds = total = self.run.plan.total_seconds
        if exercise.unit:
            seconds = min(total, processor_slowness() * UNIT_SECONDS)
        self.patience = Patience(seconds)

    def student(self, names: tuple[str, ...], cells: CellMap | None = None) -> Student:
        """Return the student in the state in which all of `names` are defined.

        That is as `cells` define them, where they are given, and else as the cells that count do.
        An answer may take no longer than is plenty by what the reference takes.
        """
        cells = cells or self.cells.counting(names)
        # Whatever an earlier cell defined, what is asked about is not there.
        lacks = (self.lacks.whole(cells.last_written(name)) for name in names)
        lack = next(filter(None, lacks), None)
        return self._at(cells.ready(names), plenty=self._usual(names), lack=lack)

    def in_force(self, names: tuple[str, ...]) -> CellMap:
        """Return the cells that made `names` what they were when the notebook was judged.

        Where it was not, or only what no name was needed for, those that count.
        """
        cells = self.cells if self.judged is None else self.cells.until(self.judged)
        if self.judged is not None and all(map(cells.binding, names)):
            return cells
        return self.cells.counting(names)

    def at(self, index: int | None, *, seconds: float | None = None) -> Student:
        """Return the student as they stood after the cell with this index."""
        return self._at(index, seconds=seconds)

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
        """Return what can be told of why `name` is not defined."""
        return absent(name, self.notebook, self.cells, self.run)

    def _usual(self, names: tuple[str, ...]) -> Usual | None:
        """Return what is plenty by the reference, None where there is none at hand."""
        if self.assignment.released:
            return None
        path = self.assignment.reference
        return usual(lambda: reference(path, names), processor_slowness)

    def _count(self, stopped: Stopped) -> None:
        self.stopped += 1
        self.contended = self.contended or stopped.doubtful
