"""What finding an assignment promises: the most explicit hint wins, and no answer is a sentence."""

from pathlib import Path

import nbformat
import pytest

from grader.assignment.loading import find_assignment, in_sight
from grader.assignment.model import ANSWERS, CHECKS, CONFIG, HANDED_OUT, PUBLIC, REFERENCE
from grader.errors import AssignmentError, UsageError
from grader.notebook.reading import Notebook, read
from tests.notebooks import ROOT

HOSTILE = "import pathlib; pathlib.Path(__file__).with_name('harm').touch()\n"


def shelved(above: Path, name: str, *defines: str) -> Path:
    """Write an assignment on the shelf below `above`, whose notebooks define these names."""
    return written(above / "reference" / name, *defines)


def written(folder: Path, *defines: str) -> Path:
    """Write an assignment into `folder`, whose notebooks define these names."""
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text('title = "T"\n', "utf-8")
    (folder / REFERENCE).write_text("{}", "utf-8")
    (folder / CHECKS).write_text(
        "from grader.assignment.model import Exercise\n"
        f"exercises = [Exercise('e', 'E', points=0, names={defines!r})]\n",
        "utf-8",
    )
    return folder


def notebook(folder: Path, *defines: str, assignment: object = None) -> Notebook:
    """Return a notebook in `folder` that defines these names, and perhaps names its assignment."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = ["import math", *(f"class {name}:\n    pass" for name in defines)]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    document = nbformat.v4.new_notebook(cells=cells)
    if assignment is not None:
        document.metadata["grader"] = assignment
    path = folder / "submission.ipynb"
    path.write_text(nbformat.writes(document), "utf-8")
    return read(path)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder from which no assignment can be seen."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def refusal(submission: Notebook, named: str | None = None) -> str:
    """Return what is said where no assignment is found."""
    with pytest.raises(UsageError) as caught:
        find_assignment(submission, named)
    return str(caught.value)


def test_a_folder_that_is_named_outdoes_everything(tmp_path: Path) -> None:
    """Wherever it lies, and whatever the notebook says."""
    shelved(tmp_path / "course", "other", "Layer")
    folder = written(tmp_path / "far" / "away")
    submission = notebook(tmp_path / "course", "Layer", assignment={"assignment": "other"})
    assert find_assignment(submission, str(folder)).folder == folder


def test_a_folder_may_be_named_from_the_working_folder(elsewhere: Path) -> None:
    """A relative path is one from where the command was given."""
    written(elsewhere / "here")
    assert find_assignment(notebook(elsewhere), "here").name == "here"
    assert find_assignment(notebook(elsewhere), "./here").name == "here"


def test_a_name_is_looked_for_in_sight(tmp_path: Path) -> None:
    """The name of an assignment outdoes the notebook's own metadata and its names."""
    shelved(tmp_path, "one", "Layer")
    shelved(tmp_path, "two")
    submission = notebook(tmp_path / "a" / "b", "Layer", assignment={"assignment": "one"})
    assert find_assignment(submission, "two").name == "two"


def test_the_metadata_outdo_the_names(tmp_path: Path) -> None:
    """A notebook that names its assignment belongs to it, whatever it defines."""
    shelved(tmp_path, "one", "Layer")
    shelved(tmp_path, "two", "Tree")
    submission = notebook(tmp_path, "Layer", assignment={"assignment": "two"})
    assert find_assignment(submission).name == "two"


@pytest.mark.parametrize("odd", [{"assignment": 3}, {}, [], "one", None])
def test_metadata_that_name_nothing_are_passed_over(tmp_path: Path, odd: object) -> None:
    """Anybody may have written anything there."""
    shelved(tmp_path, "one", "Layer")
    shelved(tmp_path, "two", "Tree")
    assert find_assignment(notebook(tmp_path, "Tree", assignment=odd)).name == "two"


def test_the_only_one_in_sight_is_the_one(tmp_path: Path) -> None:
    """Also for a notebook that left out an exercise."""
    shelved(tmp_path, "one", "Layer", "Tree")
    assert find_assignment(notebook(tmp_path / "a", "Other", "Tree")).name == "one"
    assert find_assignment(notebook(tmp_path, "Layer")).name == "one"


def test_what_a_notebook_says_of_itself_wins(tmp_path: Path) -> None:
    """One that names another assignment is not graded by the only one in sight."""
    shelved(tmp_path, "one", "Layer")
    submission = notebook(tmp_path, "Layer", assignment={"assignment": "gone"})
    assert refusal(submission) == (
        f"{submission.path}: the assignment 'gone', which this notebook says that it belongs to, "
        f"is not in {tmp_path / 'reference'}. Here is 'one'. To grade it by another, name that "
        "with --assignment."
    )
    assert find_assignment(submission, "one").name == "one"


def released(folder: Path, name: str, *defines: str) -> Path:
    """Write what students get of the assignment with this name into `folder`."""
    written(folder / PUBLIC, *defines)
    (folder / CONFIG).write_text(f'title = "T"\n[release]\nname = "{name}"\n', "utf-8")
    for file in (HANDED_OUT, ANSWERS):
        (folder / PUBLIC / file).write_text("{}", "utf-8")
    return folder


@pytest.mark.parametrize("told", [None, {"assignment": "one"}])
def test_the_released_folder_that_one_stands_in_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: object
) -> None:
    """A shelf further up does not hide it, whatever lies on that."""
    shelved(tmp_path, "one", "Layer")
    shelved(tmp_path, "two", "Layer")
    homework = released(tmp_path / "assignments" / "homework one", "one", "Layer")
    monkeypatch.chdir(homework)
    assert find_assignment(notebook(homework, "Layer", assignment=told)).folder == homework


def test_a_released_folder_grades_no_notebook_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a student's folder, too, what the notebook says of itself wins."""
    homework = released(tmp_path / "homework", "one", "Layer")
    monkeypatch.chdir(homework)
    told = refusal(notebook(homework, "Layer", assignment={"assignment": "two"}))
    assert "'two', which this notebook says that it belongs to, is not in" in told
    assert "Here is 'one'." in told


@pytest.mark.parametrize("told", [None, {"assignment": "one"}])
def test_a_released_folder_beside_the_notebook_is_told_of(tmp_path: Path, told: object) -> None:
    """Called from above, nothing of it is imported: a student may have brought it along."""
    homework = released(tmp_path / "homework", "one", "Layer")
    checks = homework / PUBLIC / CHECKS
    checks.write_text(HOSTILE + checks.read_text("utf-8"), "utf-8")
    submission = notebook(homework, "Layer", assignment=told)
    assert f"--assignment '{homework}', or call from there." in refusal(submission)
    assert not (homework / PUBLIC / "harm").exists()
    assert find_assignment(submission, str(homework)).folder == homework


def test_a_notebook_with_nothing_that_is_asked_is_no_zero(tmp_path: Path) -> None:
    """It is unusable, and the sentence says what it defines instead and what it looks like."""
    shelved(tmp_path, "one", "Layer", "Tree")
    shelved(tmp_path, "two", "Softmax")
    submission = notebook(tmp_path, "Softmax", "Dropout")
    assert refusal(submission, "one") == (
        f"{submission.path}: nothing in this notebook is what 'one' asks for (Layer, Tree). It "
        "defines Softmax, Dropout instead; it looks like one of 'two'. Is it the notebook of "
        "another assignment? Then name that with --assignment; else it has to be handed in again."
    )
    other = notebook(tmp_path / "other", "Softmax", assignment={"assignment": "five"})
    assert "; it says that it belongs to 'five'. Is it" in refusal(other, "one")
    empty = notebook(tmp_path / "empty")
    assert "It defines no class and no function. Is it" in refusal(empty, "one")


def test_what_another_assignment_nearly_calls_the_same_is_no_attempt(tmp_path: Path) -> None:
    """A notebook that says that it belongs to another is of that one, as long as nothing fits."""
    shelved(tmp_path, "one", "softmax")
    other = notebook(tmp_path / "other", "log_softmax", assignment={"assignment": "five"})
    assert "; it says that it belongs to 'five'. Is it" in refusal(other, "one")
    same = notebook(tmp_path / "same", "softmax", assignment={"assignment": "five"})
    assert find_assignment(same, "one").name == "one"


@pytest.mark.parametrize("source", ["class Tree:\n    def", "class TreeLayer: pass", "Tree = 3"])
def test_an_attempt_is_graded(tmp_path: Path, source: str) -> None:
    """A cell with an error, a class of nearly that name: what is wrong is told by the checks."""
    shelved(tmp_path, "one", "Layers", "TreeLayers")
    shelved(tmp_path, "two", "Tree", "Other")
    cells = [nbformat.v4.new_code_cell(each) for each in ("import math", source)]
    path = tmp_path / "attempt.ipynb"
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), "utf-8")
    named = "one" if source.startswith("class TreeLayer") else "two"
    assert find_assignment(read(path), named).name == named


def test_an_empty_notebook_of_the_assignment_is_graded(tmp_path: Path) -> None:
    """It says what it belongs to: that is what was handed in."""
    shelved(tmp_path, "one", "Layer")
    assert find_assignment(notebook(tmp_path, assignment={"assignment": "one"})).name == "one"


def test_names_decide_between_several(tmp_path: Path) -> None:
    """The assignment of whose names the notebook defines the largest share is the one."""
    shelved(tmp_path, "one", "Layer", "Linear", "ReLU")
    shelved(tmp_path, "two", "Layer", "Tree")
    assert find_assignment(notebook(tmp_path, "Layer", "Linear", "ReLU")).name == "one"
    assert find_assignment(notebook(tmp_path, "Layer", "Tree")).name == "two"
    assert find_assignment(notebook(tmp_path, "Tree")).name == "two"


def test_what_else_a_notebook_defines_decides_where_a_name_is_asked_for_twice(
    tmp_path: Path,
) -> None:
    """However few names the other assignment has: it would leave one of the notebook's unasked."""
    shelved(tmp_path, "one", "Linear", "ReLU", "network", "Layer", "Sequential", "train_loader")
    shelved(tmp_path, "two", "Linear", "Softmax")
    assert find_assignment(notebook(tmp_path, "Linear", "ReLU")).name == "one"
    assert find_assignment(notebook(tmp_path, "Linear", "Softmax")).name == "two"


def test_assignments_are_seen_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shelves and assignments in it and in any folder above, nearest first."""
    near, far = shelved(tmp_path / "a" / "b", "near"), shelved(tmp_path / "a", "far")
    own = written(tmp_path / "a" / "b" / "c")
    assert in_sight(own) == [own, near, far]
    monkeypatch.chdir(own)
    for name in ("near", "far", "c"):
        assert find_assignment(notebook(tmp_path / "d"), name).name == name


def test_of_two_with_one_name_the_nearer_is_meant(elsewhere: Path, tmp_path: Path) -> None:
    """A copy of the course in the working folder hides the one above."""
    shelved(tmp_path, "one", "Layer")
    nearer = shelved(elsewhere, "one", "Layer")
    for named in (None, "one"):
        assert find_assignment(notebook(tmp_path, "Layer"), named).folder == nearer


@pytest.mark.parametrize("named", [None, "one"])
@pytest.mark.parametrize("told", [None, {"assignment": "one"}])
def test_an_assignment_beside_the_notebook_is_not_imported_unasked(
    tmp_path: Path, named: str | None, told: object
) -> None:
    """A student may have brought it along: it is told of, and used where its folder is named."""
    folder = shelved(tmp_path / "handed in", "one", "Layer")
    checks = folder / CHECKS
    checks.write_text(HOSTILE + checks.read_text("utf-8"), "utf-8")
    submission = notebook(tmp_path / "handed in", "Layer", assignment=told)
    assert f"--assignment '{folder}'" in refusal(submission, named)
    assert not (folder / "harm").exists()
    assert find_assignment(submission, str(folder)).folder == folder
    assert (folder / "harm").exists()


def test_the_instructor_s_assignment_outdoes_the_one_beside_the_notebook(
    tmp_path: Path, elsewhere: Path
) -> None:
    """Of the same name, it is the one in sight of the working folder."""
    shelved(tmp_path / "handed in", "one", "Layer")
    ours = shelved(elsewhere, "one", "Layer")
    submission = notebook(tmp_path / "handed in", "Layer", assignment={"assignment": "one"})
    for named in (None, "one"):
        assert find_assignment(submission, named).folder == ours


def test_a_name_that_is_not_in_sight_is_told_with_where_was_looked(tmp_path: Path) -> None:
    """The sentence names the shelves."""
    shelved(tmp_path, "one")
    shelf = tmp_path / "reference"
    assert refusal(notebook(tmp_path), "two") == (
        f"There is no assignment 'two': it is neither a folder with {CONFIG} nor a name in {shelf}."
    )


def test_a_name_is_told_without_any_shelf(tmp_path: Path) -> None:
    """Where nothing is in sight, the sentence says where it could be."""
    assert refusal(notebook(tmp_path), "x" * 300).endswith(
        f"it is neither a folder with {CONFIG} nor a name in a `reference` folder above the "
        "working folder."
    )


def test_a_notebook_that_fits_none_of_several_is_told_so(tmp_path: Path) -> None:
    """The sentence names the notebook and the way out."""
    shelved(tmp_path, "one", "Layer")
    shelved(tmp_path, "two", "Tree")
    submission = notebook(tmp_path, "Other")
    assert refusal(submission) == (
        f"{submission.path}: the assignment that this notebook belongs to was not found (none fits "
        f"of those in {tmp_path / 'reference'}). Name it with --assignment."
    )


def test_a_notebook_that_fits_several_equally_is_told_so(tmp_path: Path) -> None:
    """Nothing is guessed, not from how many other names they have either."""
    shelved(tmp_path, "one", "Layer", "Tree", "Leaf")
    shelved(tmp_path, "two", "Layer", "Softmax")
    submission = notebook(tmp_path, "Layer")
    assert refusal(submission) == (
        f"{submission.path}: the assignment that this notebook belongs to was not found (by Layer "
        f"it may be 'one' or 'two' of those in {tmp_path / 'reference'}). Name it with "
        "--assignment."
    )


@pytest.mark.parametrize(
    ("defines", "name"),
    [
        (("Linear", "ReLU"), "nn_from_scratch"),
        (("Linear", "network"), "nn_from_scratch"),
        (("Linear", "Softmax"), "modules"),
        (("cross_entropy", "Dropout", "Value"), "modules"),
        (("cross_entropy", "Dropout", "Sigmoid"), "stable_numerics"),
        (("Linear",), "'modules' or 'nn_from_scratch'"),
        (("Dropout", "cross_entropy"), "'modules' or 'stable_numerics'"),
    ],
)
def test_the_assignments_here_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defines: tuple[str, ...], name: str
) -> None:
    """A part of a notebook that does not say what it belongs to is graded by no other."""
    monkeypatch.chdir(ROOT)
    submission = notebook(tmp_path, *defines)
    if " or " in name:
        assert f"by {', '.join(defines)} it may be {name} of those" in refusal(submission)
    else:
        assert find_assignment(submission).name == name


def test_a_notebook_with_no_assignment_in_sight_is_told_so(tmp_path: Path) -> None:
    """The sentence says where one would have been found."""
    message = refusal(notebook(tmp_path, "Layer"))
    assert "(none fits of those in a `reference` folder above the working folder)" in message
    assert message.endswith("Name it with --assignment.")


def test_the_assignment_that_is_meant_must_be_sound(tmp_path: Path) -> None:
    """A broken one is told to its instructor; a broken one beside it does not matter."""
    (shelved(tmp_path, "broken") / CHECKS).write_text("1 / 0", "utf-8")
    with pytest.raises(AssignmentError, match="cannot be imported"):
        find_assignment(notebook(tmp_path), "broken")
    shelved(tmp_path, "one", "Layer")
    submission = notebook(tmp_path, "Layer", assignment={"assignment": "one"})
    assert find_assignment(submission).name == "one"


BROKEN = {
    "checks that cannot be imported": (CHECKS, "import nothing_of_this_name\n"),
    "checks that add up to nothing": (CHECKS, "exercises = 3\n"),
    "settings that are no TOML": (CONFIG, "title = \n"),
    "settings that are none": (CONFIG, 'title = "T"\ncolour = "red"\n'),
}


@pytest.mark.parametrize(("file", "text"), BROKEN.values(), ids=BROKEN)
def test_a_broken_neighbour_is_no_matter_of_a_healthy_one(
    elsewhere: Path, tmp_path: Path, file: str, text: str
) -> None:
    """Names decide among those that can be loaded; where none fits, the broken one is told."""
    shelved(elsewhere, "healthy", "Alpha")
    (shelved(elsewhere, "broken", "Beta") / file).write_text(text, "utf-8")
    assert find_assignment(notebook(tmp_path, "Alpha")).name == "healthy"
    assert find_assignment(notebook(tmp_path, "Alpha"), "healthy").name == "healthy"
    with pytest.raises(AssignmentError, match="broken"):
        find_assignment(notebook(tmp_path, "Beta"))
