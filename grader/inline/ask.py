"""Asking and judging for `%check`, in a child process of the student's kernel.

Called with one argument, the question as JSON. On stdout it says in lines of JSON what it does now,
and last the answer that the notebook shows, by MIME type.
"""

import json
import socket
import sys
from collections.abc import Sequence
from typing import Any, Final

import grader.lean as _lean  # noqa: F401 - before anything else
from grader.assignment.model import Assignment, Exercise, exercises_named
from grader.errors import GraderError, UsageError
from grader.grading import Options, grade
from grader.i18n import _, marked, spoken
from grader.inline.live import (
    NEVER_COUNTS,
    assignment_here,
    file_of,
    judged,
    laid_out,
    spoken_in,
)
from grader.notebook.reading import read
from grader.reports.wording import scope
from grader.results.model import ExerciseResult
from grader.sandbox.snapshot import Snapshot
from grader.sandbox.supervisor import told_pair

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
    assignment = assignment_here()
    with spoken(spoken_in(assignment, question["notebook"]), assignment.sources):
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
    return laid_out(results, [*left, _(NEVER_COUNTS)] if results else left)


def _live(
    assignment: Assignment, wanted: Sequence[Exercise], defined: set[str], channel: socket.socket
) -> tuple[list[ExerciseResult], list[str]]:
    """Return what the exercises come to that can be asked now, and a sentence on the others."""
    results, left = judged(assignment, wanted, defined, Snapshot(channel), _asking)
    whole = [_(exercise.title) for exercise in wanted if not exercise.unit]
    if whole:
        left.append(
            _(
                "Asked of the whole notebook alone, by `%check --fresh`: {whole}.",
                whole=", ".join(whole),
            )
        )
    return results, left


def _fresh(assignment: Assignment, only: Sequence[str], told: str | None) -> dict[str, str]:
    path = file_of(assignment, told)
    if not path.is_file():
        raise UsageError(
            f"There is no {path.name} here. Save the notebook in the folder that it came in."
        )
    quick = assignment.config.training is not None
    result = grade(
        read(path),
        assignment,
        Options(only=tuple(only), quick=quick),
        progress=lambda _index, done, total: _running(done, total),
        stage=_asking,
    )
    return laid_out(result.exercises, [*scope(result), _(FRESH, file=path.name)])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
