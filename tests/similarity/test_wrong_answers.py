"""Equal wrong answers tell of a copy that hides its code, and easy mistakes tell of nobody."""

import shutil
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.similarity.gathering import gathered
from grader.similarity.wrong_answers import Equal, Found, equal_wrong_answers, rarity

# They share one graded course.
pytestmark = pytest.mark.xdist_group("similar")


def compared(graded: Path) -> Found:
    """Compare the answers of a graded course."""
    digests = {each.student: each.sha256 for each in gathered(graded / "in").handed}
    return equal_wrong_answers(graded / "out", digests)


def test_the_same_wrong_answers_are_found(graded: Path) -> None:
    """Whatever the code looks like; a known mistake, nothing at all and what many have are not."""
    found = compared(graded)
    assert set(found.equal) == {frozenset(("ada", "eve"))}
    (equal, *_) = found.equal[frozenset(("ada", "eve"))]
    assert (equal.exercise, equal.check, equal.having, equal.judged) == (
        "doubled",
        "doubles",
        2,
        11,
    )
    assert equal.message == "`double` is wrong."
    assert found.left_out == ()


def test_who_has_no_result_of_this_file_is_told(graded: Path, tmp_path: Path) -> None:
    """A notebook that changed after it was graded, or whose answers were not kept."""
    course = Path(shutil.copytree(graded, tmp_path / "course"))
    text = (course / "in" / "gus.ipynb").read_text("utf-8")
    (course / "in" / "gus.ipynb").write_text(f"{text}\n", "utf-8")
    (course / "out" / ".grading" / "ada.answers").unlink()
    found = compared(course)
    told = dict(found.left_out)
    assert set(told) == {"ada", "gus"}
    assert "no result of this very file" in told["gus"]
    assert "--force" in told["ada"]
    assert found.equal == {}


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    """It is said what makes them."""
    with pytest.raises(UsageError, match="grade FOLDER --out"):
        equal_wrong_answers(tmp_path, {"ada": "0" * 64})


def test_the_rarer_weighs_more_and_an_exercise_counts_once() -> None:
    """The checks of one exercise fail for one reason."""
    rare, common = Equal("a", "x", "", "", 2, 64), Equal("a", "y", "", "", 16, 64)
    other = Equal("b", "x", "", "", 16, 64)
    assert rarity([rare]) == rarity([rare, common]) == 5
    assert rarity([rare, other]) == 7
    assert rarity([]) == 0
