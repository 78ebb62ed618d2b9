"""The formats that reports come in, by their names."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.notebook.opening import opened
from grader.notebook.reading import SIZE_LIMIT, read
from grader.reports.csv_file import Row, grades_csv
from grader.reports.github import refused_annotation, to_annotations
from grader.reports.gradescope import to_gradescope
from grader.reports.json_file import to_json
from grader.reports.junit import refused_junit, to_junit
from grader.reports.markdown import refused_markdown, to_markdown
from grader.reports.overview import Overview
from grader.reports.student_page import student_page
from grader.results.model import Result


@dataclass(frozen=True)
class Graded:
    """A result, and the notebook file that it is the result of."""

    result: Result
    path: Path
    folder: Path | None = None
    """The folder that it was found in, None where the file itself was named."""


@dataclass(frozen=True)
class Refused:
    """A submission that could not be graded, and the sentence that says why."""

    name: str
    path: Path
    sentence: str


@dataclass(frozen=True)
class Course:
    """What is kept of all results of a call, by the names that they are written under."""

    overview: Overview
    """All that is known: for the instructor."""
    nameless: Overview
    """What the submissions' own reports tell, too."""
    rows: dict[str, Row]
    names: tuple[str, ...]
    pages: frozenset[str] = frozenset()
    """The names of those that have a page of their own beside the course's."""


@dataclass(frozen=True)
class Format:
    """A format of one submission's report; in a folder it is the name with `suffix`.

    `refuse` writes instead, where there is no result, the sentence that says why.
    """

    suffix: str
    write: Callable[[Graded], str]
    refuse: Callable[[Refused], str] | None = None


@dataclass(frozen=True)
class CourseFormat:
    """A format of one report on all submissions; in a folder it is called `file`."""

    file: str
    write: Callable[[Course], str]


def _page(graded: Graded) -> str:
    try:
        notebook = read(graded.path, graded.folder)
    except UsageError:
        # Without the file there is a page all the same.
        return student_page(graded.result)
    same = notebook.sha256 == graded.result.submission.sha256
    return student_page(graded.result, notebook if same else None)


def _annotations(graded: Graded) -> str:
    return to_annotations(graded.result, _content(graded).decode("utf-8-sig", "replace"))


def _notebook(graded: Graded) -> str:
    # It needs nbformat, which is slow to import.
    from grader.reports.feedback_notebook import to_notebook  # noqa: PLC0415

    return to_notebook(graded.result, read(graded.path, graded.folder), _content(graded))


def _content(graded: Graded) -> bytes:
    """Return the file's bytes. Raises UsageError where it is no longer what was graded."""
    content = opened(graded.path, graded.folder, SIZE_LIMIT).content
    if hashlib.sha256(content).hexdigest() != graded.result.submission.sha256:
        raise UsageError(
            f"{graded.path} has changed since it was graded. Grade it again for its feedback."
        )
    return content


def _rows(course: Course) -> str:
    return grades_csv(course.rows[name] for name in course.names if name in course.rows)


FORMATS: Final[dict[str, Format]] = {
    "annotations": Format(
        ".annotations.txt",
        _annotations,
        lambda refused: refused_annotation(str(refused.path), refused.sentence),
    ),
    "gradescope": Format(".gradescope.json", lambda graded: to_gradescope(graded.result)),
    "html": Format(".html", _page),
    "json": Format(".json", lambda graded: to_json(graded.result)),
    "junit": Format(
        ".junit.xml",
        lambda graded: to_junit(graded.result),
        lambda refused: refused_junit(refused.name, refused.sentence),
    ),
    "markdown": Format(
        ".md",
        lambda graded: to_markdown(graded.result),
        lambda refused: refused_markdown(refused.name, refused.sentence),
    ),
    "notebook": Format(".feedback.ipynb", _notebook),
}
COURSE_FORMATS: Final[dict[str, CourseFormat]] = {
    "anonymous": CourseFormat(
        "anonymous.html", lambda course: course.nameless.page(course.names, anonymous=True)
    ),
    "csv": CourseFormat("grades.csv", _rows),
    "overview": CourseFormat(
        "index.html", lambda course: course.overview.page(course.names, pages=course.pages)
    ),
}
