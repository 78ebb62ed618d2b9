"""The grader as it is installed, where it lies among the packages that notebooks import."""

import inspect
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import nbformat
import pytest

import grader
from grader import models
from grader.judging.judge import judge
from grader.results.model import Result
from grader.sandbox.rungs import Rung, available, policy
from tests.notebooks import ROOT, SLOW, submission

# The module in which answers are judged, wherever it lies in the package.
JUDGE = Path(inspect.getfile(judge)).relative_to(Path(str(grader.__file__)).parent)

PROBE = """
import importlib.util, pathlib, sysconfig
folder = pathlib.Path(sysconfig.get_path("purelib")) / "grader"
found = []
for path in [folder / "JUDGE", folder.parent.parent / "site-packages/grader/JUDGE",
             pathlib.Path(str(folder).replace("/lib/", "/lib64/")) / "JUDGE"]:
    try:
        found.append(path.read_text()[:20])
    except OSError:
        pass
raise ValueError(f"found {found}")
""".replace("JUDGE", str(JUDGE))

GRADE = """
import sys
from pathlib import Path
from grader.assignment.loading import load
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from grader.sandbox.rungs import Rung
result = grade(read(Path(sys.argv[1])), load(Path(sys.argv[2])),
               Options(wanted=Rung(int(sys.argv[3]))))
print(result.score, result.cells[-1].error)
"""


# One installation serves all rungs.
pytestmark = pytest.mark.xdist_group("installed")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with the built wheel; the other packages are ours."""
    folder = tmp_path_factory.mktemp("installed")
    wheels = folder / "wheels"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", wheels, ROOT], check=True)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "ours.pth").write_text("\n".join(ours), "utf-8")
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", packages, wheel], check=True)
    assert (packages / "grader" / JUDGE).is_file()
    return python


@pytest.mark.parametrize("rung", [rung for rung in available() if policy(rung).sandbox])
def test_the_installed_grader_is_hidden_from_notebooks(
    tmp_path: Path, installed: Path, rung: Rung
) -> None:
    """A notebook that runs beside the installed grader cannot read its source."""
    path = submission(tmp_path, append=(PROBE,), drop=SLOW)
    assert nbformat.read(path, as_version=4).cells[-1].source == PROBE
    assignment = ROOT / "reference" / "nn_from_scratch"
    done = subprocess.run(
        [installed, "-c", GRADE, path, assignment, str(int(rung))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "60.0 ValueError: found []", done.stderr


def test_an_environment_may_be_a_link(tmp_path: Path, installed: Path) -> None:
    """An environment that lies elsewhere runs notebooks where the link to it is."""
    (tmp_path / "linked").symlink_to(installed.parent.parent)
    path = submission(tmp_path, drop=SLOW)
    assignment = ROOT / "reference" / "nn_from_scratch"
    python = tmp_path / "linked" / "bin" / "python"
    done = subprocess.run(
        [python, "-c", GRADE, path, assignment, str(int(available()[0]))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("60.0 "), done.stderr


def test_an_environment_may_be_named_from_the_folder_below_it(
    tmp_path: Path, installed: Path
) -> None:
    """`../.venv/bin/python` is found by submissions that do not see the folder it starts from."""
    path = submission(tmp_path, drop=SLOW)
    assignment = ROOT / "reference" / "nn_from_scratch"
    python = os.path.relpath(installed.parent, tmp_path) + "/python"
    assert python.startswith("../")
    done = subprocess.run(
        [python, "-c", GRADE, path, assignment, str(int(available()[0]))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("60.0 "), done.stderr


def test_the_wheel_holds_no_assignment(installed: Path) -> None:
    """What is installed names no exercise's solution and carries no notebook."""
    (packages,) = (installed.parent.parent / "lib").glob("python*/site-packages")
    files = [path for path in (packages / "grader").rglob("*") if path.is_file()]
    assert len(files) > 20
    assert not [path for path in files if path.suffix == ".ipynb"]
    assert not [path for path in files if "nn_from_scratch" in path.name]


def test_the_installed_grader_lays_out_an_assignment(tmp_path: Path, installed: Path) -> None:
    """The templates of `grader new` are among what is installed."""
    call = "from grader.cli import grader; grader()"
    done = subprocess.run(
        [installed, "-c", call, "new", "mine"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reference" / "mine" / "solution.ipynb").is_file()


def solve(path: Path, written: Path) -> None:
    """Do the released notebook at `path` as somebody has `written` it."""
    document, done = (nbformat.read(each, as_version=4) for each in (path, written))
    sources = {cell.id: cell.source for cell in done.cells if cell.cell_type == "code"}
    for cell in document.cells:
        cell.source = sources.get(cell.id, cell.source)
    path.write_text(nbformat.writes(document), "utf-8")


@pytest.mark.parametrize(
    ("folder", "language", "named"),
    [
        ("nn_from_scratch", "en", "zeros written into the input"),
        ("nn_from_scratch.ru", "ru", "нули записаны во вход"),
    ],
)
def test_a_clone_of_what_is_released_grades_itself(
    tmp_path: Path, installed: Path, folder: str, language: str, named: str
) -> None:
    """What students of the first assignment get judges by the installed package alone.

    It speaks the language that the notebook was released in.
    """
    origin, clone = tmp_path / "origin", tmp_path / "homework"
    shutil.copytree(ROOT / "assignments" / folder, origin)
    git = ["git", "-c", "user.name=s", "-c", "user.email=s@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *command], cwd=origin, check=True)
    subprocess.run([*git, "clone", "-q", origin, clone], check=True)
    written = ROOT / "reference" / "nn_from_scratch" / "examples" / "typical_mistakes.ipynb"
    solve(clone / "nn_from_scratch.ipynb", written)
    # From Python's own path nothing of this checkout is to be seen.
    command = [str(installed), "-P", "-m", "grader", "nn_from_scratch.ipynb", "--json", "-"]
    done = subprocess.run(
        [*command, "--only", "linear,relu"], cwd=clone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = models.loads(Result, done.stdout)
    assert result.released
    assert (result.score, result.max_score, result.after_submission) == (50, 60, 0)
    relu = result.exercises[1]
    assert relu.mistake is not None
    assert (relu.mistake.name, result.language) == (named, language)
