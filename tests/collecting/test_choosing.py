"""Which of the files of a student is the notebook, and what comes along."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.collecting.manifest import Collected, read_manifest
from tests.collecting.conftest import Collect
from tests.collecting.exports import Folders, HandIn, Moodle, Zip, a_class, notebook, zipped
from tests.collecting.mending import mend

MINE, OTHER = notebook("mine = 1"), notebook("other = 1")
HandedIn = Callable[..., tuple[list[Collected], Path]]
NN, LAB = notebook("nn = 1", "nn"), notebook("lab = 1", "lab")


@pytest.fixture
def handed_in(collect: Collect, tmp_path: Path) -> HandedIn:
    """Return what collects a class in which the first student handed in these files."""

    def call(
        files: dict[str, bytes], status: int = 0, assignment: str = "", others: str = "nn.ipynb"
    ) -> tuple[list[Collected], Path]:
        usual = [HandIn({others: notebook("theirs")})]
        students = a_class(4, lambda place: usual if place else [HandIn(files)])
        roster = Moodle.roster(tmp_path / "roster.csv", students)
        download = Moodle.export(tmp_path / "moodle.zip", students)
        out = tmp_path / "out"
        collect(download, roster=roster, out=out, status=status, assignment=assignment)
        own = students[0]
        rows = read_manifest(out)
        return [row for row in rows if row.student in (own.sid, "")], out

    return call


def held(out: Path, row: Collected) -> dict[str, bytes]:
    """Return what was laid out beside a notebook and with it."""
    folder = (out / row.file).parent
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_what_lies_beside_the_notebook_comes_along(handed_in: HandedIn) -> None:
    """Modules and data, in folders too, but for what programs leave behind."""
    files = {
        "nn.ipynb": MINE,
        "helper.py": b"y = 2",
        "data/x.csv": b"1",
        ".ipynb_checkpoints/nn-checkpoint.ipynb": OTHER,
        "__MACOSX/._nn.ipynb": b"\0",
        "__pycache__/helper.pyc": b"\0",
        ".DS_Store": b"\0",
    }
    (row,), out = handed_in(files)
    assert held(out, row) == {"nn.ipynb": MINE, "helper.py": b"y = 2", "data/x.csv": b"1"}


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_notebook_within_an_archive(depth: int, handed_in: HandedIn) -> None:
    """It is found, and what lies beside it there, in archives within archives too."""
    content = zipped([("homework/nn.ipynb", MINE), ("homework/a.csv", b"1"), ("b.csv", b"2")])
    for level in range(1, depth):
        content = zipped([(f"level{level}.zip", content)])
    (row,), out = handed_in({"homework.zip": content})
    assert held(out, row) == {"nn.ipynb": MINE, "a.csv": b"1"}
    assert row.source.endswith("/homework/nn.ipynb")


def test_archives_have_an_end(handed_in: HandedIn) -> None:
    """Deeper than anybody packs it is not looked."""
    content = zipped([("nn.ipynb", MINE)])
    for level in range(4):
        content = zipped([(f"level{level}.zip", content)])
    (row,), _out = handed_in({"homework.zip": content})
    assert (row.file, row.note.partition(",")[0]) == ("", "no notebook")


def test_an_archive_beside_a_notebook_is_data(handed_in: HandedIn) -> None:
    """It comes along as it is."""
    data = zipped([("other.ipynb", OTHER)])
    (row,), out = handed_in({"nn.ipynb": MINE, "data.zip": data})
    assert held(out, row) == {"nn.ipynb": MINE, "data.zip": data}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"nn.pdf": b"%PDF"}, "only nn.pdf"),
        ({"nn.py": b"", "readme.txt": b""}, "only nn.py, readme.txt"),
        ({"nn.html": b"<html>"}, "only nn.html"),
        ({"nn.rar": b"Rar!"}, "only nn.rar"),
        ({"nn.zip": b"not a zip"}, "nn.zip is damaged: pack it again"),
        ({"nn.zip": b"Rar!\x1a\x07"}, "nn.zip is a rar archive"),
        ({"nn.pdf": b"", "nn.zip": zipped([("x.pdf", b"")])}, "only nn.pdf, x.pdf"),
        ({"nn.feedback.ipynb": MINE}, "only nn.feedback.ipynb"),
    ],
)
def test_no_notebook_is_told(files: dict[str, bytes], words: str, handed_in: HandedIn) -> None:
    """With what there is instead."""
    (row,), _out = handed_in(files)
    assert (row.attempt, row.file) == (0, "")
    assert words in row.note
    assert words.startswith("nn.zip") or ": ask for the .ipynb file itself" in row.note


def test_the_release_s_own_notebook_is_no_submission(handed_in: HandedIn) -> None:
    """Whoever hands in the whole folder hands in one notebook."""
    files = {
        "nn/nn.ipynb": MINE,
        "nn/assignment.toml": b"",
        "nn/public/handed_out.ipynb": OTHER,
        "nn/public/answers.json": b"{}",
    }
    (row,), out = handed_in(files)
    assert set(held(out, row)) == {"nn.ipynb", "assignment.toml", "public/answers.json"}
    assert row.note == ""


def test_the_one_that_says_so_is_the_right_one(handed_in: HandedIn) -> None:
    """By the name that the call has, or where only one says that it is any assignment's."""
    (row,), out = handed_in({"a.ipynb": NN, "b.ipynb": LAB}, assignment="nn")
    assert (out / row.file).read_bytes() == NN
    assert row.note == "other notebooks were left out: b.ipynb"
    (row, *_rest), out = handed_in({"a.ipynb": OTHER, "c.ipynb": LAB})
    assert (out / row.file).read_bytes() == NN


def test_one_of_several_that_tells(handed_in: HandedIn) -> None:
    """Nobody named the assignment, and nobody else's notebook tells."""
    (row,), out = handed_in({"a.ipynb": OTHER, "c.ipynb": LAB})
    assert (out / row.file).read_bytes() == LAB


def test_the_one_that_is_called_as_everybody_s(handed_in: HandedIn) -> None:
    """Not its copies, and not what it was tried out in; that is told."""
    files = {"scratch.ipynb": OTHER, "nn.ipynb": MINE, "nn-Copy1.ipynb": notebook("copy")}
    (row,), out = handed_in(files)
    assert (out / row.file).read_bytes() == MINE
    assert row.note == "other notebooks were left out: nn-Copy1.ipynb, scratch.ipynb"


def test_equal_copies_are_one(handed_in: HandedIn) -> None:
    """It is the one in the outer folder."""
    (row,), _out = handed_in({"a/x.ipynb": MINE, "y.ipynb": MINE})
    assert row.file.endswith("/1/y.ipynb")


def test_where_nothing_tells_a_person_does(
    collect: Collect, handed_in: HandedIn, tmp_path: Path
) -> None:
    """Each has a line, with whose they are; the student has one too. One word settles it."""
    rows, out = handed_in({"x.ipynb": MINE, "y.ipynb": OTHER}, status=1)
    assert [(row.student, row.name) for row in rows] == [
        ("", "Anna Lee"),
        ("", "Anna Lee"),
        ("00700001", "Anna Lee"),
    ]
    assert rows[0].file.startswith(".unmatched/")
    assert "write 00700001 into the line of the right one" in rows[0].note
    assert rows[2].note.startswith("there are 2 notebooks (x.ipynb, y.ipynb)")
    mend(out, "y.ipynb", "700001")
    roster, download = tmp_path / "roster.csv", tmp_path / "moodle.zip"
    for _ in range(2):
        collect(download, roster=roster, out=out)
        own = [row for row in read_manifest(out) if row.name == "Anna Lee" and row.student]
        assert [(row.student, row.attempt) for row in own] == [("00700001", 1)]
        assert (out / own[0].file).read_bytes() == OTHER


def test_a_folder_full_of_notebooks(handed_in: HandedIn) -> None:
    """They are not all read, nor listed."""
    (row,), _out = handed_in({f"{number}.ipynb": MINE for number in range(51)})
    assert row.note == "there are 51 notebooks: ask for the right one alone"


def test_a_notebook_of_another_assignment_is_told(handed_in: HandedIn) -> None:
    """It is what was handed in; grading it says so to the student."""
    (row,), out = handed_in({"nn.ipynb": LAB}, assignment="nn")
    assert (out / row.file).read_bytes() == LAB
    assert row.note == "the notebook says that it belongs to 'lab'"


def test_a_browser_s_suffix(handed_in: HandedIn) -> None:
    """A notebook that was saved as a text is one."""
    (row,), out = handed_in({"nn.ipynb.txt": MINE})
    assert row.file.endswith("/1/nn.ipynb")
    assert (out / row.file).read_bytes() == MINE
    assert row.note == "it was called nn.ipynb.txt"


def test_an_empty_folder_is_somebody_s(collect: Collect, tmp_path: Path) -> None:
    """The student has a row that says so, in a folder and in a zip."""
    students = a_class(4)
    roster = Folders.roster(tmp_path / "roster.csv", students)
    made = Zip(tmp_path / "x.zip")
    for each in students[1:]:
        made.add(f"{each.user}/nn.ipynb", MINE)
    made.add(f"{students[0].user}/", b"")
    made.write()
    folder = tmp_path / "folder"
    for each in students:
        (folder / each.user).mkdir(parents=True)
        if each is not students[0]:
            (folder / each.user / "nn.ipynb").write_bytes(MINE)
    for at, download in enumerate((tmp_path / "x.zip", folder)):
        out = tmp_path / f"out{at}"
        collect(download, roster=roster, out=out)
        row = next(row for row in read_manifest(out) if row.student == students[0].user)
        assert row.note == "the folder is empty: ask for the file"
        assert row.source
