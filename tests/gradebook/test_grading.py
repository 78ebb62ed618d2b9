"""`grade --gradebook` keeps attempts and grades, and nothing undoes what persons decided."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.batch import grade_paths
from grader.errors import UsageError
from tests.gradebook.course import DUE, RIGHT, WRONG, Course

pytestmark = pytest.mark.xdist_group("gradebook")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course of three, graded into a gradebook."""
    course = Course.made(tmp_path_factory.mktemp("graded"))
    course.hand_in("anna")
    course.hand_in("boris", WRONG)
    course.hand_in("clara/nn")
    assert course.grade() == 0
    return course


@pytest.fixture
def course(graded: Course, tmp_path: Path) -> Iterator[Course]:
    """Return it, and have it as it was afterwards: results know where their files are."""
    shutil.copytree(graded.folder, tmp_path / "kept")
    yield graded
    shutil.rmtree(graded.folder)
    shutil.copytree(tmp_path / "kept", graded.folder)


def grades(course: Course) -> dict[str, dict[str, str]]:
    """Return the lines of the gradebook's table by the students."""
    table = course.run("gradebook", "list", course.book, "--csv", "-")
    return {row["student"]: row for row in csv.DictReader(io.StringIO(table))}


def grade_of(course: Course, student: str) -> tuple[str, str]:
    """Return a student's grade and pending points."""
    row = grades(course)[student]
    return row["grade"], row["pending"]


def score_in_files(course: Course, name: str) -> float:
    """Return the score in the result that a student gets."""
    told: float = json.loads((course.results / f"{name}.json").read_text("utf-8"))["score"]
    return told


def test_each_student_has_a_row(course: Course) -> None:
    """Whoever handed in has a grade, with the points of each exercise and what is pending."""
    rows = grades(course)
    assert list(rows) == ["anna", "boris", "clara"]
    assert (rows["anna"]["grade"], rows["anna"]["max_score"], rows["anna"]["pending"]) == (
        *("2", "5", "3"),
    )
    assert (rows["boris"]["double"], rows["boris"]["status"]) == ("0", "review")
    assert rows["clara"]["state"] == "draft"


def test_a_late_notebook_moves_nobody_else(course: Course) -> None:
    """Points by hand stay with their students when another hands in, whatever the name."""
    course.run("gradebook", "points", course.book, "anna", 1, "--check", "why.clear")
    course.hand_in("aaron", WRONG)
    assert course.grade() == 0
    assert grade_of(course, "anna") == ("3", "2")
    assert grade_of(course, "aaron") == ("0", "3")


def test_one_notebook_alone_leaves_all_rows(course: Course) -> None:
    """Grading one file of the course again drops no other student."""
    assert course.grade(path=course.hand_in("anna", WRONG)) == 0
    assert sorted(grades(course)) == ["anna", "boris", "clara"]
    assert grade_of(course, "anna") == ("0", "3")


def test_a_new_content_is_a_new_attempt(course: Course) -> None:
    """What was handed in before stays in the history, and its points do not pass on."""
    course.run("gradebook", "points", course.book, "boris", 2, "--check", "double.doubles")
    assert grade_of(course, "boris") == ("2", "3")
    course.hand_in("boris", RIGHT, "Something else.")
    assert course.grade() == 0
    assert grade_of(course, "boris") == ("2", "3")
    told = course.run("gradebook", "show", course.book, "boris")
    assert "attempt 1: graded, 0 of 5" in told
    assert "attempt 2: graded, 2 of 5" in told
    assert grades(course)["boris"]["note"] == "attempt 2 of 2 counts"


def test_grading_again_adds_nothing(course: Course) -> None:
    """The same call twice leaves the same history."""
    before = course.run("gradebook", "show", course.book, "anna")
    assert course.grade() == 0
    assert course.grade(force=True) == 0
    after = course.run("gradebook", "show", course.book, "anna")
    assert after.count("attempt 1: graded") >= 1
    assert before.splitlines()[0] == after.splitlines()[0]
    assert "attempt 2" not in after


def test_decisions_survive_whatever_is_graded_or_judged(course: Course) -> None:
    """Points that a person gave or took stay through --force, a re-save, a rename and a rejudge."""
    course.run("gradebook", "points", course.book, "anna", 0, "--check", "double.doubles")
    course.run("gradebook", "points", course.book, "anna", 3, "--check", "why.sum", fails=True)
    course.run("gradebook", "points", course.book, "anna", 2, "--check", "why.sum")
    assert grade_of(course, "anna") == ("2", "1")
    assert course.grade(force=True) == 0
    assert grade_of(course, "anna") == ("2", "1")
    path = course.submissions / "anna.ipynb"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=3), "utf-8")
    assert course.grade() == 0
    assert grade_of(course, "anna") == ("2", "1")
    path.rename(course.submissions / "anna_lee.ipynb")
    assert course.grade() == 0
    assert grade_of(course, "anna_lee") == ("2", "1")
    assert "anna" not in grades(course)
    course.run("rejudge", course.book)
    assert grade_of(course, "anna_lee") == ("2", "1")
    assert score_in_files(course, "anna_lee") == 2


def test_reports_follow_decisions_at_once(course: Course) -> None:
    """The student's own result shows the points and the comment that a person gave."""
    course.run(
        *("gradebook", "points", course.book, "boris", 1, "--check", "double.doubles"),
        *("--comment", "You meant it."),
    )
    told = json.loads((course.results / "boris.json").read_text("utf-8"))
    check = told["exercises"][0]["checks"][0]
    assert (check["points"], check["comment"]) == (
        1,
        "Changed by a person: 1 of 2 points. You meant it.",
    )


def test_points_beside_the_checks_may_go_beyond_and_be_taken(course: Course) -> None:
    """Points are given and taken beside all checks, and the grade is never below 0."""
    course.run("gradebook", "points", course.book, "anna", 4)
    assert grade_of(course, "anna")[0] == "6"
    course.run("gradebook", "points", course.book, "--", "anna", "-5.5")
    assert grade_of(course, "anna")[0] == "0.5"
    course.run("gradebook", "points", course.book, "--", "anna", "-9")
    assert grade_of(course, "anna")[0] == "0"


def test_a_file_that_cannot_be_used_can_be_given_points(course: Course) -> None:
    """Who handed in a broken file has a row with the reason, and may be given points."""
    (course.submissions / "dora.ipynb").write_text("{", "utf-8")
    assert course.grade() == 2
    row = grades(course)["dora"]
    assert (row["grade"], row["status"]) == ("", "unusable")
    assert "dora.ipynb" in row["note"]
    course.run("gradebook", "points", course.book, "dora", 2.5)
    assert grade_of(course, "dora")[0] == "2.5"


def test_a_broken_file_after_a_good_one_loses_nothing(course: Course) -> None:
    """The attempt before counts, and the note says that the last could not be graded."""
    (course.submissions / "anna.ipynb").write_text("{", "utf-8")
    assert course.grade() == 2
    row = grades(course)["anna"]
    assert row["grade"] == "2"
    assert "attempt 2 could not be graded" in row["note"]


def test_what_was_decided_can_be_undone(course: Course) -> None:
    """Undoing the last decision lets the one before count, and the history keeps both."""
    for points in (1, 0.5):
        course.run("gradebook", "points", course.book, "boris", points, "--check", "double.doubles")
    told = course.run("gradebook", "show", course.book, "boris")
    last = max(
        int(line.partition("[")[2].partition("]")[0]) for line in told.splitlines() if "[" in line
    )
    course.run("gradebook", "undo", course.book, last, "--as", "maria")
    assert grade_of(course, "boris")[0] == "1"
    assert "undone by maria" in course.run("gradebook", "show", course.book, "boris")


def test_a_void_check_gives_everybody_its_points(course: Course) -> None:
    """Each student has them with the reason, also who hands in later, until it counts again."""
    said = course.run("void", course.book, "double.doubles", "--why", "The text was wrong.")
    assert "1 grade moves" in said
    assert grade_of(course, "boris") == ("2", "3")
    told = json.loads((course.results / "boris.json").read_text("utf-8"))
    assert "The text was wrong." in told["exercises"][0]["checks"][0]["comment"]
    course.hand_in("zoe", WRONG)
    assert course.grade() == 0
    assert grade_of(course, "zoe") == ("2", "3")
    course.run("void", course.book, "double.doubles", "--back")
    assert grade_of(course, "boris") == ("0", "3")
    assert score_in_files(course, "zoe") == 0


def test_points_of_a_table_count_in_a_gradebook_that_comes_later(tmp_path: Path) -> None:
    """What was given by --manual before there was a gradebook is taken over, once."""
    course = Course.made(tmp_path)
    course.hand_in("anna")
    assert course.grade(book=False) == 0
    table = tmp_path / "points.csv"
    table.write_text("submission,exercise,check,points\nanna,why,sum,1.5\n", "utf-8")
    course.run("rejudge", course.results, "--manual", table)
    for _ in range(2):
        assert course.grade() == 0
        assert grade_of(course, "anna") == ("3.5", "1")
    told = course.run("gradebook", "show", course.book, "anna")
    assert told.count("1.5 points for why.sum") == 1


def test_a_table_counts_in_the_gradebook(course: Course) -> None:
    """`rejudge --manual` of a folder that has a gradebook decides there."""
    table = course.folder / "points.csv"
    table.write_text("submission,exercise,check,points\nclara/nn,why,sum,2\n", "utf-8")
    course.run("rejudge", course.results, "--manual", table)
    assert grade_of(course, "clara") == ("4", "1")
    assert course.grade() == 0
    assert grade_of(course, "clara") == ("4", "1")


def test_results_belong_to_one_gradebook(course: Course) -> None:
    """A second gradebook for one folder of results is refused, and the first is used unnamed."""
    with pytest.raises(UsageError, match=r"belongs to the gradebook .*course\.db"):
        grade_paths(
            [course.submissions],
            gradebook=course.folder / "other.db",
            out=course.results,
            require_sandbox=False,
        )
    course.hand_in("dora")
    assert course.grade(book=False) == 0
    assert "dora" in grades(course)


def test_when_it_is_due_decides_no_result(course: Course) -> None:
    """A late rule that changes grades nothing again, and takes off what it says."""
    before = (course.results / "anna.json").stat().st_mtime_ns
    course.settle(DUE)
    assert course.grade() == 0
    assert (course.results / "anna.json").stat().st_mtime_ns >= before
    told = course.run("gradebook", "show", course.book, "anna")
    assert told.count("graded, 2 of 5") == 1


def test_a_folder_is_named_by_the_way_that_leads_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`../in` has the students, and the list of what was collected, of that folder."""
    course = Course.made(tmp_path)
    course.hand_in("0042/1/nn")
    (course.submissions / "collected.csv").write_text(
        "student,name,email,section,attempt,handed_in,late,file,source,note\n"
        "042,Anna,,,1,,,0042/1/nn.ipynb,moodle.zip: nn.ipynb,\n",
        "utf-8",
    )
    course.hand_in("boris/nn")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert course.grade(path=Path("../in")) == 0
    assert grades(course).keys() == {"042", "boris"}


def test_sections_are_not_silently_students(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where folders look like sections, it is said whom they are taken for, and what to do."""
    course = Course.made(tmp_path)
    for name in ("a/anna/nn", "a/boris/nn", "b/clara/nn"):
        course.hand_in(name)
    assert course.grade() == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "a has notebooks in 2 folders" in told
    assert "b has notebooks" not in told


def test_folders_of_students_raise_no_doubt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder for each student, with attempts in it or not, is what it looks like."""
    course = Course.made(tmp_path)
    for name in ("anna/nn", "boris/first", "boris/second"):
        course.hand_in(name)
    assert course.grade() == 0
    assert "has notebooks in" not in capsys.readouterr().err


def test_the_points_of_a_copy_move_with_it(tmp_path: Path) -> None:
    """Of two files that are the same byte for byte, the one that is renamed takes its points."""
    course = Course.made(tmp_path)
    course.hand_in("anna")
    shutil.copyfile(course.submissions / "anna.ipynb", course.submissions / "boris.ipynb")
    assert course.grade() == 0
    course.run("gradebook", "points", course.book, "boris", 2, "--check", "why.sum")
    (course.submissions / "boris.ipynb").rename(course.submissions / "clara.ipynb")
    assert course.grade() == 0
    assert grade_of(course, "clara") == ("4", "1")
    assert grade_of(course, "anna") == ("2", "3")
    assert "boris" not in grades(course)
