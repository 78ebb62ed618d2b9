"""Which notebooks of a folder are compared, and what is told of the others."""

import shutil
from pathlib import Path

import pytest

from grader.collecting.manifest import MANIFEST, Collected, write_manifest
from grader.errors import UsageError
from grader.similarity.gathering import MOST_CODE, gathered
from tests.similarity.solutions import by_name, write


def table(folder: Path, *rows: tuple[str, int, str]) -> None:
    """Write the table of what was collected."""
    write_manifest(folder, [Collected(who, attempt=number, file=at) for who, number, at in rows])


def students(folder: Path) -> dict[str, str]:
    """Return whose each notebook is that is compared."""
    return {each.name: each.student for each in gathered(folder).handed}


def test_each_folder_is_a_student(tmp_path: Path) -> None:
    """And where files lie side by side, each file is."""
    for place in ("ada/1/nn.ipynb", "ada/2/nn.ipynb", "bob/nn.ipynb", "cyd.ipynb"):
        write(tmp_path / place, "x = 1")
    assert students(tmp_path) == {
        "ada/1/nn": "ada",
        "ada/2/nn": "ada",
        "bob/nn": "bob",
        "cyd": "cyd",
    }


def test_of_what_was_collected_the_last_attempt_counts(tmp_path: Path) -> None:
    """By the attempts' numbers, in whatever order the lines are."""
    for attempt in ("2", "9", "10"):
        write(tmp_path / "ada, b." / attempt / "nn.ipynb", f"x = {attempt}")
    write(tmp_path / "bob" / "1" / "nn.ipynb", "x = 1")
    write(tmp_path / "stray.ipynb", "x = 1")
    table(
        tmp_path,
        ("ada, b.", 10, "ada, b./10/nn.ipynb"),
        ("ada, b.", 2, "ada, b./2/nn.ipynb"),
        ("ada, b.", 9, "ada, b./9/nn.ipynb"),
        ("bob", 1, "bob/1/nn.ipynb"),
        ("cyd", 0, ""),
    )
    found = gathered(tmp_path)
    assert [(each.student, each.code.strip()[-6:]) for each in found.handed] == [
        ("ada, b.", "x = 10"),
        ("bob", "\nx = 1"),
    ]
    assert found.earlier == 2
    assert [(each.name, each.reason) for each in found.left_out] == [
        ("stray", "is not in collected.csv")
    ]


def test_a_table_beside_the_files_hides_none_of_them(tmp_path: Path) -> None:
    """In a folder of files, in which it lies as they do, a student may have put it."""
    for name in ("ada", "bob", "mallory"):
        write(tmp_path / f"{name}.ipynb", "x = 1")
    table(tmp_path, ("ada", 1, "ada.ipynb"), ("bob", 1, "bob.ipynb"), ("bob", 2, "mallory.ipynb"))
    assert students(tmp_path) == {each: each for each in ("ada", "bob", "mallory")}


@pytest.mark.parametrize(
    "place", ["../out.ipynb", "/etc/passwd", "ada/1/gone.ipynb", "ada/1/link.ipynb"]
)
def test_only_notebooks_below_the_folder_are_read(tmp_path: Path, place: str) -> None:
    """A table that leads elsewhere, or to nothing, is told of by the student's name."""
    folder = tmp_path / "in"
    write(tmp_path / "out.ipynb", "secret = 1")
    write(folder / "bob/1/nn.ipynb", "x = 1")
    (folder / "ada" / "1").mkdir(parents=True)
    (folder / "ada/1/link.ipynb").symlink_to(tmp_path / "out.ipynb")
    table(folder, ("ada", 1, place), ("bob", 1, "bob/1/nn.ipynb"))
    found = gathered(folder)
    assert [each.student for each in found.handed] == ["bob"]
    assert any(each.name.startswith("ada") for each in found.left_out)


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    """It is said which are missing, and what to do."""
    write(tmp_path / "ada.ipynb", "x = 1")
    (tmp_path / MANIFEST).write_text("student\nada\n", "utf-8")
    with pytest.raises(UsageError, match=r"lacks the column .*grader collect"):
        gathered(tmp_path)


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    """With the reason: too long, no notebook, not even a file of that kind."""
    write(tmp_path / "long.ipynb", "x = 1\n" * (MOST_CODE // 6 + 1))
    write(tmp_path / "lines.ipynb", "x = 1234\n" * 10_000)
    (tmp_path / "broken.ipynb").write_text("{", "utf-8")
    shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "broken.ipynb")
    found = gathered(tmp_path)
    assert list(by_name(found)) == ["lines"]
    told = {each.name.partition("~")[0]: each.reason for each in found.left_out}
    assert set(told) == {"broken", "long", "packed.zip"}
    assert "characters of code" in told["long"]


def test_no_folder_is_refused(tmp_path: Path) -> None:
    """It is said which."""
    with pytest.raises(UsageError, match="no folder"):
        gathered(tmp_path / "gone")


def test_of_a_students_many_notebooks_the_first_are_compared(tmp_path: Path) -> None:
    """All two of thousands would be gigabytes; that there are more is told."""
    for number in range(52):
        write(tmp_path / "ada" / f"{number:02}.ipynb", "x = 1")
    write(tmp_path / "bob" / "nn.ipynb", "x = 1")
    found = gathered(tmp_path)
    assert [each.student for each in found.handed] == ["ada"] * 50 + ["bob"]
    (left,) = found.left_out
    assert (left.name, left.reason) == (
        "ada",
        "has 52 notebooks, of which the first 50 are compared",
    )
