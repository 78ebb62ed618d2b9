"""What the agent notes of a cell, in the language in force.

The agent is in the student's process, which has no catalogues. Its notes are told as that process
says them: whoever forges one has only a sentence translated.
"""

import re
from functools import cache
from typing import Final

from grader.languages import _, marked

# The more particular one first.
NOTES: Final = (
    marked("google.colab is not here: mounting, uploading and downloading did nothing"),
    marked("the module {module} is not installed in the grading environment"),
    marked("what needs the module {module} here was left out: it is not installed"),
    marked("the grader could not prepare {module}: {error}"),
    marked("`input()` got an empty answer: nobody is there while a notebook is graded"),
    marked("`%matplotlib {gui}` was taken as `%matplotlib inline`"),
    marked("the style {style} was left out: it is not installed"),
    marked("matplotlib's backend {backend} was taken as the inline one: no display here"),
    marked("`{line}` was not run: nothing is installed while a notebook is graded"),
    marked("`{line}` was not run: nothing stays in the background while a notebook is graded"),
    marked(
        "`{line}` was not run: there is no network, no graphics card and no server while a "
        "notebook is graded"
    ),
    marked("`{line}` was ignored: no such folder below the notebook's"),
    marked("`{line}` was ignored: there is no such magic here"),
    marked("`{line}` was left out: there is no such file here"),
    marked("`{line}` was ignored: {error}"),
    marked("`{line}` could not be started: {error}"),
    marked(
        "batches that the grader had prepared differed from the notebook's own: grade it again "
        "with --faithful"
    ),
    marked(
        "a DataLoader with num_workers={workers} made its batches without workers, which need "
        "shared memory"
    ),
)
_SAID: Final = marked("The notebook's own process says: {note}")


def said(note: str) -> str:
    """Return the sentence that tells of a note."""
    return _(_SAID, note=_translated(note))


def _translated(note: str) -> str:
    for template in NOTES:
        found = _pattern(template).fullmatch(note)
        if found:
            return _(template, **found.groupdict())
    return note


@cache
def _pattern(template: str) -> re.Pattern[str]:
    # Every second part is the name of a field.
    parts = iter(re.split(r"\{(\w+)\}", template))
    pattern = re.escape(next(parts))
    for field, text in zip(parts, parts, strict=True):
        pattern += f"(?P<{field}>.*?){re.escape(text)}"
    return re.compile(pattern, re.DOTALL)
