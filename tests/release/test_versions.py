"""Folders that other versions released: they work, or say which version of the grader does."""

import zipfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from grader import __version__
from grader.assignment.config import config_of
from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, PUBLIC, Assignment
from grader.authoring.release.files import requirements
from grader.authoring.release.repository import texts
from grader.checks.plots.drawings import judge_drawings
from grader.errors import AssignmentError
from grader.judging.judges import judged_alone
from grader.results.model import ExerciseResult
from grader.subjects.reference import performing
from tests import tiny_release
from tests.release.references import REFERENCES

# One zip for each version that has released: `stable_numerics` as students got it.
FROZEN = sorted((Path(__file__).parent / "frozen").glob("*.zip"))

SOFTMAX = """\
import numpy as np

def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def grad_softmax(p, grad):
    return p * (grad - (grad * p).sum(axis=1, keepdims=True))
"""


@pytest.fixture(params=FROZEN, ids=lambda path: path.stem)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Assignment:
    """Return what a former version released."""
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path)
    return load(tmp_path)


# Modules of `grader.checks` under the names that they had in former versions.
FORMER = {
    "grader.checks.differences": "grader.checks.finite_differences",
    "grader.checks.layers": "grader.checks.strategies",
    "grader.checks.answers": "grader.checks.training.classifier",
    "grader.checks.looks": "grader.checks.training.reruns",
    "grader.checks.recognition": "grader.checks.plots.image_match",
}


@pytest.mark.parametrize("former", FORMER)
def test_a_module_of_checks_is_found_by_its_former_name(former: str) -> None:
    """It is the same module: what one name's importer changes or compares, the other's sees."""
    present = import_module(FORMER[former])
    assert import_module(former) is present
    assert present.__spec__ is not None
    assert present.__spec__.name == FORMER[former]


def test_a_module_that_became_a_package_gives_what_it_gave() -> None:
    """`from grader.checks.plots import judge_drawings` works, and what never was there is told."""
    assert import_module("grader.checks.plots").judge_drawings is judge_drawings
    with pytest.raises(ImportError, match="nothing_of_the_kind"):
        exec("from grader.checks.plots import nothing_of_the_kind")  # noqa: S102 - as one writes it


def softmax(assignment: Assignment, source: str) -> ExerciseResult:
    """Return what a released folder makes of a definition of `softmax`."""
    exercise = next(each for each in assignment.exercises if each.id == "softmax")
    return judged_alone(exercise, assignment, performing([source], "a notebook"))


def test_this_version_is_frozen() -> None:
    """What this version released is among the folders that are tried from now on."""
    assert f"stable_numerics-{__version__}" in {path.stem for path in FROZEN}


def test_a_former_release_judges_right_code_as_right(frozen: Assignment) -> None:
    """Whatever a student is shown of a right solution has passed."""
    result = softmax(frozen, SOFTMAX)
    assert {check.status for check in result.checks} <= {"passed", "after submission"}
    assert result.score > 0


def test_a_former_release_names_a_known_mistake(frozen: Assignment) -> None:
    """What it recorded of mistakes is still found by the answers."""
    result = softmax(frozen, SOFTMAX.replace(" - logits.max(axis=1, keepdims=True)", ""))
    named = [check.mistake for check in result.checks if check.status == "failed"]
    assert named
    assert all(named)


@pytest.mark.parametrize(
    ("file", "text"),
    {
        CONFIG: 'title = "Tiny"\ncolour = "blue"\n[release]\nname = "tiny"\ngrader = "9.1.0"\n',
        f"{PUBLIC}/{CHECKS}": "from grader import Riddle\n",
    }.items(),
)
def test_a_folder_of_another_version_says_which_reads_it(
    tmp_path: Path, file: str, text: str
) -> None:
    """A key or a name that this version does not know is told with the version that does."""
    released = tiny_release.released(tmp_path)
    config = released / CONFIG
    config.write_text(config.read_text("utf-8").replace(f'"{__version__}"', '"9.1.0"'), "utf-8")
    (released / file).write_text(text, "utf-8")
    with pytest.raises(AssignmentError) as caught:
        load(released)
    assert file in str(caught.value)
    assert f"released with version 9.1.0 of the grader, and this is {__version__}." in str(
        caught.value
    )
    assert "requirements.txt" in str(caught.value)


def test_a_folder_of_this_version_blames_no_version(tmp_path: Path) -> None:
    """What is amiss with it is told, and no more."""
    released = tiny_release.released(tmp_path)
    (released / PUBLIC / CHECKS).write_text("from grader import Riddle\n", "utf-8")
    with pytest.raises(AssignmentError) as caught:
        load(released)
    assert "of the grader" not in str(caught.value)


@pytest.mark.parametrize("folder", REFERENCES, ids=lambda folder: folder.name)
def test_a_release_says_what_released_it(folder: Path) -> None:
    """The folder's own file has the version."""
    told = texts(load(folder))[CONFIG]
    assert f'grader = "{__version__}"' in told


def test_a_package_index_brings_a_compatible_version(tmp_path: Path) -> None:
    """The next incompatible version is not installed for a folder that it may not read."""
    tiny = load(tiny_release.reference(tmp_path / "tiny"))
    config = replace(tiny.config, install="notebook-grader")
    line = requirements(Assignment(tiny.name, tiny.folder, config, tiny.exercises)).splitlines()[0]
    wanted = Requirement(line).specifier
    assert wanted.contains(__version__)
    assert not wanted.contains("1.0.0" if __version__.startswith("0") else "9")


@pytest.mark.parametrize("title", ["a\tb", "\x7f\x01", 'quotes " and \\', "line\nline", "é€😀"])
def test_a_title_of_any_characters_is_released_as_it_is(tmp_path: Path, title: str) -> None:
    """The folder's own file is valid TOML whatever stands in it, and says the same."""
    tiny = load(tiny_release.reference(tmp_path / "tiny"))
    config = replace(tiny.config, title=title)
    told = texts(Assignment(tiny.name, tiny.folder, config, tiny.exercises))[CONFIG]
    path = tmp_path / CONFIG
    path.write_text(told, "utf-8", newline="")
    assert config_of(path).title == title
