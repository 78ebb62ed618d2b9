"""What `grade --preflight` tells before a notebook is handed in."""

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.assignment.model import Assignment
from grader.cli import grade
from grader.course import preflights
from grader.notebook.reading import Notebook
from grader.preflight import Preflight
from grader.preflight import preflight as check_beforehand
from tests import tiny_release
from tests.layouts import cells
from tests.notebooks import ROOT, submission
from tests.tiny_release import DOUBLE, RIGHT, notebook


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny assignment."""
    return tiny_release.reference(tmp_path_factory.mktemp("course") / "tiny")


def preflight(assignment: Path, *paths: Path, language: str = "en") -> Result:
    """Call the command."""
    options = ["--preflight", "--assignment", str(assignment), "--lang", language]
    return CliRunner().invoke(grade, [*options, *map(str, paths)])


def test_a_notebook_that_will_grade(assignment: Path, tmp_path: Path) -> None:
    """Each exercise is found, and the digest of the file is the receipt."""
    path = notebook(tmp_path / "good.ipynb", ["import numpy as np", *RIGHT])
    done = preflight(assignment, path)
    assert done.exit_code == 0, done.output
    assert "Doubling: the cell `def double(numbers):`" in done.output
    assert "It will grade." in done.output
    assert hashlib.sha256(path.read_bytes()).hexdigest() in done.output


def test_a_file_of_one_s_own_is_told(assignment: Path, tmp_path: Path) -> None:
    """It lies beside the notebook now, and will not where that is graded."""
    (tmp_path / "helper.py").write_text("def twice(n):\n    return 2 * n\n", "utf-8")
    imports = "import numpy as np\nimport nowhere_to_be_found\nfrom helper import twice"
    path = notebook(tmp_path / "good.ipynb", [imports, *RIGHT])
    done = preflight(assignment, path)
    told = " ".join(done.output.split())
    assert "? `helper` is a file of your own, which is not there when this is graded" in told
    assert "`nowhere_to_be_found` is a file" not in told


def test_the_name_of_a_file_is_no_workflow_command(
    assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where commands are read from what is printed, they are off around all that is a student's."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    folder = tmp_path / "in"
    folder.mkdir()
    notebook(folder / "::error::good.ipynb", ["import numpy as np", *RIGHT])
    (folder / "##[error]bad.ipynb").write_text("{", "utf-8")
    for options in ((), ("--out", str(tmp_path / "out")), ("--preflight",)):
        done = CliRunner().invoke(
            grade, [*options, "--assignment", str(assignment), str(folder), "--no-require-sandbox"]
        )
        for printed in (done.stdout, done.stderr):
            assert commands(printed) == [], options
    done = CliRunner().invoke(grade, ["--assignment", "##[error]::x::", str(folder)])
    assert commands(done.stderr) == []


def commands(printed: str) -> list[str]:
    """Return what a runner would take for commands, as it reads line by line."""
    found, until = [], ""
    for line in printed.splitlines():
        if until:
            until = "" if line == until else until
        elif line.startswith("::stop-commands::"):
            until = f"::{line.removeprefix('::stop-commands::')}::"
        elif line.lstrip().startswith("::") or "##[" in line:
            found.append(line)
    return found


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([RIGHT[0]], "nothing defines `halve`"),
        ([RIGHT[0], "def Halve(x): return x / 2"], "nothing defines `halve`, but there is `Halve`"),
        (
            ["def double(x)\n    return 2 * x", *RIGHT[1:]],
            "the cell `def double(x)`, which has to be",
        ),
        ([*RIGHT, "double = double.missing"], "the cell `double = double.missing`: AttributeError"),
        (["def broken(:", *RIGHT], "the cell `def broken(:` is not valid Python"),
        (["x = 1\nx = t'{x}'", *RIGHT], "the cell `x = 1` needs Python 3.14, and this is Python 3"),
        (["while True: pass", *RIGHT], None),
    ],
    ids=[
        "missing",
        "another name",
        "within no Python",
        "fails",
        "no Python",
        "a newer Python",
        "not needed",
    ],
)
def test_what_will_not_grade(
    assignment: Path, tmp_path: Path, cells: list[str], told: str | None
) -> None:
    """A missing name, and a cell that fails and is needed, are told; others are not run."""
    done = preflight(assignment, notebook(tmp_path / "x.ipynb", cells))
    assert done.exit_code == (told is not None), done.output
    assert (told or "1 cell was not run") in done.output


OVER_ARRAYS = [
    "network = Sequential([Linear(784, 10)])",
    "for images, labels in batches:\n    network.forward(images)",
]


@pytest.mark.parametrize(
    ("training", "said", "named"),
    [
        (cells("functions", 1), "taken for the training", True),
        (OVER_ARRAYS, "Which cell trains `network` cannot be told without running it.", False),
    ],
    ids=["functions", "arrays"],
)
def test_it_says_which_cell_it_takes_for_the_training(
    tmp_path: Path, training: list[str], said: str, named: bool
) -> None:
    """A cell that only calls a function is found; where sources do not tell, that is said."""
    first, *below = training
    path = submission(tmp_path, {"train-loop": first}, append=tuple(below))
    done = preflight(ROOT / "reference" / "nn_from_scratch", path)
    assert done.exit_code == 0, done.output
    assert said in " ".join(done.output.split())
    assert ("for epoch in range(epochs)" in done.output) == named


def test_it_speaks_the_students_language(assignment: Path, tmp_path: Path) -> None:
    """In Russian it tells the same, and an unknown language is told of."""
    path = notebook(tmp_path / "x.ipynb", [RIGHT[0], "1 / 0"])
    done = preflight(assignment, path, language="ru")
    assert done.exit_code == 1
    assert "Halving: нигде нет определения `halve`" in done.output
    unknown = preflight(assignment, path, language="xx")
    assert unknown.exit_code == 2
    assert "Known are en, ru." in unknown.output


def test_what_is_still_to_be_written_is_no_failure(assignment: Path, tmp_path: Path) -> None:
    """A task that still stands there is told of: the notebook will grade all the same."""
    blank = DOUBLE.replace("### BEGIN SOLUTION", 'raise NotImplementedError("Your code")')
    done = preflight(assignment, notebook(tmp_path / "x.ipynb", [blank, RIGHT[1]]))
    assert done.exit_code == 0, done.output
    assert "the cell `def double(numbers):` is still to be written" in done.output


def test_no_training_is_told_of_where_there_is_none(assignment: Path, tmp_path: Path) -> None:
    """What was left out is told in words that hold for an assignment about functions, too."""
    path = notebook(tmp_path / "x.ipynb", ["import numpy as np", *RIGHT, "print(double(2))"])
    done = preflight(assignment, path)
    assert "1 cell was not run: only what your classes and functions need was." in done.output
    assert "training" not in done.output


def test_of_several_the_gravest_counts(assignment: Path, tmp_path: Path) -> None:
    """A file that cannot be used is told of, and the others are looked at."""
    notebook(tmp_path / "a.ipynb", RIGHT)
    (tmp_path / "b.ipynb").write_text("no notebook", "utf-8")
    done = preflight(assignment, tmp_path)
    assert done.exit_code == 2
    assert "It will grade." in done.output


def test_where_the_grader_fails_at_one_the_others_are_told_of(
    assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says which file it was, without a traceback, and the status says it too."""

    def broken(told: Notebook, _assignment: Assignment) -> Preflight:
        if told.path.name == "bad.ipynb":
            raise RecursionError("too deep")
        return told_of(told, _assignment)

    told_of = check_beforehand
    monkeypatch.setattr(preflights, "preflight", broken)
    bad, good = (tmp_path / f"{name}.ipynb" for name in ("bad", "good"))
    for path in (bad, good):
        notebook(path, ["import numpy as np", *RIGHT])
    done = preflight(assignment, bad, good)
    assert done.exit_code == 3
    assert f"{bad}: the grader itself failed (RecursionError: too deep)" in done.stderr
    assert "It will grade." in done.stdout
