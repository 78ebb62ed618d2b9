"""What an assignment and a course's notebooks need of the machine, and what it lacks of that."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from grader import cli
from grader.assignment.model import CONFIG
from tests.tiny_assignment import declare

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def notebook(path: Path, *cells: str, python: str = "") -> None:
    """Write a notebook of these cells, which says it was written with `python`."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    made.metadata["language_info"] = {"name": "python", "version": python}
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(made), "utf-8")


def doctor(assignment: Path, folder: Path) -> dict[str, str]:
    """Return what `grader doctor --for` says, by what it is about."""
    ran = CliRunner().invoke(cli.grader, ["doctor", "--for", str(assignment), str(folder)])
    assert ran.exit_code == 0, ran.output
    lines = [line.split(maxsplit=2) for line in ran.stdout.splitlines()]
    return {words[1]: f"{words[0]} {words[2]}" for words in lines}


def test_what_a_course_imports_and_is_not_here_is_told(tmp_path: Path) -> None:
    """Each module with how many need it, the first of them, and how to get it."""
    course = tmp_path / "course"
    notebook(course / "a.ipynb", "import nopandas as pd\nimport numpy", "from nopandas.x import y")
    notebook(course / "b.ipynb", "def f():\n    import nopandas.core", "import nohelper")
    notebook(course / "c.ipynb", "try:\n    import nocupy\nexcept ImportError:\n    pass")
    notebook(course / "d.ipynb", "import importlib\nimportlib.import_module('skimage')")
    notebook(course / "e.ipynb", "from google.colab import files\nimport nest_asyncio, cv2")
    (course / "nohelper.py").write_text("x = 1")
    (course / "broken.ipynb").write_text("{")
    told = doctor(declare(tmp_path / "tiny"), course)
    a, b, e = (course / f"{name}.ipynb" for name in "abe")
    assert told["nopandas"] == f"no needed by 2 of 5, as {a}: pip install nopandas"
    assert told["nohelper"].startswith(f"no needed by 1 of 5, as {b}: a file beside it")
    assert told["skimage"].endswith("pip install scikit-image")
    assert told["nest_asyncio"] == f"no needed by 1 of 5, as {e}: pip install nest-asyncio"
    assert told["cv2"].endswith("pip install opencv-python")
    assert "broken.ipynb" in told["notebook"]
    assert told.keys() == {"nopandas", "nohelper", "skimage", "nest_asyncio", "cv2", "notebook"}


def test_the_python_that_a_course_was_written_with_is_told(tmp_path: Path) -> None:
    """Both what the notebooks say and what their syntax needs."""
    course = tmp_path / "course"
    notebook(course / "a.ipynb", "x = 1", python="3.10.4")
    notebook(course / "b.ipynb", "x = 1", python="3.99.1")
    notebook(course / "c.ipynb", "x = 1", python="<b>3.99")
    told = doctor(declare(tmp_path / "tiny"), course)
    assert told["Python"] == f"no written with 3.10 (1), 3.99 (1); grading runs on {HERE}"
    assert told["modules"] == "yes all that 3 notebooks import is here"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has all of the syntax")
def test_the_python_that_a_course_needs_is_told(tmp_path: Path) -> None:
    """The newest that the syntax of a notebook needs."""
    course = tmp_path / "course"
    notebook(course / "a.ipynb", "x = t'{1}'", "x = 2")
    ran = CliRunner().invoke(
        cli.grader, ["doctor", "--for", str(declare(tmp_path / "tiny")), str(course)]
    )
    assert "no   Python 3.14" in ran.stdout


def test_a_course_without_notebooks_is_an_error(tmp_path: Path) -> None:
    """There is nothing to look at."""
    (tmp_path / "course").mkdir()
    arguments = ["doctor", "--for", str(declare(tmp_path / "tiny")), str(tmp_path / "course")]
    ran = CliRunner().invoke(cli.grader, arguments)
    assert ran.exit_code == 2
    assert "without a notebook" in ran.output


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('python = ">=3.99"', "Python >=3.99, and this is 3."),
        ('packages = ["nopandas>=2"]', "nopandas>=2 (not installed: pip install 'nopandas>=2')"),
        ('packages = ["numpy>=99", "pytest"]', "numpy>=99 ("),
    ],
)
def test_what_an_assignment_needs_and_is_not_here_is_told_once(
    tmp_path: Path, line: str, told: str
) -> None:
    """Nothing is graded, and nobody is told so for each student."""
    folder = declare(tmp_path / "tiny")
    config = folder / CONFIG
    config.write_text(f"{line}\n{config.read_text('utf-8')}", "utf-8")
    for name in ("a", "b"):
        notebook(tmp_path / "course" / f"{name}.ipynb", "def double(n):\n    return 2 * n")
    course = str(tmp_path / "course")
    out = tmp_path / "out"
    ran = CliRunner().invoke(
        cli.grade, [course, "--assignment", str(folder), "--out", str(out), "--jobs", "1"]
    )
    assert ran.exit_code == 2
    assert ran.output.count(told) == 1
    assert ran.output.count("no student is to blame") == 1
    # What is left to do here: a newer Python is not to be had by an option.
    assert ("add --quick" in ran.output) == line.startswith("packages")
    assert not (out / "a.json").exists()
    assert any(told in each for each in doctor(folder, tmp_path / "course").values())


def test_what_is_here_is_no_matter(tmp_path: Path) -> None:
    """An assignment whose needs are met is graded as without any."""
    folder = declare(tmp_path / "tiny")
    config = folder / CONFIG
    needs = 'python = ">=3.11"\npackages = ["numpy>=1.26", "pytest"]\n'
    config.write_text(needs + config.read_text("utf-8"), "utf-8")
    path = tmp_path / "course" / "a.ipynb"
    notebook(path, "def double(n):\n    return 2 * n")
    arguments = [str(path), "--assignment", str(folder), "--json", "-", "--no-require-sandbox"]
    ran = CliRunner().invoke(cli.grade, arguments)
    assert json.loads(ran.stdout)["score"] == 2


@pytest.mark.parametrize("line", ['python = "3.12 or so"', 'packages = ["pan das"]'])
def test_needs_that_say_nothing_are_the_instructors_error(tmp_path: Path, line: str) -> None:
    """The file and the place are named."""
    folder = declare(tmp_path / "tiny")
    (folder / CONFIG).write_text(f'title = "T"\n{line}\n', "utf-8")
    notebook(tmp_path / "a.ipynb", "x = 1")
    ran = CliRunner().invoke(cli.grade, [str(tmp_path / "a.ipynb"), "--assignment", str(folder)])
    assert ran.exit_code == 2
    assert f"assignment.toml: `{line.partition(' ')[0]}" in ran.output
