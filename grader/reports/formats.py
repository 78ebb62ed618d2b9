"""The formats that reports come in, by their names."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    # The names of the formats are told before anything is graded.
    from grader.reports.csv_file import Row
    from grader.reports.overview import Overview
    from grader.results.model import Result


@dataclass(frozen=True)
class Graded:
    """A result, and the notebook file that it is the result of."""

    result: "Result"
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

    overview: "Overview"
    """All that is known: for the instructor."""
    nameless: "Overview"
    """What the submissions' own reports tell, too."""
    rows: "dict[str, Row]"
    names: tuple[str, ...]
    pages: frozenset[str] = frozenset()
    """The names of those that have a page of their own beside the course's."""


@dataclass(frozen=True)
class Format:
    """A format of one submission's report; in a folder it is the name with `suffix`.

    Its module in `grader.reports` has `write_report(graded: Graded) -> str`. One that CI systems
    read may have `write_refusal(refused: Refused) -> str` too, which writes instead, where there is
    no result, the sentence that says why.
    """

    suffix: str
    module: str

    def write(self, graded: Graded) -> str:
        """Return the report of a result. Raises UsageError where its file has to be there."""
        report: Callable[[Graded], str] = _module(self.module).write_report
        return report(graded)

    @property
    def refuse(self) -> Callable[[Refused], str] | None:
        """What writes that there is no result, None where the format has no form for that."""
        return getattr(_module(self.module), "write_refusal", None)


@dataclass(frozen=True)
class CourseFormat:
    """A format of one report on all submissions; in a folder it is called `file`.

    Its module in `grader.reports` has a function `name`, of a `Course`, which returns the report.
    """

    file: str
    module: str
    name: str = "write_course"

    def write(self, course: Course) -> str:
        """Return the report on a course."""
        report: Callable[[Course], str] = getattr(_module(self.module), self.name)
        return report(course)


def _module(name: str) -> ModuleType:
    return import_module(f"grader.reports.{name}")


FORMATS: Final = {
    "annotations": Format(".annotations.txt", "github"),
    "classroom50": Format(".classroom50.json", "classroom50"),
    "gradescope": Format(".gradescope.json", "gradescope"),
    "html": Format(".html", "student_page"),
    "json": Format(".json", "json_file"),
    "junit": Format(".junit.xml", "junit"),
    "markdown": Format(".md", "markdown"),
    "notebook": Format(".feedback.ipynb", "feedback_notebook"),
}
# Students are never given what `overview` tells; a file here has a name that no submission's gets.
COURSE_FORMATS: Final = {
    "anonymous": CourseFormat("anonymous.html", "overview", "write_anonymous"),
    "csv": CourseFormat("grades.csv", "csv_file"),
    "overview": CourseFormat("index.html", "overview"),
}
