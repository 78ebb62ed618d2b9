"""The catalogue of known mistakes grows by what a course has handed in."""

import ast
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.assignment.mistakes import FILE, Variant, catalogue
from grader.assignment.model import REFERENCE
from grader.course.mistakes import proposals
from grader.course.mistakes.unnamed import Cluster, Wrong
from grader.errors import AssignmentError
from grader.judging.judges import judge_for, judged_alone
from grader.subjects.reference import altered
from tests.course.test_rejudging import run
from tests.grading import nn_from_scratch
from tests.judging.test_pairs import RELU, judged, with_mistakes
from tests.notebooks import ROOT
from tests.tiny_assignment import write
from tests.tiny_release import RIGHT, SQUARED, reference

# They share one graded course.
pytestmark = pytest.mark.xdist_group("mistakes")

NOTHING = "def double(numbers):\n    return numbers - numbers"
CUBED = "def double(numbers):\n    # as I remember it\n    return numbers ** 3"
DOUBLED = {
    "ada": RIGHT[0],
    "bo": SQUARED[0],
    "cy": CUBED,
    "dee": "import numpy as np\ndef double(numbers):\n    return np.power(numbers, 3)",
    "eve": "def double(numbers):\n    return numbers * numbers * numbers",
    "flo": NOTHING,
    "gus": "def double(numbers):\n    return 0 * numbers",
    "hal": "def double(numbers):\n    raise RuntimeError('\\x1b[31m')",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an assignment, eight graded submissions and their results."""
    folder = tmp_path_factory.mktemp("course")
    reference(folder / "reference" / "tiny")
    (folder / "in").mkdir()
    for name, source in DOUBLED.items():
        write(folder / "in" / f"{name}.ipynb", [source, RIGHT[1]])
    given = ("--out", folder / "out", "--assignment", folder / "reference" / "tiny")
    subprocess.run(
        [sys.executable, "-m", "grader", folder / "in", *given],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Iterator[Path]:
    """Return the graded folder, which is afterwards as it was."""
    kept = tmp_path / "kept"
    shutil.copytree(graded, kept)
    yield graded
    shutil.rmtree(graded)
    shutil.copytree(kept, graded)


def told(course: Path, *options: object) -> str:
    """Return what `grader mistakes` prints."""
    done = run("mistakes", course / "out", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_answers_that_are_alike_stand_together_the_most_frequent_first(course: Path) -> None:
    """However they are written; what is right or known is not among them."""
    for notebook in (course / "in").iterdir():
        # Nothing is run.
        notebook.unlink()
    text = told(course)
    heads = [line for line in text.splitlines() if line.startswith("doubled, ")]
    assert heads == [
        "doubled, 3 submissions: cy, dee, eve",
        "doubled, 2 submissions: flo, gus",
        "doubled, 1 submission: hal",
    ]
    assert "6 wrong exercises of 3 kinds that no one known mistake explains." in text
    assert "ada" not in text
    assert "bo" not in text.split()


def test_each_is_shown_with_an_example_its_lines_and_what_answers_so(course: Path) -> None:
    """The smallest example of the report, one student's definition, and the change that fits."""
    cubed, nothing, raised = told(course).split("doubled, ")[1:]
    assert "(6 points lost; doubled.doubles)" in cubed
    assert "expected" in cubed
    assert "    # as I remember it\n        return numbers ** 3" in cubed
    assert "No mutant of the reference and no two known mistakes answer so." in cubed
    assert "return numbers - numbers" in nothing
    assert "The same is answered by the reference with double:" in nothing
    assert "\x1b" not in raised


def test_entries_are_written_for_a_person_to_fill_in(course: Path, tmp_path: Path) -> None:
    """They are the changes of the reference; what a student wrote is a comment, and never run."""
    path = tmp_path / "new.py"
    text = told(course, "--write", path)
    assert f"3 entries were written to the end of {path}." in " ".join(text.split())
    (entry,) = runpy.run_path(str(path))["mistakes"]
    assert entry.exercise == "doubled"
    assert entry.changes == (
        ("twice_the_numbers = numbers + numbers", "twice_the_numbers = numbers - numbers"),
    )
    assert (entry.name, entry.explanation, entry.hint) == ("", "", "")
    names = {
        each.id for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.Name)
    }
    assert names == {"Mistake", "mistakes"}
    assert "#         return numbers ** 3" in path.read_text("utf-8")


def test_nothing_is_overwritten_nor_written_twice(course: Path) -> None:
    """Entries go behind what an author has, which stays as it is."""
    path = course / "reference" / "tiny" / FILE
    before = path.read_text("utf-8")
    told(course, "--write", path)
    assert path.read_text("utf-8").startswith(before.rstrip())
    path.write_text(before, "utf-8")
    other = course / "other.py"
    other.write_text("# Mine.\n", "utf-8")
    told(course, "--write", other)
    once = other.read_text("utf-8")
    assert once.startswith("# Mine.\n")
    text = " ".join(told(course, "--write", other).split())
    assert f"{other} has 3 of them already." in text
    assert f"Nothing was written to {other}." in text
    assert other.read_text("utf-8") == once


def test_what_is_filled_in_is_named_from_then_on(course: Path) -> None:
    """An entry without words is refused with what to do; with them it names the students'."""
    path = course / "reference" / "tiny" / FILE
    told(course, "--write", path)
    with pytest.raises(AssignmentError, match="needs a name, an explanation and a hint"):
        catalogue(load(path.parent))
    done = run("mistakes", course / "out")
    assert done.returncode == 2
    assert "needs a name, an explanation and a hint" in " ".join(done.stderr.split())
    words = {'name=""': 'name="nothing"', 'explanation=""': 'explanation="It is 0."'}
    text = path.read_text("utf-8")
    for old, new in {**words, 'hint=""': 'hint="Is it?"'}.items():
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    assert "flo" not in told(course)
    assert "doubled, 3 submissions: cy, dee, eve" in told(course)


def test_two_known_mistakes_together_are_proposed_as_one() -> None:
    """What both change of the reference, as one entry."""
    both = ("absolute value", "negative gradient")
    proposal = proposals.of_pair(judged(RELU, with_mistakes(*both)), catalogue(nn_from_scratch()))
    assert proposal is not None
    assert proposal.told == "the known mistakes 'absolute value' and 'negative gradient' together"
    assert proposal.changes == (
        ("return np.maximum(input, 0)", "return np.abs(input)"),
        ("return grad * self.is_open", "return -grad * self.is_open"),
    )
    alone = judged(RELU, with_mistakes("absolute value"))
    assert proposals.of_pair(alone, catalogue(nn_from_scratch())) is None


LOOP = """def double(numbers):
    total, left = 0 * numbers, 2
    while left > 0:
        total = total + numbers
        left = left - 1
    return total"""


def test_a_mutant_that_never_ends_keeps_the_others_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is ended, and the search goes on behind it."""
    monkeypatch.setattr(proposals, "SECONDS", 2.0)
    folder = reference(tmp_path / "tiny")
    write(folder / REFERENCE, [LOOP, RIGHT[1]])
    (folder / FILE).unlink()
    assignment = load(folder)
    exercise = assignment.exercises[0]
    backwards = (("left = left - 1", "left = left - 2"),)
    student = altered(
        assignment.reference,
        exercise.names,
        Variant(name="once", exercise=exercise.id, changes=backwards),
    )
    asked = judge_for(assignment).asked(exercise, assignment.config.seed)
    answers = {scenario.key: student.answer(scenario) for scenario in asked}
    result = judged_alone(exercise, assignment, student)
    cluster = Cluster((Wrong("ada", folder, result, answers, ""),))
    found = proposals.of_mutants(folder, exercise.id, [cluster])
    assert found[0].told.startswith("the reference with double: ")


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    """It is said how there come to be some."""
    done = run("mistakes", tmp_path)
    assert done.returncode == 2
    assert "keeps no results" in done.stderr


def test_a_file_that_cannot_be_added_to_is_told_before_anything_is_done(course: Path) -> None:
    """A folder that is not there, say."""
    done = run("mistakes", course / "out", "--write", course / "nowhere" / "new.py")
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_submissions_of_which_nothing_was_kept_are_told(course: Path) -> None:
    """The others are looked at all the same."""
    (course / "out" / ".grading" / "flo.answers").unlink()
    text = " ".join(told(course).split())
    assert "1 submission could not be looked at by what was kept (flo)" in text
    assert "doubled, 3 submissions: cy, dee, eve" in text
