"""The file that a result is the result of, for reports that show it."""

import hashlib

from grader.errors import UsageError
from grader.notebook.opening import opened
from grader.notebook.reading import SIZE_LIMIT, Notebook, read
from grader.reports.formats import Graded


def unchanged(graded: Graded) -> Notebook | None:
    """Return the notebook, None where it is gone or no longer what was graded."""
    try:
        notebook = read(graded.path, graded.folder)
    except UsageError:
        return None
    return notebook if notebook.sha256 == graded.result.submission.sha256 else None


def content(graded: Graded) -> bytes:
    """Return the file's bytes. Raises UsageError where it is no longer what was graded."""
    found = opened(graded.path, graded.folder, SIZE_LIMIT).content
    if hashlib.sha256(found).hexdigest() != graded.result.submission.sha256:
        raise UsageError(
            f"{graded.path} has changed since it was graded. Grade it again for its feedback."
        )
    return found
