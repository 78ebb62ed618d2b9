"""A small course for the tests of gradebooks: one exercise to run and one in words."""

from dataclasses import dataclass
from pathlib import Path

import nbformat
from click.testing import CliRunner, Result
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.cli import grader
from grader.course.batch import grade_paths

CHECKS_SOURCE = '''
from grader.assignment.model import Exercise
from grader.checks.manual import Criterion, manual
from grader.scenario import Call, Scenario
from grader.verdicts import CheckFailed, answer

double = Exercise("double", "Doubling", points=2, names=("double",))

@double.check(points=2)
def doubles(student) -> None:
    """`double` returns twice the number."""
    if answer(student.answer(Scenario(Call("y", "double", args=[7]))), "y").value != 14:
        raise CheckFailed("No.")

why = manual("why", "Why it doubles", below="Your answer: why", rubric=[
    Criterion("sum", "It says that n + n is 2 n.", 2), Criterion("clear", "It is clear.", 1),
])
exercises = [double, why]
'''
RIGHT = "def double(n):\n    return 2 * n"
WRONG = "def double(n):\n    return 3 * n"
WORDS = "Because n + n is twice n."
DUE = "\n[handing_in]\ndue = 2026-11-01T12:00:00Z\npercent_per_day = 10\n"


@dataclass(frozen=True)
class Course:
    """A folder with an assignment, submissions, and a gradebook that may not be there yet."""

    folder: Path

    @property
    def book(self) -> Path:
        """The gradebook."""
        return self.folder / "course.db"

    @property
    def submissions(self) -> Path:
        """What was handed in."""
        return self.folder / "in"

    @property
    def results(self) -> Path:
        """The folder of results beside the gradebook."""
        return self.folder / "course.results"

    @classmethod
    def made(cls, folder: Path, settings: str = "") -> "Course":
        """Write the assignment, and return the course without submissions."""
        course = cls(folder)
        reference = folder / "reference" / "tiny"
        reference.mkdir(parents=True)
        course.submissions.mkdir()
        (reference / CHECKS).write_text(CHECKS_SOURCE, "utf-8")
        course.settle(settings)
        write(reference / REFERENCE, RIGHT)
        return course

    def settle(self, settings: str) -> None:
        """Write what `assignment.toml` says beside the title."""
        path = self.folder / "reference" / "tiny" / CONFIG
        path.write_text(f'title = "Tiny"\n{settings}', "utf-8")

    def hand_in(self, name: str, code: str = RIGHT, words: str = WORDS) -> Path:
        """Write a submission of this name, and return its file."""
        path = self.submissions / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, code, words)
        return path

    def grade(self, *, path: Path | None = None, book: bool = True, force: bool = False) -> int:
        """Grade what was handed in, or one file of it; return the exit status."""
        return grade_paths(
            [path or self.submissions],
            gradebook=self.book if book else None,
            out=None if book else self.results,
            jobs=1,
            force=force,
            require_sandbox=False,
            assignment=str(self.folder / "reference" / "tiny"),
        )

    def run(self, *arguments: object, fails: bool = False) -> str:
        """Run a command of `grader`, and return what it printed."""
        done: Result = CliRunner().invoke(grader, [*map(str, arguments)])
        assert (done.exit_code != 0) is fails, done.output
        return done.output


def write(path: Path, code: str, words: str = WORDS) -> None:
    """Write a notebook with the function and an answer in words."""
    cells = [new_code_cell(code), new_markdown_cell(f"**Your answer: why**\n\n{words}")]
    path.write_text(nbformat.writes(new_notebook(cells=cells)), "utf-8")
