"""The wheel and what it requires, without the extra for notebooks and without any data set."""

import os
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement

from grader import models
from grader.results.model import Result
from tests.notebooks import ROOT

pytestmark = pytest.mark.xdist_group("wheel alone")

WRITTEN = ROOT / "reference" / "nn_from_scratch" / "examples" / "typical_mistakes.ipynb"

# As the script `grade` does, on a machine whose system holds no data set either.
GRADE = """
from grader.datasets import finding
finding.SHARE_FOLDERS = ()
from grader.cli import grade
grade(prog_name="grade")
"""

# The notebook up to its first check cell, as a student runs it there.
CHECK = """
import sys
import nbformat
from nbclient import NotebookClient
document = nbformat.read(sys.argv[1], as_version=4)
ids = [cell.id for cell in document.cells]
document.cells = document.cells[: ids.index("linear") + 1]
document.cells[1].source = "import numpy as np"
for line in ("import sys; print('torch' in sys.modules)", "%load_ext grader", "%check linear"):
    document.cells.append(nbformat.v4.new_code_cell(line))
NotebookClient(document, kernel_name="python3").execute()
print(document.cells[-1].outputs[0]["data"]["text/plain"])
"""


# What `%check` does, with the recorded answers of the reference in the place of the student's.
JUDGE = """
from pathlib import Path
import grader.inline.ask
from grader.assignment.loading import load
from grader.i18n import spoken
from grader.judging.answer_key import publication
from grader.judging.judges import judge_for
assignment = load(Path.cwd())
known = publication(assignment.folder / "public" / "answers.bin")
with spoken("ru"):
    for exercise in assignment.exercises:
        if exercise.unit:
            subject = known.reference(exercise.id)
            result = judge_for(assignment).judge(exercise, subject, None, 0)
            print(exercise.id, result.score + result.pending, result.max_score)
"""


# What `%check --fresh` asks the process beside the kernel for.
FRESH = """
from grader.inline.ask import Session

class Told:
    def say(self, said, *files):
        if "answer" in said:
            print(said["answer"]["text/plain"])

asked = {"anew": True, "folder": ".", "notebook": None, "only": ["linear"], "fresh": True}
Session(Told()).answer(asked)
"""


def required(name: str, found: dict[str, None], extra: str = "") -> dict[str, None]:
    """Return the distributions that one requires here with an extra, and those that these do."""
    for each in map(Requirement, distribution(name).requires or ()):
        wanted = each.marker is None or each.marker.evaluate({"extra": extra})
        if wanted and each.name not in found:
            found[each.name] = None
            required(each.name, found)
    return found


def link(name: str, packages: Path) -> None:
    """Lay an installed distribution's files into another folder of packages."""
    for file in distribution(name).files or ():
        source = Path(str(file.locate()))
        if ".." in file.parts or not source.is_file():
            continue
        target = packages / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            try:
                os.link(source, target)
            except OSError:
                shutil.copyfile(source, target)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that holds the built wheel and what `grade` takes."""
    return environment(tmp_path_factory.mktemp("alone"), "grade")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that holds the built wheel without any extra."""
    return environment(tmp_path_factory.mktemp("small"), "")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that holds the built wheel and a kernel, as Jupyter's."""
    return environment(tmp_path_factory.mktemp("kernel"), "", "ipykernel")


def environment(folder: Path, extra: str, *others: str) -> Path:
    """Return the Python of a new environment with the built wheel, an extra of it and `others`."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, ROOT], check=True)
    venv.create(folder / "venv", with_pip=False)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    wanted = required("notebook-grader", {}, extra)
    for name in others:
        wanted |= {name: None, **required(name, {})}
    for name in wanted:
        link(name, packages)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", packages, wheel], check=True)
    return folder / "venv" / "bin" / "python"


@pytest.fixture
def homework(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a released folder that lies elsewhere, with its notebook done; there are no data."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("NOTEBOOK_GRADER_DATA", raising=False)
    folder = tmp_path / "homework"
    shutil.copytree(ROOT / "assignments" / "nn_from_scratch", folder)
    path = folder / "nn_from_scratch.ipynb"
    document, done = (nbformat.read(each, as_version=4) for each in (path, WRITTEN))
    sources = {cell.id: cell.source for cell in done.cells if cell.cell_type == "code"}
    for cell in document.cells:
        cell.source = sources.get(cell.id, cell.source)
    path.write_text(nbformat.writes(document), "utf-8")
    return folder


def test_nothing_of_the_extra_is_there(alone: Path) -> None:
    """Otherwise the tests below would prove nothing."""
    look = (
        "import importlib.util as u; print([name for name in "
        "('torch', 'torchvision', 'matplotlib', 'tqdm', 'ipywidgets') if u.find_spec(name)])"
    )
    done = subprocess.run([alone, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--only", "linear,relu"), (50, 60, 0)),
        (("--quick",), (50, 100, 40)),
    ],
)
def test_layers_are_judged_and_what_needs_more_waits(
    alone: Path, homework: Path, options: tuple[str, ...], expected: tuple[float, float, float]
) -> None:
    """A student without PyTorch and without the data is told of the layers all the same."""
    done = subprocess.run(
        [alone, "-P", "-c", GRADE, "nn_from_scratch.ipynb", "--json", "-", *options],
        cwd=homework,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = models.loads(Result, done.stdout)
    assert (result.score, result.max_score, result.pending) == expected


def test_a_check_answers_in_the_notebook(alone: Path, homework: Path) -> None:
    """`%check` in a kernel of that environment."""
    done = subprocess.run(
        [alone, "-P", "-c", CHECK, "nn_from_scratch.ipynb"],
        cwd=homework,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "`grad_W` points the right way, but is 2 times too small" in done.stdout


def test_the_small_core_judges(small: Path, homework: Path) -> None:
    """Without any extra, what `%check` starts judges, in any language."""
    call = [str(small), "-P", "-c", JUDGE]
    done = subprocess.run(call, cwd=homework, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["linear 40.0 40.0", "relu 20.0 20.0"], done.stderr


def test_the_small_core_says_what_running_takes(small: Path, homework: Path) -> None:
    """`grade` ends in one sentence with the command that installs the rest."""
    call = [str(small), "-P", "-c", GRADE, "nn_from_scratch.ipynb", "--only", "linear"]
    done = subprocess.run(call, cwd=homework, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    told = done.stderr.splitlines()[-1]
    assert told.startswith("Error: Running notebooks takes ")
    assert "`pip install ipykernel" in told.replace("'", "")
    assert "Traceback" not in done.stderr


def test_a_fresh_check_beside_a_bare_kernel_says_what_it_takes(
    kernel: Path, homework: Path
) -> None:
    """`%check --fresh` names what running takes, though a kernel brings some of it."""
    call = [str(kernel), "-P", "-c", FRESH]
    done = subprocess.run(call, cwd=homework, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Running notebooks takes nbclient"), done.stderr
    assert "`pip install nbclient" in done.stdout.replace("'", "")
    assert "Traceback" not in done.stderr
