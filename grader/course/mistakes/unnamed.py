"""Wrong answers of a graded course that no known mistake explains, those that are alike together.

What is compared was kept when the notebooks ran: no student's code is run.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.assignment.handed_out import cell_map
from grader.assignment.loading import find_assignment
from grader.assignment.model import Assignment, Exercise
from grader.course.rejudging import FEW, job_of
from grader.course.store import Store
from grader.course.workers.processes import context
from grader.errors import AssignmentError, GraderError
from grader.execution.recording import Recording, unpacked
from grader.files import content_of
from grader.grading import judged_again
from grader.i18n import SOURCE
from grader.judging.judges import judge_for
from grader.judging.matching import alike, failures
from grader.mending.definitions import definitions
from grader.notebook.cell_map import CellMap, of_file
from grader.results.model import ExerciseResult
from grader.scenario import Scenario, Transcript

_CHUNK = 8


@dataclass(frozen=True)
class Wrong:
    """An exercise of a submission that lost points for what no one known mistake explains.

    `folder` is that of the assignment, `answers` what was answered, by the keys of the questions,
    `source` the definitions that were asked.
    """

    submission: str
    folder: Path
    result: ExerciseResult
    answers: dict[str, Transcript]
    source: str

    @property
    def exercise(self) -> str:
        """The id of the exercise."""
        return self.result.id


@dataclass(frozen=True)
class Cluster:
    """Submissions that answer an exercise alike, in the order of their names."""

    members: tuple[Wrong, ...]

    @property
    def first(self) -> Wrong:
        """The one that stands for all."""
        return self.members[0]


@dataclass(frozen=True)
class Looked:
    """What was found in a folder of results: what is wrong, and who could not be looked at."""

    wrong: tuple[Wrong, ...]
    unread: tuple[str, ...]


def look(results: Path, workers: int) -> Looked:
    """Return what no one known mistake explains in a folder of results.

    Raises UsageError where the folder keeps none, AssignmentError where its assignment cannot be
    used.
    """
    store = Store(results)
    store.require_own()
    stems = store.require_stems()
    if len(stems) <= FEW or workers == 1:
        every = [_wrong(results, stem) for stem in stems]
    else:
        with ProcessPoolExecutor(workers, mp_context=context()) as pool:
            every = list(pool.map(partial(_wrong, results), stems, chunksize=_CHUNK))
    found = [each for some in every if isinstance(some, list) for each in some]
    return Looked(tuple(found), tuple(each for each in every if isinstance(each, str)))


def clusters(wrong: Iterable[Wrong]) -> list[Cluster]:
    """Return what is wrong in clusters, the largest first."""
    found: list[list[Wrong]] = []
    for each in sorted(wrong, key=lambda wrong: wrong.submission):
        fitting = (members for members in found if _are_alike(members[0], each))
        members = next(fitting, None)
        if members is None:
            found.append([each])
        else:
            members.append(each)
    found.sort(key=lambda members: -len(members))
    return [Cluster(tuple(members)) for members in found]


def _are_alike(one: Wrong, other: Wrong) -> bool:
    if (one.folder, one.exercise) != (other.folder, other.exercise):
        return False
    if failures(one.result) != failures(other.result):
        return False
    both = one.answers.keys() & other.answers.keys()
    # What checks without cases ask is known to them alone.
    told = bool(both) or _messages(one.result) == _messages(other.result)
    return told and all(alike(one.answers[key], other.answers[key]) for key in both)


def _messages(result: ExerciseResult) -> list[str]:
    return [check.message for check in result.checks]


def _wrong(results: Path, stem: str) -> list[Wrong] | str:
    """Return what of a submission nothing explains, its name where nothing of it was kept."""
    store = Store(results)
    record = store.at(stem)
    if record is None:
        return stem
    job = job_of(record, results)
    path = store.recording(stem)
    try:
        recording = unpacked(content_of(path), path)
        assignment = find_assignment(recording.notebook, job.how.assignment)
        # An instructor reads it.
        result = judged_again(recording, assignment, replace(job.how, language=SOURCE))
    except AssignmentError:
        raise
    except (OSError, GraderError):
        return record.name
    if result is None:
        return record.name
    seed = assignment.config.seed if job.how.seed is None else job.how.seed
    units = {exercise.id: exercise for exercise in assignment.exercises if exercise.unit}
    return [
        _of(record.name, each, units[each.id], recording, assignment, seed)
        for each in result.exercises
        if each.id in units
        and failures(each)
        and (each.mistake is None or each.other_mistake is not None)
    ]


def _of(
    name: str,
    result: ExerciseResult,
    exercise: Exercise,
    recording: Recording,
    assignment: Assignment,
    seed: int,
) -> Wrong:
    cells = _cells(recording, assignment, exercise, result.cell)
    asked = judge_for(assignment).asked(exercise, seed)
    answers = dict(_answers(recording, assignment, exercise, cells, asked))
    source = _source(recording, assignment, exercise, cells)
    return Wrong(name, assignment.folder, result, answers, source)


def _cells(
    recording: Recording, assignment: Assignment, exercise: Exercise, judged: int | None
) -> CellMap:
    """Return the cells that defined what was judged."""
    attempts = cell_map(recording.notebook, assignment).attempts(exercise.names)
    fitting = (each for each in attempts if each.ready(exercise.names) == judged)
    return next(fitting, attempts[0])


def _answers(
    recording: Recording,
    assignment: Assignment,
    exercise: Exercise,
    cells: CellMap,
    asked: Sequence[Scenario],
) -> Iterator[tuple[str, Transcript]]:
    submission = recording.submission(assignment, {})
    student = submission.student(exercise.names, cells)
    for scenario in asked:
        before = recording.unanswered
        transcript = student.answer(scenario)
        # What was never asked tells nothing.
        if recording.unanswered == before:
            yield scenario.key, transcript


def _source(
    recording: Recording, assignment: Assignment, exercise: Exercise, cells: CellMap
) -> str:
    given, _names = of_file(assignment.reference)
    defined = definitions(recording.notebook, cells, exercise.names, given)
    if defined is not None:
        return "\n\n".join(part.text for part in defined.parts if part.editable)
    sources = (recording.notebook.cells[index].source for index in cells.slice(exercise.names))
    return "\n\n".join(sources)
