"""What `grader release` hands out: a folder that checks itself, and gives nothing away."""

import json
import lzma
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import models
from grader.asking.cases import draw
from grader.assignment.config import config_of
from grader.assignment.loading import find_assignment, load
from grader.assignment.model import ANSWERS, CHECKS, CONFIG, PUBLIC
from grader.authoring.release.command import GUESSED_BITS, release
from grader.authoring.release.repository import publish, texts
from grader.authoring.release.student_notebook import read_reference, solution_lines
from grader.errors import AssignmentError, UsageError
from grader.grading import Options, grade
from grader.judging.answer_key import kind_name, publication
from grader.notebook.reading import read
from grader.reports.formats import FORMATS, Graded
from grader.results.model import Result
from tests import tiny_release
from tests.notebooks import ROOT
from tests.tiny_release import DOUBLE, RIGHT, SQUARED, notebook

SECRETS = ("secret_sign", "SECRET", "secretly", "48151", "secret sentence", "secret is out")
SCOPE = "The public checks decide on 8 of 12 points; 4 are decided after submission."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny release, its reference beside it."""
    return tiny_release.released(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def clone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a fresh git clone of the release, elsewhere; it is the working folder."""
    git = ["git", "-c", "user.name=s", "-c", "user.email=s@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    target = tmp_path_factory.mktemp("student") / "homework one"
    subprocess.run([*git, "clone", "-q", folder, target], check=True)
    before = Path.cwd()
    os.chdir(target)
    yield target
    os.chdir(before)


def graded(clone: Path, *cells: str) -> Result:
    """Grade a notebook of these cells in the clone."""
    done = read(notebook(clone / "tiny.ipynb", cells))
    return grade(done, find_assignment(done))


def everything(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the text of every file that is handed out, of compressed ones what is inside."""
    for path in filter(Path.is_file, folder.rglob("*")):
        if ".git" in path.relative_to(folder).parts:
            continue
        content = path.read_bytes()
        if path.name == ANSWERS:
            content = lzma.decompress(content)
        text = content.decode("utf-8", "replace")
        yield path, text
        if path.suffix == ".ipynb":
            yield path, "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def test_everything_that_a_student_needs_is_there(folder: Path) -> None:
    """The notebook, how to begin, what to install, the checks, and a workflow for CI."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    wanted = {"tiny.ipynb", "README.md", "requirements.txt", CONFIG, ".github/workflows/grade.yml"}
    wanted |= {f"{PUBLIC}/{name}" for name in (CHECKS, "numbers.py", ANSWERS, "handed_out.ipynb")}
    assert wanted <= found
    assert not any("secrets" in name or "mistakes" in name for name in found)
    assert "numpy" in (folder / "requirements.txt").read_text("utf-8").splitlines()
    assert "| Doubling | 10 | 4 |" in (folder / "README.md").read_text("utf-8")


def test_nothing_secret_is_handed_out(folder: Path) -> None:
    """No line of the solution, no mistake's code, no hidden check, and no official seed."""
    reference = folder.parent.parent / "reference" / "tiny"
    lines = solution_lines(read_reference(reference / "solution.ipynb"))
    assert "twice_the_numbers = numbers + numbers" in lines
    secret = {*lines, *SECRETS, "numbers * numbers", "return numbers", "seed = 73"}
    for path, text in everything(folder):
        assert not [each for each in secret if each in text], path


@pytest.mark.parametrize("name", sorted(each.name for each in (ROOT / "reference").glob("[!_]*")))
def test_the_official_seed_stays_with_the_instructor(name: str) -> None:
    """It stands in no file of what is released, and cannot be guessed."""
    config = load(ROOT / "reference" / name).config
    released = list((ROOT / "assignments").glob(f"{name}*"))
    assert released
    for folder in released:
        assert config_of(folder / CONFIG).kernel_seed == config.kernel_seed != config.seed
        for path, text in everything(folder):
            assert str(config.seed) not in text, path
    assert config.seed.bit_length() > GUESSED_BITS


@pytest.mark.parametrize(
    ("seed", "guessed"), [("73", True), ("9007199254740993", False), ("2305843009213693952", True)]
)
def test_a_seed_that_can_be_guessed_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: str, guessed: bool
) -> None:
    """A short one, and one that students have as the public one: another is proposed."""
    reference = tiny_release.reference(tmp_path / "tiny")
    config = reference / CONFIG
    told = config.read_text("utf-8").replace("seed = 73\n", f"seed = {seed}\n")
    config.write_text(told.replace("= 5", "= 2305843009213693952"), "utf-8")
    release(reference, tmp_path, tmp_path / "autograder.zip")
    assert ("seed = " in capsys.readouterr().err) == guessed


def test_official_questions_are_others() -> None:
    """Of what official grading asks, students hold the answers to the very simplest case alone."""
    instructors = load(ROOT / "reference" / "nn_from_scratch")
    kept = publication(ROOT / "assignments" / "nn_from_scratch" / PUBLIC / ANSWERS).cases
    kinds = {check.case for each in instructors.exercises for check in each.checks if check.case}
    for kind in kinds:
        official = draw(kind, instructors.config.seed)
        public = {models.loads(kind, each) for each in kept[kind_name(kind)]}
        assert len(public) > 10
        assert len(public.intersection(official)) <= 1


def test_a_clone_grades_as_the_instructor_does(clone: Path) -> None:
    """A right notebook has all that can be seen here, and what cannot waits for the submission."""
    result = graded(clone, "import numpy as np", *RIGHT)
    assert (result.score, result.pending, result.after_submission) == (8, 4, 4)
    assert result.released
    assert result.assignment.name == "tiny"
    statuses = {check.id: check.status for each in result.exercises for check in each.checks}
    assert statuses == {"doubles": "passed", "hidden_1": "review", "halves": "passed"}


def test_a_known_mistake_is_named_by_recorded_answers(clone: Path) -> None:
    """A mistake is recognised without its code, on the smallest example of the pool."""
    result = graded(clone, "import numpy as np", *SQUARED)
    doubling = result.exercises[0]
    assert doubling.mistake is not None
    assert doubling.mistake.name == "squared"
    evidence = doubling.checks[0].evidence
    assert evidence is not None
    assert evidence.inputs[0].shape == (1,)
    assert evidence.cell is not None
    assert doubling.checks[0].hint == "What is twice two?"


@pytest.mark.parametrize("form", FORMATS)
def test_every_report_says_how_much_it_can_see(clone: Path, form: str) -> None:
    """What waits for the submission is in no report taken for what was checked."""
    result = graded(clone, "import numpy as np", *RIGHT)
    text = FORMATS[form].write(Graded(result, clone / "tiny.ipynb"))
    if form == "json":
        assert json.loads(text)["released"]
    else:
        assert SCOPE in text.replace("\\;", ";").replace("\\.", ".")


def test_a_notebook_as_handed_out_grades(clone: Path) -> None:
    """The student notebook itself, with nothing written, loses points and nothing else."""
    subprocess.run(["git", "checkout", "-q", "tiny.ipynb"], cwd=clone, check=True)
    done = read(clone / "tiny.ipynb")
    assert sum("%check doubled" in cell.source for cell in done.cells) == 1
    result = grade(done, find_assignment(done))
    assert result.score == 0
    assert {cell.status for cell in result.cells} == {"ok"}
    assert not result.notes
    assert not result.integrity


def test_other_questions_than_the_recorded_are_refused(clone: Path) -> None:
    """`--seed` is for those who hold the reference."""
    done = read(notebook(clone / "tiny.ipynb", RIGHT))
    with pytest.raises(UsageError, match="Leave out --seed"):
        grade(done, find_assignment(done), Options(seed=3))


def test_a_student_cannot_bring_the_checks_along(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever grades a released folder from elsewhere imports nothing of it unasked."""
    monkeypatch.chdir(tmp_path)
    done = read(notebook(clone / "tiny.ipynb", RIGHT))
    with pytest.raises(UsageError, match="not found"):
        find_assignment(done)
    assert find_assignment(done, str(clone)).released


@pytest.mark.parametrize("lost", [CHECKS, ANSWERS])
def test_what_is_missing_is_named(folder: Path, tmp_path: Path, lost: str) -> None:
    """A student who deleted a file of the checks is told which and where to get it."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / PUBLIC / lost).unlink()
    with pytest.raises(AssignmentError, match=rf"has no {lost}.*[Gg]et that file anew"):
        load(copy)


def test_recorded_answers_that_are_none(folder: Path, tmp_path: Path) -> None:
    """A broken file is named, and not taken for the student's fault."""
    path = tmp_path / ANSWERS
    for content in (b"", b"no answers", (folder / PUBLIC / ANSWERS).read_bytes()[:-9]):
        path.write_bytes(content)
        with pytest.raises(AssignmentError, match="holds no recorded answers"):
            publication(path)


def test_releasing_again_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """The same assignment gives the same bytes, and what has stayed is not recorded anew."""
    assignment = load(folder.parent.parent / "reference" / "tiny")
    files = publish(assignment, tmp_path / "again")
    for path in files:
        name = path.relative_to(tmp_path / "again")
        assert path.read_bytes() == (folder / name).read_bytes() or name.suffix == ".ipynb"
    told: list[str] = []
    outdated = tmp_path / "again" / PUBLIC / "former_check.py"
    outdated.write_text("secret = 1", "utf-8")
    publish(assignment, tmp_path / "again", told.append)
    assert told == []
    assert not outdated.exists()


GIVES_IT_AWAY = "\n\ndef twice(numbers):\n    return numbers + numbers\n"
NEEDED_BY_A_PUBLIC_ONE = """

@doubled.check(points=0, needs=secret_sign)
def builds_on_it(student) -> None:
    \"\"\"A public check.\"\"\"
"""


@pytest.mark.parametrize(
    ("file", "more", "complaint"),
    [
        ("numbers.py", GIVES_IT_AWAY, "a line of the solution"),
        (CHECKS, NEEDED_BY_A_PUBLIC_ONE, "`builds_on_it` needs `secret_sign`"),
    ],
)
def test_what_cannot_be_released(tmp_path: Path, file: str, more: str, complaint: str) -> None:
    """A file that holds a line of the solution, or a check that needs a hidden one, is refused."""
    folder = tiny_release.reference(tmp_path / "tiny")
    short = DOUBLE.replace("twice_the_numbers = ", "").replace("return twice_the_numbers", "")
    notebook(folder / "solution.ipynb", [short])
    (folder / file).write_text((folder / file).read_text("utf-8") + more, "utf-8")
    with pytest.raises(AssignmentError, match=complaint):
        texts(load(folder))


def test_the_first_assignment_hides_its_solution() -> None:
    """What its students get multiplies no matrices and sums no gradient for them."""
    checks = list((ROOT / "assignments" / "nn_from_scratch" / PUBLIC).glob("linear*.py"))
    assert len(checks) == 4
    for path in checks:
        code = path.read_text("utf-8").replace("returns x @ W + b", "").replace("y = x @ W + b", "")
        assert " @ " not in code
        assert "sum(axis=0)" not in code
