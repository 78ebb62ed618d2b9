"""What a person writes into the list is kept, and files follow it."""

import shutil
from pathlib import Path

import pytest

from grader.collecting.manifest import MANIFEST, Collected, read_manifest
from grader.course.submissions import find
from grader.results.identity import name_of
from tests.collecting.conftest import Collect
from tests.collecting.exports import (
    Blackboard,
    Drive,
    Gradescope,
    HandIn,
    Zip,
    a_class,
    later,
    notebook,
    table,
)
from tests.collecting.mending import mend

ONE, TWO, THREE = (notebook(f"x = {number}") for number in (1, 2, 3))


def a_roster(folder: Path, *people: tuple[str, str]) -> Path:
    """Write a roster of ids and names."""
    path = folder / "roster.csv"
    path.write_text(table([("id", "name"), *people]), "utf-8")
    return path


def moodle(path: Path, **files: bytes) -> Path:
    """Write a download in which these people, by their names, handed in `nn.ipynb`."""
    made = Zip(path)
    for at, (name, content) in enumerate(files.items()):
        made.add(f"{name.replace('_', ' ')}_{at + 1}_assignsubmission_file_/nn.ipynb", content)
    return made.write()


def of(out: Path, student: str) -> list[Collected]:
    """Return a student's rows."""
    return [row for row in read_manifest(out) if row.student == student]


def test_two_of_one_name_wait_for_a_person(collect: Collect, tmp_path: Path) -> None:
    """Who writes an id into the line has the file at its place, at any later call too."""
    roster = a_roster(tmp_path, ("kim1", "Kim Park"), ("kim2", "Kim Park"), ("bo", "Bo Lind"))
    download = moodle(tmp_path / "moodle.zip", Kim_Park=ONE, Bo_Lind=TWO)
    out = tmp_path / "out"
    result = collect(download, roster=roster, out=out, status=1)
    assert "Students: 3, 1 with a notebook, 2 without.\nNot matched: 1.\n" in result.output
    assert "the name is that of kim1 (Kim Park) and kim2 (Kim Park)" in result.output
    (row,) = of(out, "")
    assert (row.name, row.file) == ("Kim Park", ".unmatched/1/nn.ipynb")
    mend(out, row.file, "kim2")
    result = collect(download, roster=roster, out=out)
    assert "0 collected, 2 there already, 1 moved to where the list says." in result.output
    (row,) = of(out, "kim2")
    assert (row.file, row.attempt) == ("kim2/1/nn.ipynb", 1)
    assert row.note == "by hand; the name is that of kim1 (Kim Park) and kim2 (Kim Park)"
    assert (out / row.file).read_bytes() == ONE
    assert of(out, "kim1")[0].note == "nothing was handed in"
    assert not (out / ".unmatched" / "1").exists()


def test_a_decision_is_about_the_student(collect: Collect, tmp_path: Path) -> None:
    """What the same student hands in later goes to the same place, unasked."""
    roster = a_roster(tmp_path, ("kim1", "Kim Park"), ("kim2", "Kim Park"))
    out = tmp_path / "out"
    collect(moodle(tmp_path / "a.zip", Kim_Park=ONE), roster=roster, out=out, status=1)
    mend(out, "nn.ipynb", "kim2")
    collect(moodle(tmp_path / "b.zip", Kim_Park=TWO), roster=roster, out=out)
    assert [(row.file, row.attempt) for row in of(out, "kim2")] == [
        ("kim2/1/nn.ipynb", 1),
        ("kim2/2/nn.ipynb", 2),
    ]


def test_a_wrong_match_can_be_mended(collect: Collect, tmp_path: Path) -> None:
    """The file follows to the other student, behind what there is, and stays there."""
    roster = a_roster(tmp_path, ("bo", "Bo Lind"), ("eva", "Eva Roth"))
    download = moodle(tmp_path / "a.zip", Bo_Lind=ONE, Eva_Roth=TWO)
    out = tmp_path / "out"
    collect(download, roster=roster, out=out)
    mend(out, "bo/1/nn.ipynb", "eva")
    for _ in range(2):
        collect(download, roster=roster, out=out)
        assert [row.file for row in of(out, "eva")] == ["eva/1/nn.ipynb", "eva/2/nn.ipynb"]
        assert (out / "eva/2/nn.ipynb").read_bytes() == ONE
        assert of(out, "bo")[0].file == ""


def test_what_is_nobody_s_can_be_set_aside(collect: Collect, tmp_path: Path) -> None:
    """It is no longer asked for, whether there is a file or not."""
    roster = a_roster(tmp_path, ("bo", "Bo Lind"))
    made = Zip(tmp_path / "a.zip")
    made.add("Bo Lind_1_assignsubmission_file_/nn.ipynb", ONE)
    made.add("Someone Else_2_assignsubmission_file_/nn.ipynb", TWO)
    made.add("Third One_3_assignsubmission_file_/nn.pdf", b"%PDF")
    download, out = made.write(), tmp_path / "out"
    collect(download, roster=roster, out=out, status=1)
    mend(out, "Someone Else_2_assignsubmission_file_/nn.ipynb", "-")
    mend(out, "Third One_3", "-")
    for _ in range(2):
        result = collect(download, roster=roster, out=out)
        assert "Not matched" not in result.output
        assert [row.note.partition(";")[0] for row in of(out, "")] == ["set aside"] * 2


def test_whose_a_pdf_is_can_be_said(collect: Collect, tmp_path: Path) -> None:
    """The student has the reason then."""
    roster = a_roster(tmp_path, ("bo", "Bo Lind"))
    made = Zip(tmp_path / "a.zip")
    made.add("Bob L._3_assignsubmission_file_/nn.pdf", b"%PDF")
    download, out = made.write(), tmp_path / "out"
    collect(download, roster=roster, out=out, status=1)
    mend(out, "Bob L._3", "bo")
    for _ in range(2):
        collect(download, roster=roster, out=out)
        (row,) = read_manifest(out)
        assert (row.student, row.name) == ("bo", "Bo Lind")
        assert row.note.startswith("no notebook, only nn.pdf")


def test_a_mended_roster_matches(collect: Collect, tmp_path: Path) -> None:
    """What was unmatched finds its place once the roster names whose it is."""
    download, out = moodle(tmp_path / "a.zip", Eva_Roth=ONE), tmp_path / "out"
    collect(download, roster=a_roster(tmp_path, ("bo", "Bo Lind")), out=out, status=1)
    roster = a_roster(tmp_path, ("bo", "Bo Lind"), ("eva", "Eva Roth"))
    collect(download, roster=roster, out=out)
    assert [row.file for row in of(out, "eva")] == ["eva/1/nn.ipynb"]
    assert (out / "roster.csv").read_bytes() == roster.read_bytes()


def test_who_left_the_roster_keeps_what_there_is(collect: Collect, tmp_path: Path) -> None:
    """Nobody's files go because a line went."""
    download, out = moodle(tmp_path / "a.zip", Bo_Lind=ONE, Eva_Roth=TWO), tmp_path / "out"
    roster = a_roster(tmp_path, ("bo", "Bo Lind"), ("eva", "Eva Roth"))
    collect(download, roster=roster, out=out)
    roster = a_roster(tmp_path, ("bo", "Bo Lind"))
    collect(roster, roster=roster, out=out, status=2)
    collect(download, roster=roster, out=out)
    assert [row.file for row in of(out, "eva")] == ["eva/1/nn.ipynb"]


def test_an_id_that_nobody_has_is_refused(collect: Collect, tmp_path: Path) -> None:
    """With the file that it is about, and nothing is changed."""
    download, out = moodle(tmp_path / "a.zip", Eva_Roth=ONE), tmp_path / "out"
    roster = a_roster(tmp_path, ("bo", "Bo Lind"))
    collect(download, roster=roster, out=out, status=1)
    mend(out, "nn.ipynb", "ghost")
    before = (out / MANIFEST).read_bytes()
    result = collect(download, roster=roster, out=out, status=2)
    assert "the student 'ghost' of .unmatched/1/nn.ipynb is not on the roster" in result.output
    assert (out / MANIFEST).read_bytes() == before


@pytest.mark.parametrize(
    "place", ["../nn.ipynb", "/etc/passwd", "bo/../x.ipynb", "bo/one/nn.ipynb"]
)
def test_a_place_that_is_none_is_refused(place: str, collect: Collect, tmp_path: Path) -> None:
    """Somebody has changed the wrong column."""
    download, out = moodle(tmp_path / "a.zip", Bo_Lind=ONE), tmp_path / "out"
    roster = a_roster(tmp_path, ("bo", "Bo Lind"))
    collect(download, roster=roster, out=out)
    text = (out / MANIFEST).read_text("utf-8").replace("bo/1/nn.ipynb", place)
    (out / MANIFEST).write_text(text, "utf-8")
    result = collect(download, roster=roster, out=out, status=2)
    assert "is none of this folder" in result.output


def test_an_earlier_one_that_comes_later_gets_the_next_number(
    collect: Collect, tmp_path: Path
) -> None:
    """Numbers that were given stay; the row says so."""
    first, second = HandIn({"nn.ipynb": ONE}), HandIn({"nn.ipynb": TWO}, later(5))
    roster = Blackboard.roster(tmp_path / "roster.csv", a_class(1))
    out = tmp_path / "out"
    for name, handed_in in (("late.zip", [second]), ("all.zip", [first, second])):
        students = a_class(1, lambda _place, own=tuple(handed_in): own)  # type: ignore[misc]
        collect(Blackboard.export(tmp_path / name, students), roster=roster, out=out)
    rows = read_manifest(out)
    assert [(out / row.file).read_bytes() for row in rows] == [TWO, ONE]
    assert [row.note for row in rows] == [
        "",
        "handed in before attempt 1, which was collected first",
    ]


def test_the_same_bytes_at_another_time_are_another_attempt(
    collect: Collect, tmp_path: Path
) -> None:
    """At the same time they are not, whatever the download is called."""
    twice = [HandIn({"nn.ipynb": ONE}), HandIn({"nn.ipynb": ONE}, later(1))]
    students = a_class(1, lambda _place: twice)
    roster = Blackboard.roster(tmp_path / "roster.csv", students)
    out = tmp_path / "out"
    for name in ("a.zip", "b.zip"):
        collect(Blackboard.export(tmp_path / name, students), roster=roster, out=out)
    assert [row.attempt for row in read_manifest(out)] == [1, 2]


def test_a_worksheet_that_comes_later_tells_the_time(collect: Collect, tmp_path: Path) -> None:
    """What was collected without a time gets it, and is not collected again."""
    download, out = moodle(tmp_path / "a.zip", Bo_Lind=ONE), tmp_path / "out"
    collect(download, roster=a_roster(tmp_path, ("bo", "Bo Lind")), out=out)
    header = ["Email address", "Full name", "Status", "Last modified (submission)"]
    row = [
        "bo",
        "Bo Lind",
        "Submitted for grading - 1 day late",
        "Saturday, 28 November 2026, 12:30 PM",
    ]
    roster = tmp_path / "roster.csv"
    roster.write_text(table([header, row]), "utf-8")
    collect(download, roster=roster, out=out)
    (found,) = read_manifest(out)
    assert found.handed_in is not None
    assert found.handed_in.astimezone().strftime("%d %H:%M") == "28 12:30"
    assert found.late is True


def test_a_notebook_that_was_opened_and_saved_is_the_same(collect: Collect, tmp_path: Path) -> None:
    """What was handed in is compared, not what somebody made of it since."""
    download, out = moodle(tmp_path / "a.zip", Bo_Lind=ONE), tmp_path / "out"
    roster = a_roster(tmp_path, ("bo", "Bo Lind"))
    collect(download, roster=roster, out=out)
    (out / "bo/1/nn.ipynb").write_bytes(TWO)
    (out / "bo/1/.ipynb_checkpoints").mkdir()
    collect(download, roster=roster, out=out)
    assert [row.file for row in read_manifest(out)] == ["bo/1/nn.ipynb"]
    assert (out / "bo/1/nn.ipynb").read_bytes() == TWO


def test_what_was_removed_comes_back_from_its_download(collect: Collect, tmp_path: Path) -> None:
    """Under its number; until then its row says that it is gone."""
    download, out = moodle(tmp_path / "a.zip", Bo_Lind=ONE, Eva_Roth=TWO), tmp_path / "out"
    roster = a_roster(tmp_path, ("bo", "Bo Lind"), ("eva", "Eva Roth"))
    collect(download, roster=roster, out=out)
    collect(moodle(tmp_path / "b.zip", Bo_Lind=THREE), roster=roster, out=out)
    shutil.rmtree(out / "bo" / "1")
    other = moodle(tmp_path / "c.zip", Eva_Roth=TWO)
    collect(other, roster=roster, out=out)
    assert [(row.attempt, row.note) for row in of(out, "bo")] == [
        (2, ""),
        (0, "the file of attempt 1 is gone: name its download again"),
    ]
    collect(download, roster=roster, out=out)
    assert [row.attempt for row in of(out, "bo")] == [1, 2]
    assert (out / "bo/1/nn.ipynb").read_bytes() == ONE


def test_a_group_s_submission_is_everybody_s(collect: Collect, tmp_path: Path) -> None:
    """Each who handed it in has it, once."""
    students = a_class(3)
    roster = Gradescope.roster(tmp_path / "roster.csv", students)
    made = Zip(tmp_path / "a.zip")
    made.add("assignment_1_export/submission_7/nn.ipynb", ONE)
    people = "".join(f"  - :name: {s.name}\n    :sid: '{s.sid}'\n" for s in students[:2])
    made.add(
        "assignment_1_export/submission_metadata.yml",
        "---\nsubmission_7: !ruby/hash:ActiveSupport::HashWithIndifferentAccess\n"
        f"  :submitters:\n{people}"
        "  :created_at: 2026-11-28 12:30:05.123456789 Z\n  :score: 0.0\n  :history: []\n".encode(),
    )
    download, out = made.write(), tmp_path / "out"
    for _ in range(2):
        collect(download, roster=roster, out=out)
        rows = read_manifest(out)
        assert [row.attempt for row in rows] == [1, 1, 0]
        assert [row.handed_in.isoformat() for row in rows if row.handed_in] == [
            "2026-11-28T12:30:05+00:00"
        ] * 2


def test_a_name_that_says_nobody_decides_nothing(collect: Collect, tmp_path: Path) -> None:
    """Another's file of the same name is asked for again."""
    roster = a_roster(tmp_path, ("bo", "Bo Lind"), ("eva", "Eva Roth"))
    out = tmp_path / "out"
    for name, content in (("a.zip", ONE), ("b.zip", TWO)):
        made = Zip(tmp_path / name)
        made.add("Copy of nn.ipynb", content)
        made.add("nn - Bo Lind.ipynb", THREE)
        collect(made.write(), roster=roster, out=out, status=1)
        mend(out, ".unmatched/1/Copy of nn.ipynb", "eva")
    assert [row.file for row in of(out, "bo")] == ["bo/1/nn - Bo Lind.ipynb"]
    assert len(of(out, "eva")) == 2


def test_grading_takes_it_as_it_is(collect: Collect, tmp_path: Path) -> None:
    """Every attempt is a submission of its student's name; the lists and the unmatched are none."""
    students = a_class(5)
    roster = Drive.roster(tmp_path / "roster.csv", students)
    made = Zip(Drive.export(tmp_path / "drive.zip", students))
    made.entries += [(f"nn - {s.name}.ipynb", ONE) for s in students]
    made.add("nn - nobody.ipynb", TWO)
    out = tmp_path / "out"
    collect(made.write(), roster=roster, out=out, status=1)
    results = tmp_path / "results"
    names = [name_of(each.path, out) for each in find([out], results)]
    assert sorted(names) == sorted(f"{s.user}/1/nn - {s.name}" for s in students)


def test_what_was_matched_and_is_nobody_s_stays_nobody_s(collect: Collect, tmp_path: Path) -> None:
    """The download's own word does not put it back; a person's does."""
    download, roster, out = tmp_path / "download", tmp_path / "roster.csv", tmp_path / "out"
    for name in ("anna", "boris"):
        (download / name).mkdir(parents=True)
        (download / name / "nn.ipynb").write_bytes(notebook(name))
    roster.write_text("id\nanna\nboris\n", "utf-8")
    collect(download, roster=roster, out=out)
    mend(out, "anna/nn.ipynb", "-")
    for _ in range(2):
        collect(download, roster=roster, out=out)
        (aside,) = [row for row in read_manifest(out) if "anna/nn" in row.source]
        assert (aside.student, aside.note) == ("", "set aside")
        assert aside.file.startswith(".unmatched/")
    mend(out, "anna/nn.ipynb", "anna")
    collect(download, roster=roster, out=out)
    (back,) = [row for row in read_manifest(out) if "anna/nn" in row.source]
    assert (back.student, back.note) == ("anna", "by hand")
