"""A new assignment works at once, and laying one out never harms what is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.authoring.new import new
from grader.authoring.release.record_answers import recorded
from grader.authoring.release.student_notebook import read_reference, released_text
from grader.authoring.verify.verify import verify
from grader.errors import AssignmentError, UsageError
from grader.grading import grade
from grader.notebook.reading import read
from tests.notebooks import ROOT

BAD_NAMES = ["", "My_Net", "my net", "my-net", "_net", "net_", "1net", "../net", "a__b", "n" * 61]


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `grader new` with the arguments."""
    call = [sys.executable, "-c", "from grader.cli import grader; grader()", "new"]
    return subprocess.run([*call, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_a_new_assignment_is_proven_and_released(tmp_path: Path) -> None:
    """Its checks have no wrong verdict, all it declares is used, and students get no solution."""
    files = new("my_first_network", tmp_path)
    assert {path.parent for path in files} == {tmp_path / "my_first_network"}
    assignment = load(tmp_path / "my_first_network")
    certificate = verify(assignment, jobs=2)
    assert certificate.wrong == ()
    assert certificate.unproven == ()
    assert certificate.named == certificate.of("mistake") != ()
    assert certificate.of("variant")
    assert "np.mean" not in released_text(assignment.reference)
    result = grade(read(assignment.reference), assignment)
    assert (result.score, result.max_score) == (10, 10)
    assert all(cell.status == "ok" for cell in result.cells)


def test_a_new_assignment_holds_what_the_tutorial_lists(tmp_path: Path) -> None:
    """Nothing that other commands are made of is laid out beside an author's files."""
    written = {path.name for path in new("my_first_network", tmp_path)}
    tutorial = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    listed = set(re.findall(r"^wrote reference/my_first_loss/(\S+)$", tutorial, re.MULTILINE))
    assert written == listed


def test_the_title_and_the_name_stand_where_they_belong(tmp_path: Path) -> None:
    """The configuration, the notebook and its metadata say what the assignment is called."""
    new("net_2", tmp_path, "Netze, Blatt 2 – für alle")
    assignment = load(tmp_path / "net_2")
    assert (assignment.name, assignment.config.title) == ("net_2", "Netze, Blatt 2 – für alle")
    notebook = read_reference(assignment.reference)
    assert notebook.metadata.grader.assignment == "net_2"
    assert notebook.cells[0].source.startswith("# Netze, Blatt 2 – für alle\n")
    assert "$" + "name" not in assignment.reference.read_text("utf-8")


def test_an_exercise_that_asks_nothing_is_neither_proven_nor_released(tmp_path: Path) -> None:
    """A misspelt `code` is told, and is not taken for an exercise about the whole notebook."""
    new("net", tmp_path)
    checks = tmp_path / "net" / "checks.py"
    written = checks.read_text("utf-8").replace("code.mean_squared_error", "cod.mean_squared_error")
    checks.write_text(written, "utf-8")
    told = r"checks\.py: no check of the exercise `loss` does anything with `code`.*`values`"
    with pytest.raises(AssignmentError, match=told):
        verify(load(tmp_path / "net"), jobs=1)
    with pytest.raises(AssignmentError, match=told):
        recorded(load(tmp_path / "net"))


def test_two_assignments_draw_other_questions(tmp_path: Path) -> None:
    """Each is given a seed of its own, which nobody can read in the package."""
    seeds = set()
    for name in ("one", "two", "three"):
        new(name, tmp_path)
        seeds.add(load(tmp_path / name).config.seed)
    assert len(seeds) == 3
    assert max(seeds) > 2**56, "a short seed can be found by trying all"


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_will_not_do_is_told_of(tmp_path: Path, name: str) -> None:
    """The sentence says what a name may be, and nothing is written."""
    with pytest.raises(UsageError, match="small letters, digits and single underscores"):
        new(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ['a "b"', "a\nb", "a\\b"])
def test_a_title_that_will_not_do_is_told_of(tmp_path: Path, title: str) -> None:
    """A title that would break the configuration is refused."""
    with pytest.raises(UsageError, match="cannot be a title"):
        new("net", tmp_path, title)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    """A folder or a dangling link of the name stays as it was."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "mine.txt").write_text("mine", "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("net", "link"):
        with pytest.raises(UsageError, match="is there already, and nothing was written"):
            new(name, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "net"]
    assert [path.name for path in (tmp_path / "net").iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    """Nothing is left behind where the files cannot be written."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        new("net", tmp_path / "file")


def test_the_command_says_what_it_wrote_and_what_comes_next(tmp_path: Path) -> None:
    """The files are named one by one; a name that will not do ends with status 2."""
    done = command("net", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"wrote {Path('reference', 'net', 'checks.py')}" in done.stdout
    assert "`grader verify net`" in done.stdout
    done = command("Net", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be called 'Net'" in done.stderr
