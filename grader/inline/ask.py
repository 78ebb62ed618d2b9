"""Asking and judging for `%check`, in a child process of the student's kernel.

Called with one argument, the question as JSON. On stdout it says in lines of JSON what it does now,
and last the answer that the notebook shows, by MIME type.
"""

import io
import json
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

import grader.lean as _lean  # noqa: F401 - before anything else
from grader.assignment.loading import in_sight, load, released_in_sight
from grader.assignment.model import Assignment, Exercise, exercises_named
from grader.errors import GraderError, UsageError
from grader.i18n import SOURCE, _, _n, marked, of_metadata, spoken
from grader.judging.judges import judge_for
from grader.notebook.reading import read
from grader.reports.student_page import fragment
from grader.reports.terminal import show_exercises
from grader.reports.wording import scope
from grader.results.model import ExerciseResult
from grader.sandbox.snapshot import Snapshot
from grader.sandbox.supervisor import told_pair
from grader.scenario import LIVE
from grader.subjects.student import Stops, Student, Terms

WIDTH: Final = 88
NEVER_COUNTS: Final = marked("Asked of your notebook as it is now. This never counts.")
FRESH: Final = marked("{file} was run anew, as it is saved. This never counts.")


def main(question: dict[str, Any]) -> None:
    """Answer the kernel's `question` on stdout."""
    control = socket.socket(fileno=question["control"])
    try:
        told = _told(question, control)
    except GraderError as error:
        told = {"text/plain": str(error)}
    _say({"answer": told})


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


def _asking(title: str) -> None:
    """Tell which exercise is asked about."""
    _say({"now": f"{title} …"})


def _running(done: int, total: int) -> None:
    """Tell how many of the notebook's cells have run."""
    _say({"now": _("Running your cells: {done} of {total} …", done=done, total=total)})


def _told(question: dict[str, Any], control: socket.socket) -> dict[str, str]:
    assignment = _assignment()
    with spoken(_language(assignment, question["notebook"]), assignment.sources):
        return _asked(assignment, question, control)


def _asked(
    assignment: Assignment, question: dict[str, Any], control: socket.socket
) -> dict[str, str]:
    wanted = exercises_named(assignment, question["only"])
    if question["fresh"]:
        # The kernel waits for no question.
        control.close()
        return _fresh(assignment, question["only"], question["notebook"])
    channel, theirs = told_pair()
    with theirs:
        socket.send_fds(control, [b"c"], [theirs.fileno()])
    control.close()
    results, left = _live(assignment, wanted, set(question["defined"]), channel)
    return _laid_out(results, [*left, _(NEVER_COUNTS)] if results else left)


def _assignment() -> Assignment:
    folders = released_in_sight()[:1] or in_sight(Path.cwd())
    if len(folders) != 1:
        raise UsageError(
            f"There is no assignment in {Path.cwd()}. Open the notebook in the folder that it "
            "came in."
        )
    return load(folders[0])


def _live(
    assignment: Assignment, wanted: Sequence[Exercise], defined: set[str], channel: socket.socket
) -> tuple[list[ExerciseResult], list[str]]:
    """Return what the exercises come to that can be asked now, and a sentence on the others."""
    results, left, snapshot, stops = [], [], Snapshot(channel), Stops()
    judge = judge_for(assignment)
    whole = [_(exercise.title) for exercise in wanted if not exercise.unit]
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
        _asking(_(exercise.title))
        seconds = assignment.config.limits.answer_seconds
        terms = Terms(seconds, usual=judge.plenty(exercise), stops=stops)
        student = Student(snapshot, terms, unable=LIVE)
        results.append(judge.judge(exercise, student, None, assignment.config.seed))
    if whole:
        left.append(
            _(
                "Asked of the whole notebook alone, by `%check --fresh`: {whole}.",
                whole=", ".join(whole),
            )
        )
    return results, left


def _language(assignment: Assignment, told: str | None) -> str:
    """Return the language of the notebook, as far as its file can be found and read."""
    try:
        return of_metadata(read(_file(assignment, told)).metadata, assignment.sources)
    except UsageError:
        return SOURCE


def _file(assignment: Assignment, told: str | None) -> Path:
    return Path(told) if told else Path.cwd() / f"{assignment.name}.ipynb"


def _fresh(assignment: Assignment, only: Sequence[str], told: str | None) -> dict[str, str]:
    path = _file(assignment, told)
    if not path.is_file():
        raise UsageError(
            f"There is no {path.name} here. Save the notebook in the folder that it came in."
        )
    from grader.grading import Options, grade  # noqa: PLC0415 - with all that runs notebooks

    quick = assignment.config.training is not None
    result = grade(
        read(path),
        assignment,
        Options(only=tuple(only), quick=quick),
        progress=lambda _index, done, total: _running(done, total),
        stage=_asking,
    )
    return _laid_out(result.exercises, [*scope(result), _(FRESH, file=path.name)])


def _laid_out(results: Sequence[ExerciseResult], notes: Sequence[str]) -> dict[str, str]:
    """Return results as HTML, and as text for where there is no HTML."""
    out = io.StringIO()
    show_exercises(results, notes, Console(file=out, width=WIDTH, color_system=None))
    return {"text/html": fragment(results, notes), "text/plain": out.getvalue().rstrip()}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
