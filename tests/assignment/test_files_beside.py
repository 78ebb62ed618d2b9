"""The files that notebooks find beside them."""

from contextlib import closing
from pathlib import Path

import pytest

from grader.agent import BESIDE
from grader.assignment.beside import files_of, folder_beside
from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE, Assignment
from grader.authoring.release.repository import publish
from grader.authoring.verify.verify import verify
from grader.datasets import DATASETS
from grader.errors import AssignmentError
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.sandbox.forkserver import ServerCache
from grader.sandbox.rungs import Rung, available
from tests.grading import scores
from tests.tiny_assignment import write

CHECKS_SOURCE = '''"""One number from a file."""

from grader import Exercise

total = Exercise("total", "The total", points=1)


@total.check(points=1)
def added(code) -> None:
    """`total` adds up what is in the file."""
    assert code.total() == 6


exercises = [total]
'''
SOLUTION = """def total():
    ### BEGIN SOLUTION
    with open("data/numbers.csv") as file:
        return sum(int(line) for line in file)
    ### END SOLUTION"""


@pytest.fixture
def assignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Assignment:
    """Return an assignment with a file, and no other in the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "reference" / "adding"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "numbers.csv").write_text("1\n2\n3\n", "utf-8")
    (folder / CONFIG).write_text('title = "Adding"\nfiles = ["data/numbers.csv"]\n', "utf-8")
    (folder / CHECKS).write_text(CHECKS_SOURCE, "utf-8")
    write(folder / REFERENCE, [SOLUTION])
    return load(folder)


def submission(folder: Path, source: str = SOLUTION) -> Path:
    """Return a notebook in a folder of its own, which holds nothing else."""
    path = folder / "handed_in" / "submission.ipynb"
    path.parent.mkdir(exist_ok=True)
    write(path, [source])
    return path


@pytest.mark.parametrize("rung", available(), ids=lambda rung: rung.name.casefold())
@pytest.mark.parametrize("forked", [False, True], ids=["cold", "forked"])
def test_a_notebook_finds_them(
    tmp_path: Path, assignment: Assignment, rung: Rung, forked: bool
) -> None:
    """On every rung, forked or started cold, and may write to its copy."""
    source = f'open("data/numbers.csv", "a").write("")\n{SOLUTION}'
    notebook = read(submission(tmp_path, source))
    with closing(ServerCache()) as servers:
        result = grade(
            notebook, assignment, Options(wanted=rung), servers=servers if forked else None
        )
    assert scores(result) == {"total": 1}


def test_what_one_notebook_writes_no_other_reads(tmp_path: Path, assignment: Assignment) -> None:
    """Each has a copy of its own."""
    spoiling = f'open("data/numbers.csv", "w").write("9")\n{SOLUTION}'
    assert scores(grade(read(submission(tmp_path, spoiling)), assignment)) == {"total": 0}
    assert scores(grade(read(submission(tmp_path)), assignment)) == {"total": 1}


def test_a_change_of_a_file_is_noticed(tmp_path: Path, assignment: Assignment) -> None:
    """What is copied is called by what is in it."""
    first = folder_beside(assignment)
    assert folder_beside(assignment) == first
    (assignment.folder / "data" / "numbers.csv").write_text("1\n2\n4\n", "utf-8")
    second = folder_beside(assignment)
    assert second is not None
    assert second != first
    assert (second / "data" / "numbers.csv").read_text("utf-8") == "1\n2\n4\n"


def test_they_are_released(tmp_path: Path, assignment: Assignment) -> None:
    """A released folder holds them beside the notebook, and is graded with them."""
    out = tmp_path / "released"
    publish(assignment, out)
    assert (out / "data" / "numbers.csv").read_text("utf-8") == "1\n2\n3\n"
    assert scores(grade(read(submission(tmp_path)), load(out))) == {"total": 1}


def test_mutants_find_them(assignment: Assignment) -> None:
    """Every candidate of a proof runs beside them."""
    certificate = verify(assignment)
    assert certificate.of("reference")[0].wrong is None
    assert any(each.killed for each in certificate.of("mutant"))


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.csv", "checks.toml", "public/x.csv"])
def test_what_is_no_file_for_notebooks_is_refused(assignment: Assignment, path: str) -> None:
    """A path out of the folder, or a part of the assignment, is an error that names it."""
    (assignment.folder / CONFIG).write_text(f'title = "Adding"\nfiles = ["{path}"]\n', "utf-8")
    with pytest.raises(AssignmentError, match="files"):
        load(assignment.folder)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, assignment: Assignment) -> None:
    """It would hand out what lies elsewhere."""
    (tmp_path / "secret").write_text("secret", "utf-8")
    path = assignment.folder / "data" / "numbers.csv"
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(AssignmentError, match="leads out of the assignment"):
        files_of(assignment)


def test_a_file_that_is_missing_is_named(assignment: Assignment) -> None:
    """The error says which, and where it is named."""
    (assignment.folder / "data" / "numbers.csv").unlink()
    with pytest.raises(AssignmentError, match=r"numbers\.csv cannot be read .* `files`"):
        files_of(assignment)


def test_no_data_set_is_called_so() -> None:
    """The folder stands among data sets."""
    assert BESIDE not in DATASETS
