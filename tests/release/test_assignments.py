"""The assignments of the repository: students get everything but the solution."""

import ast
import copy
import json
import keyword
import re
from pathlib import Path

import pytest
from nbformat import NotebookNode

from grader.assignment.loading import load
from grader.assignment.model import ANSWERS, PUBLIC
from grader.authoring.release.command import released_folder
from grader.authoring.release.prose import prose
from grader.authoring.release.record_answers import up_to_date
from grader.authoring.release.repository import texts
from grader.authoring.release.student_notebook import (
    read_reference,
    released_text,
    solution_lines,
    student_notebook,
)
from grader.i18n import languages
from tests.release.references import REFERENCES, REPOSITORY

# A shorter line may stand inside a longer one by chance.
TELLING_LENGTH = 16


def without_magics(source: str) -> str:
    """Return a cell's source as plain Python of the same number of lines."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)


def strings_in(value: object) -> list[str]:
    """Return all strings of a JSON document."""
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in strings_in(item)]
        case dict():
            return [text for item in value.values() for text in strings_in(item)]
        case _:
            return []


def texts_of(path: Path) -> list[str]:
    """Return what a reader can find in a file: its text and, in JSON, all strings."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    try:
        return [text, *strings_in(json.loads(text))]
    except ValueError:
        return [text]


class TestAssignments:
    def test_there_is_an_assignment(self) -> None:
        """The tests below are about something."""
        assert REFERENCES

    @pytest.mark.parametrize("language", languages())
    def test_what_is_released_is_up_to_date(self, reference_folder: Path, language: str) -> None:
        """What stands under assignments/ is what the reference releases, byte for byte."""
        assignment = load(reference_folder)
        committed = released_folder(REPOSITORY / "assignments", reference_folder.name, language)
        outdated = [
            name
            for name, text in texts(assignment, language).items()
            if not (committed / name).is_file() or (committed / name).read_bytes() != text.encode()
        ]
        if not up_to_date(committed / PUBLIC / ANSWERS, assignment):
            outdated.append(ANSWERS)
        assert not outdated, "out of date: run `make assignments`"

    def test_the_same_text_every_time(self, reference_folder: Path) -> None:
        """Releasing twice gives equal bytes."""
        source = reference_folder / "solution.ipynb"
        assert released_text(source) == released_text(source)

    def test_no_solution_under_assignments(self, reference_folder: Path) -> None:
        """No line that only the solution has stands in any file given to students."""
        lines = solution_lines(read_reference(reference_folder / "solution.ipynb"))
        # A bare `else:` tells nothing.
        secrets = {line for line in lines if not keyword.iskeyword(line.rstrip(":"))}
        telling = {secret for secret in secrets if len(secret) >= TELLING_LENGTH}
        assert telling
        for path in filter(Path.is_file, (REPOSITORY / "assignments").rglob("*")):
            for text in texts_of(path):
                leaked = {secret for secret in telling if secret in text}
                # In another assignment's files, a line such as `continue` tells nothing.
                if path.relative_to(REPOSITORY).parts[1].split(".")[0] == reference_folder.name:
                    leaked |= secrets.intersection(line.strip() for line in text.splitlines())
                assert not leaked, f"{path.relative_to(REPOSITORY)} gives away {sorted(leaked)}"

    def test_every_cell_is_valid_python(self, student: NotebookNode) -> None:
        """Cutting the solution out leaves no code cell with a syntax error."""
        for cell in student.cells:
            if cell.cell_type == "code":
                ast.parse(without_magics(cell.source), filename=cell.id)

    def test_every_solution_became_a_raise(self, reference_folder: Path) -> None:
        """There is one `raise NotImplementedError` for each solution, with a task of its own."""
        reference = read_reference(reference_folder / "solution.ipynb")
        solutions = sum(
            cell.source.count("### BEGIN SOLUTION")
            for cell in reference.cells
            if cell.cell_type == "code"
        )
        student = student_notebook(reference)
        raises = re.findall(
            r"^ *raise NotImplementedError\(['\"]Your code: (.+)['\"]\)$",
            "\n".join(cell.source for cell in student.cells),
            flags=re.MULTILINE,
        )
        assert len(raises) == solutions > 0
        assert "write your code here" not in raises

    def test_all_languages_have_the_same_code_and_as_much_prose(
        self, reference_folder: Path
    ) -> None:
        """The notebooks differ in their Markdown cells alone, each of which is translated."""
        reference = read_reference(reference_folder / "solution.ipynb")
        english, *others = (student_notebook(reference, code) for code in languages())
        assert others
        for other in others:
            for one, another in zip(english.cells, other.cells, strict=True):
                assert one.cell_type == another.cell_type
                assert (one.source == another.source) is (one.cell_type == "code")
                assert one.source.count("#") == another.source.count("#")

    def test_reference_is_committed_clean(self, reference_folder: Path) -> None:
        """The reference has no outputs, speaking ids, and says which assignment it is."""
        reference = read_reference(reference_folder / "solution.ipynb")
        assert reference.metadata.grader.assignment == reference_folder.name
        assert set(reference.metadata) == {"grader", "kernelspec", "language_info"}
        for cell in reference.cells:
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", cell.id), "give cells a name as their id"
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None

    @pytest.mark.parametrize("language", languages())
    def test_lines_outside_solutions_are_kept(self, reference_folder: Path, language: str) -> None:
        """The student notebook is the reference with lines replaced, and nothing else changed."""
        reference = read_reference(reference_folder / "solution.ipynb")
        student = student_notebook(reference, language)
        cells = prose(copy.deepcopy(reference.cells), language)
        assert [cell.id for cell in student.cells] == [cell.id for cell in cells]
        for before, after in zip(cells, student.cells, strict=True):
            if "BEGIN SOLUTION" not in before.source:
                assert after == before
