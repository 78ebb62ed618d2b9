"""Telling of the notebooks of one call whether they will grade."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from grader.assignment.loading import find_assignment
from grader.course.submissions import find
from grader.errors import GraderError, InternalError
from grader.i18n import spoken
from grader.options import language_for
from grader.preflight import preflight
from grader.reports.github import as_text, say
from grader.reports.preflight import show_preflight
from grader.text import encodable


def preflight_paths(paths: Sequence[Path], named: str | None, language: str | None = None) -> int:
    """Print of each notebook whether it will grade, and return the exit status.

    0 where all will, 1 where one will not, and that of a file that cannot be used. Raises
    UsageError for a folder without notebooks.
    """
    console, errors = Console(), Console(stderr=True)
    status = 0
    for each in find(paths):
        try:
            notebook = each.read()
            assignment = find_assignment(notebook, named)
            speech = language_for(notebook, assignment, language)
            with as_text(console), spoken(speech, assignment.sources):
                show_preflight(told := preflight(notebook, assignment), console)
        except GraderError as error:
            say(errors, f"Error: {error}")
            status = max(status, error.exit_status)
            continue
        except Exception as error:  # noqa: BLE001 - the others are told of all the same
            say(
                errors,
                f"Error: {encodable(str(each.path))}: the grader itself failed "
                f"({type(error).__name__}: {error}). This is nobody's mistake but ours. Please "
                "report it, with the file.",
            )
            status = max(status, InternalError.exit_status)
            continue
        status = max(status, 0 if told.good else 1)
    return status
