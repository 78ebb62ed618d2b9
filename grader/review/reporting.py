"""A student's report, and the notebook as it was run."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from grader import models
from grader.errors import UsageError
from grader.gradebook.attempts import last_grading
from grader.gradebook.grades import result_of
from grader.gradebook.tables import Attempt
from grader.i18n import spoken
from grader.notebook.reading import Notebook, read
from grader.reports.student_page import student_page
from grader.results.feedback import Feedback, shown
from grader.results.model import Result, SubmissionInfo, renewed
from grader.review.blinding import blinded
from grader.review.items import Desk, GoneError, Handed, View

# Fields of a result in which a student's own words, or a path, may stand.
_WORDS: Final = frozenset(
    {"message", "text", "value", "error", "begins", "code", "about", "hint", "mend", "cell", "line"}
)


def report(session: Session, desk: Desk, view: View, handed: Handed) -> str:
    """Return a student's whole report as a page, with the points that persons gave.

    Without what others decided where this grader still owes a second opinion on some of it.
    """
    attempt = session.get_one(Attempt, handed.id)
    owed = any(each.second for each in view.items if each.attempt_id == handed.id)
    result = _as_graded(session, attempt) if owed else result_of(session, attempt)
    if result is None:
        raise GoneError("There is no result of this notebook.")
    notebook = notebook_of(desk, attempt)
    whole = shown(result, Feedback.STAFF)
    if not desk.names:
        whole = nameless(whole, handed)
    with spoken(result.language):
        return student_page(whole, notebook)


def notebook_of(desk: Desk, attempt: Attempt) -> Notebook | None:
    """Return the notebook that was run, None where it is gone or another lies in its place."""
    for path in (Path(attempt.path), desk.book.folder / attempt.path):
        try:
            notebook = read(path)
        except UsageError:
            continue
        if attempt.sha256 and notebook.sha256 == attempt.sha256:
            return notebook
    return None


def sources(desk: Desk, handed: Handed, notebook: Notebook) -> list[tuple[str, str]]:
    """Return the kind and the source of each cell, as this grader may see it."""
    cells = [(each.kind, each.source) for each in notebook.cells]
    return cells if desk.names else [(kind, blinded(text, handed.person)) for kind, text in cells]


def nameless(result: Result, handed: Handed) -> Result:
    """Return a result in which nothing that is the course's says whose it is."""
    file = result.submission
    tree = _blinded(models.plain(result), handed, file)
    own = SubmissionInfo(name=handed.student, path="(not shown)", sha256="0" * 64)
    tree["submission"] = models.plain(own)
    return models.made(Result, tree)


def _blinded(tree: Any, handed: Handed, file: SubmissionInfo, words: bool = False) -> Any:
    match tree:
        case dict():
            return {
                key: _blinded(each, handed, file, key in _WORDS and not isinstance(each, dict))
                for key, each in tree.items()
            }
        case list():
            return [_blinded(each, handed, file, words) for each in tree]
        case str() if words:
            for name in (file.path, Path(file.path).name):
                tree = tree.replace(name, "(the notebook)") if len(name) > 1 else tree
            return blinded(tree, handed.person)
    return tree


def _as_graded(session: Session, attempt: Attempt) -> Result | None:
    grading = last_grading(session, attempt)
    return None if grading is None else models.loads(Result, renewed(grading.result))
