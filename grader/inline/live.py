"""Judging what a notebook defines at present, whoever answers for it."""

import io
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from grader.assignment.loading import in_sight, is_assignment, load, released_in_sight
from grader.assignment.model import Assignment, Exercise
from grader.errors import UsageError
from grader.i18n import SOURCE, _, _n, marked, of_metadata
from grader.judging.judges import judge_for
from grader.notebook.reading import read
from grader.reports.student_page import fragment
from grader.reports.terminal import show_exercises
from grader.results.model import ExerciseResult
from grader.scenario import LIVE, Answering
from grader.subjects.student import Stops, Student, Terms

WIDTH: Final = 88
NEVER_COUNTS: Final = marked("Asked of your notebook as it is now. This never counts.")

# What a notebook shows, by MIME type.
Shown = dict[str, str]


def assignment_here() -> Assignment:
    """Return the assignment whose folder this is. Raises UsageError, or AssignmentError."""
    return load(folder_here())


def folder_here(*folders: Path) -> Path:
    """Return the folder of the assignment that the first of `folders` is in that is in one.

    Without any, it is the working folder. Raises UsageError where there is none.
    """
    for folder in folders or (Path.cwd(),):
        seen = in_sight(folder)
        own = [folder.resolve()] if is_assignment(folder) else []
        found = released_in_sight(folder)[:1] or own or seen
        if len(found) == 1 or own:
            return found[0]
    where = folders[-1] if folders else Path.cwd()
    raise UsageError(
        f"There is no assignment in {where}. Open the notebook in the folder that it came in."
    )


def judged(
    assignment: Assignment,
    wanted: Sequence[Exercise],
    defined: Collection[str],
    state: Answering,
    asking: Callable[[str], None],
) -> tuple[list[ExerciseResult], list[str]]:
    """Return what the exercises come to that can be asked now, and a sentence on the others.

    `defined` are the names that are there, and `state` answers; `asking` hears the title of each
    exercise before it is asked about.
    """
    results, left, stops = [], [], Stops()
    judge = judge_for(assignment)
    for exercise in (each for each in wanted if each.unit):
        missing = [f"`{name}`" for name in exercise.names if name not in defined]
        if missing:
            left.append(
                _n(
                    "{title}: {names} is not defined yet. Run its cell first.",
                    "{title}: {names} are not defined yet. Run its cell first.",
                    len(missing),
                    title=_(exercise.title),
                    names=", ".join(missing),
                )
            )
            continue
        asking(_(exercise.title))
        seconds = assignment.config.limits.answer_seconds
        terms = Terms(seconds, usual=judge.plenty(exercise), stops=stops)
        student = Student(state, terms, unable=LIVE)
        results.append(judge.judge(exercise, student, None, assignment.config.seed))
    return results, left


def spoken_in(assignment: Assignment, told: str | None, folder: Path | None = None) -> str:
    """Return the language of the notebook, as far as its file can be found and read.

    `told` is the file, where that is known, and `folder` that in which the notebook was opened.
    """
    try:
        return of_metadata(read(file_of(assignment, told, folder)).metadata, assignment.sources)
    except UsageError:
        return SOURCE


def file_of(assignment: Assignment, told: str | None, folder: Path | None = None) -> Path:
    """Return the notebook's file, which is called as it was handed out where nobody tells.

    It is then looked for in the working folder, and in `folder`.
    """
    if told:
        return Path(told)
    places = [each / f"{assignment.name}.ipynb" for each in (Path.cwd(), folder or Path.cwd())]
    return next(filter(Path.is_file, places), places[0])


def laid_out(results: Sequence[ExerciseResult], notes: Sequence[str]) -> Shown:
    """Return results as HTML, and as text for where there is no HTML."""
    out = io.StringIO()
    show_exercises(results, notes, Console(file=out, width=WIDTH, color_system=None))
    return {"text/html": fragment(results, notes), "text/plain": out.getvalue().rstrip()}
