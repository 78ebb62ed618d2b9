"""The code of a class as files for other programs, beside nothing else."""

import csv
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.similarity.export import export
from grader.similarity.gathering import gathered
from tests.similarity.solutions import write


def course(folder: Path, *places: str) -> Path:
    """Write notebooks at these places below a folder, and return that."""
    for place in places:
        write(folder / place, f"name = {place!r}")
    return folder


def files(folder: Path) -> set[str]:
    """Return what lies below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_each_student_has_a_folder(tmp_path: Path) -> None:
    """With the code, and a table in the root that names each file, as Dolos reads it."""
    folder = course(tmp_path / "in", "ada.ipynb", "bob/a.ipynb", "bob/b.ipynb", "Øre, J..ipynb")
    assert export(tmp_path / "out", gathered(folder).handed) == 4
    with (tmp_path / "out" / "info.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["full_name"] for row in rows] == ["ada", "bob/a", "bob/b", "Øre, J."]
    assert files(tmp_path / "out") == {"info.csv", *(row["filename"] for row in rows)}
    assert {"ada/code.py", "bob/code.py", "bob/code-2.py"} < files(tmp_path / "out")
    text = (tmp_path / "out" / "ada" / "code.py").read_text("utf-8")
    assert text == "# %% cell 1\nname = 'ada.ipynb'\n"


def test_it_can_be_written_again(tmp_path: Path) -> None:
    """What a former call wrote gives way, and what it no longer writes is gone."""
    folder = course(tmp_path / "in", "ada.ipynb", "bob.ipynb")
    export(tmp_path / "out", gathered(folder).handed)
    (folder / "bob.ipynb").unlink()
    write(folder / "ada.ipynb", "x = 2")
    export(tmp_path / "out", gathered(folder).handed)
    assert files(tmp_path / "out") == {"info.csv", "ada/code.py"}
    assert "x = 2" in (tmp_path / "out" / "ada" / "code.py").read_text("utf-8")


@pytest.mark.parametrize("place", ["notes.txt", "ada/code.py", "info.csv"])
def test_nothing_else_is_overwritten(tmp_path: Path, place: str) -> None:
    """A folder that holds anything else is refused, and stays as it is."""
    mine = tmp_path / "out" / place
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="Name another folder"):
        export(tmp_path / "out", gathered(course(tmp_path / "in", "ada.ipynb")).handed)
    assert files(tmp_path / "out") == {place}
    assert mine.read_text("utf-8") == "mine"


def test_nor_is_what_was_put_beside_it(tmp_path: Path) -> None:
    """A file that lies where another student's code would go is left alone."""
    folder = course(tmp_path / "in", "ada.ipynb")
    export(tmp_path / "out", gathered(folder).handed)
    (tmp_path / "out" / "bob").mkdir()
    (tmp_path / "out" / "bob" / "code.py").write_text("mine", "utf-8")
    course(folder, "bob.ipynb")
    with pytest.raises(UsageError, match="is there already"):
        export(tmp_path / "out", gathered(folder).handed)
    assert (tmp_path / "out" / "bob" / "code.py").read_text("utf-8") == "mine"
