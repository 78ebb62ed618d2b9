"""What single platforms do beside their usual shape."""

from datetime import datetime
from pathlib import Path

import pytest

from grader.collecting.manifest import Collected, read_manifest
from tests.collecting.conftest import Collect
from tests.collecting.exports import Zip, notebook, table

ONE, TWO = notebook("x = 1"), notebook("x = 2")
HEADER = ("id", "name", "github_username")
PEOPLE = (
    ("anna", "Anna Lee", "anna-lee"),
    ("bo_l", "Bo Lind", "lee"),
    ("zoe", "Zoë van den Berg", "zoe"),
)


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Return a roster of three."""
    path = tmp_path / "roster.csv"
    path.write_text(table([HEADER, *PEOPLE]), "utf-8")
    return path


def collected(
    collect: Collect,
    roster: Path,
    files: dict[str, bytes],
    status: int = 0,
    assignment: str = "",
) -> tuple[list[Collected], str]:
    """Collect a zip file of these; return the rows that have a source, and what was printed."""
    made = Zip(roster.parent / "download.zip")
    for name, content in files.items():
        made.add(name, content)
    out = roster.parent / "out"
    result = collect(made.write(), roster=roster, out=out, status=status, assignment=assignment)
    rows = read_manifest(out) if status < 2 else []
    return [row for row in rows if row.source], result.output


def test_canvas_text_entries_and_late_marks(collect: Collect, roster: Path) -> None:
    """What was typed in is no notebook; late is each file's own."""
    rows, output = collected(
        collect,
        roster,
        {
            "leeanna_LATE_11_501_nn.ipynb": ONE,
            "leeanna_LATE_11_502_data.csv": b"1",
            "lindbo_12_text.html": b"<p>I could not upload</p>",
            "vandenbergzoë_13_503_Copy of nn-3.ipynb": TWO,
        },
    )
    assert ": Canvas, 3 submissions" in output
    assert [(row.student, row.late, row.file) for row in rows] == [
        ("anna", True, "anna/1/nn.ipynb"),
        ("bo_l", False, ""),
        ("zoe", False, "zoe/1/Copy of nn-3.ipynb"),
    ]
    assert (roster.parent / "out" / "anna/1/data.csv").exists()
    assert rows[1].note.startswith("no notebook, only text.html")


def test_canvas_numbers_helpers_with_the_attempt(collect: Collect, roster: Path) -> None:
    """A notebook finds them under their own names too."""
    collected(
        collect,
        roster,
        {"leeanna_11_501_nn-1.ipynb": ONE, "leeanna_11_502_helper-1.py": b"y = 1"},
    )
    folder = roster.parent / "out" / "anna" / "1"
    assert {each.name for each in folder.iterdir()} >= {"helper.py", "helper-1.py"}


def test_canvas_several_parts_are_no_attempts(collect: Collect, roster: Path) -> None:
    """Where the notebooks say of which assignment they are, numbers in names mean nothing."""
    nn, lab = notebook("x", "nn"), notebook("y", "lab")
    files = {"leeanna_11_501_part-1.ipynb": nn, "leeanna_11_502_part-2.ipynb": lab}
    rows, _output = collected(collect, roster, files, assignment="lab")
    assert [row.file for row in rows] == ["anna/1/part-2.ipynb"]


def test_moodle_typed_text_lies_with_the_files(collect: Collect, roster: Path) -> None:
    """One participant is one submission, and spaces may have become underscores."""
    rows, output = collected(
        collect,
        roster,
        {
            "Anna_Lee_7_assignsubmission_file_/nn.ipynb": ONE,
            "Anna_Lee_7_assignsubmission_onlinetext_/onlinetext.html": b"<p>hello</p>",
            "Bo Lind_8_assignsubmission_onlinetext_onlinetext.html": b"<p>hello</p>",
        },
    )
    assert ": Moodle, 2 submissions" in output
    assert [(row.student, row.file) for row in rows] == [("anna", "anna/1/nn.ipynb"), ("bo_l", "")]


def test_moodle_blind_marking(collect: Collect, tmp_path: Path) -> None:
    """The worksheet's numbers tell whose each is."""
    roster = tmp_path / "roster.csv"
    rows = [("Identifier", "ID number"), ("Participant 7", "a7"), ("Participant 77", "b77")]
    roster.write_text(table(rows), "utf-8-sig")
    files = {"Participant_77_assignsubmission_file_/nn.ipynb": ONE}
    found, _output = collected(collect, roster, files)
    assert [row.student for row in found] == ["b77"]


def test_blackboard_underscores(collect: Collect, roster: Path) -> None:
    """They may be the assignment's, the user's and the file's, with and without the text."""
    time = "2026-11-28-12-30-05"
    rows, output = collected(
        collect,
        roster,
        {
            f"gradebook_CS_101_HW_1_bo_l_attempt_{time}_my_nn.ipynb": ONE,
            f"gradebook_CS_101_HW_1_anna_attempt_{time}.txt": b"Name: Anna Lee (anna)\n",
            f"gradebook_CS_101_HW_1_anna_attempt_{time}_nn.ipynb": TWO,
        },
    )
    assert ": Blackboard, 2 submissions" in output
    assert [row.file for row in rows] == ["anna/1/nn.ipynb", "bo_l/1/my_nn.ipynb"]


def test_blackboard_a_text_that_a_student_wrote(collect: Collect, roster: Path) -> None:
    """Another's name typed in below is not believed."""
    time = "2026-11-28-12-30-05"
    text = b"Submission Field:\nName: Anna Lee (anna)\n"
    rows, _output = collected(
        collect,
        roster,
        {f"HW_bo_l_attempt_{time}.txt": text, f"HW_bo_l_attempt_{time}_nn.ipynb": ONE},
    )
    assert [row.student for row in rows] == ["bo_l"]


def test_names_of_files_are_not_believed(collect: Collect, roster: Path) -> None:
    """Whoever calls a file as the platform would call another's hands in a file."""
    time = "2026-11-28-12-30-05"
    name = f"HW_anna_attempt_{time}_HW_zoe_attempt_{time}_nn.ipynb"
    rows, _output = collected(collect, roster, {name: ONE})
    assert [row.student for row in rows] == ["anna"]
    name = "Anna Lee_7_assignsubmission_file_Bo Lind_8_assignsubmission_file_x.ipynb"
    rows, _output = collected(collect, roster, {name: TWO})
    assert [row.student for row in rows] == ["anna", "anna"]


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("Nov 28, 2026 1230 PM", "2026-11-28 12:30"),
        ("Nov 28, 2026 905 AM", "2026-11-28 09:05"),
        ("November 8, 2026 12:05 AM", "2026-11-08 00:05"),
        ("Nov. 8, 2026 1105PM", "2026-11-08 23:05"),
    ],
)
def test_brightspace_times(said: str, time: str, collect: Collect, roster: Path) -> None:
    """They are this machine's; a name may have a hyphen."""
    files = {f"5-6 - Zoë van den Berg - {said}/nn.ipynb": ONE, "index.html": b""}
    (row,), _output = collected(collect, roster, files)
    assert (row.student, row.handed_in) == ("zoe", datetime.fromisoformat(time).astimezone())


def test_brightspace_flat(collect: Collect, roster: Path) -> None:
    """The file's name is at the end."""
    files = {"5-6 - Anna Lee - Nov 28, 2026 1230 PM - my - nn.ipynb": ONE}
    (row,), _output = collected(collect, roster, files)
    assert row.file == "anna/1/my - nn.ipynb"


def test_nbgrader_several_assignments(collect: Collect, roster: Path) -> None:
    """Which is meant has to be said."""
    files = {
        f"submitted/anna/{each}/{name}": content
        for each in ("ps1", "ps2")
        for name, content in ((f"{each}.ipynb", notebook(each)), ("timestamp.txt", b""))
    }
    _rows, output = collected(collect, roster, files, status=2)
    assert "There are several assignments (ps1, ps2). Say --assignment" in output
    rows, _output = collected(collect, roster, files, assignment="ps2")
    assert [row.file for row in rows] == ["anna/1/ps2.ipynb"]


@pytest.mark.parametrize("said", ["0001-01-01 00:00:00 UTC", "0001-01-01 00:00:00+14:00"])
def test_nbgrader_a_time_that_cannot_be(collect: Collect, roster: Path, said: str) -> None:
    """A student writes the file: it stops no other's work, now and when it is called again."""
    files = {"submitted/anna/ps/nn.ipynb": ONE, "submitted/anna/ps/timestamp.txt": said.encode()}
    for _ in range(2):
        (row,), _output = collected(collect, roster, files)
        assert (row.file, row.handed_in) == ("anna/1/nn.ipynb", None)


def test_gradescope_without_its_list(collect: Collect, roster: Path) -> None:
    """A folder that the list does not name is nobody's; a list that is none is refused."""
    files = {"assignment_1_export/submission_7/nn.ipynb": ONE}
    (row,), _output = collected(collect, roster, files, status=1)
    assert row.file == ".unmatched/1/nn.ipynb"
    broken = {**files, "assignment_1_export/submission_metadata.yml": b"a:\n  - b\n c: [\n"}
    _rows, output = collected(collect, roster, broken, status=2)
    assert "submission_metadata.yml, line 3: is no YAML. Export the submissions again." in output


def test_github_names_with_hyphens(collect: Collect, roster: Path) -> None:
    """Where one name is the end of another, two repositories tell nobody, and more do."""
    clones = {f"nn-{user}/.git/HEAD": b"" for user in ("anna-lee", "zoe")}
    files = {**clones, "nn-anna-lee/nn.ipynb": ONE, "nn-zoe/nn.ipynb": TWO}
    rows, output = collected(collect, roster, files, status=1)
    assert ": GitHub, 2 submissions" in output
    assert {row.student: row.note for row in rows} == {
        "": "the id is that of anna (Anna Lee) and bo_l (Bo Lind)",
        "zoe": "",
    }
    files |= {"nn-lee/.git/HEAD": b"", "nn-lee/nn.ipynb": notebook("x = 3")}
    rows, _output = collected(collect, roster, files)
    assert [row.student for row in rows] == ["anna", "bo_l", "zoe"]
    assert rows[0].file == "anna/1/nn.ipynb"


def test_github_without_clones(collect: Collect, roster: Path) -> None:
    """What Classroom 50 bundles in the browser has their names alone."""
    files = {f"cs-nn-{user}/nn.ipynb": notebook(user) for user in ("anna-lee", "lee", "zoe")}
    rows, output = collected(collect, roster, files)
    assert ": GitHub, 3 submissions" in output
    assert [row.student for row in rows] == ["anna", "bo_l", "zoe"]


def test_drive_copies(collect: Collect, roster: Path) -> None:
    """A copy that names nobody is nobody's, whatever else is beside it."""
    rows, output = collected(
        collect,
        roster,
        {
            "Homework/Copy of nn.ipynb": ONE,
            "Homework/Copy of Anna Lee - nn (1).ipynb": TWO,
            "Homework/nn_zoe.ipynb": notebook("x = 3"),
            "Homework/Bo Lind.pdf": b"%PDF",
        },
        status=1,
    )
    assert ": files that name their owners, 4 submissions" in output
    assert [row.student for row in rows] == ["", "anna", "bo_l", "zoe"]
    assert rows[0].note == "nobody on the roster is called so"


def test_unfitting_files_are_told(collect: Collect, roster: Path) -> None:
    """What somebody put into a platform's folder is no student's, and not dropped."""
    rows, _output = collected(
        collect,
        roster,
        {"Anna Lee_7_assignsubmission_file_/nn.ipynb": ONE, "nn_final.ipynb": TWO},
        status=1,
    )
    assert [row.file for row in rows] == [".unmatched/1/nn_final.ipynb", "anna/1/nn.ipynb"]
