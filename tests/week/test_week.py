"""A made-up class goes through the week of a course by the documented commands.

`python -m benchmarks.week 300` does the same at full size, with the times.
"""

import csv
import io
import re
import shutil
from collections import Counter

import pytest

from tests.collecting.exports import Canvas, later
from tests.week.made_up import OTHERWISE, handed_in, notebook
from tests.week.steps import Week

pytestmark = pytest.mark.xdist_group("week")
SIZE = 40


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """Return the course as it is after it was collected and graded."""
    week = Week.begun(tmp_path_factory.mktemp("week"), SIZE)
    week.collect()
    week.grade()
    return week


def test_everybody_of_the_roster_has_a_row(week: Week) -> None:
    """Each student is there once, with a grade or with the reason why there is none."""
    rows = week.grades()
    assert set(rows) == {each.sid for each in week.students}
    for place, student in enumerate(week.students):
        row = rows[student.sid]
        if not handed_in(place):
            assert (row["status"], row["grade"]) == ("missing", "")
        elif place % 20 in (2, 3):
            assert (row["status"], row["grade"]) == ("unusable", ""), row
            assert row["note"]


def test_right_ones_have_all_points_and_cheats_none(week: Week) -> None:
    """What a layer is asked decides, whoever patches what; the sentence waits for a person."""
    rows = week.grades()
    for place, student in enumerate(week.students):
        row = rows[student.sid]
        if place % 20 in (0, 1, 6, 7, 9, 10) or (place % 20 >= 11 and place % 5 == 0):
            assert row["leaky"] == "8", (place, row)
        elif place % 20 == 4:
            assert float(row["leaky"]) == 0, (place, row)


def test_the_last_attempt_counts_and_being_late_costs(week: Week) -> None:
    """A day late is a day's share of all points; minutes within the grace are none."""
    rows = week.grades()
    late, graced, thrice = (rows[week.students[place].sid] for place in (1, 9, 10))
    assert "2 days late" in late["note"]
    assert float(late["deduction"]) == 2
    assert graced["deduction"] == ""
    assert thrice["attempt"] == "3"
    assert "attempt 3 of 3 counts" in thrice["note"]


def test_points_by_hand_stay_with_their_students(week: Week) -> None:
    """What persons gave is the same after a late notebook, a mended check and a second grading."""
    given = week.read_all()
    assert given > SIZE / 2
    before = week.grades()
    late = week.students[14]
    week.hand_in_late(late, notebook(OTHERWISE + "# at last", "Units die."), later(30))
    week.collect()
    week.grade()
    after = week.grades()
    changed = {name for name in before if before[name]["why"] != after[name]["why"]}
    assert changed <= {late.sid}
    assert Counter(row["state"] for row in after.values()) == {"draft": SIZE}
    assert after[late.sid]["attempt"] == "2"


def test_a_mended_check_moves_whom_it_concerns(week: Week) -> None:
    """A dry run tells who would move, the real one moves them, and no sentence is read again."""
    before = week.grades()
    week.mend(
        ("points=8", "points=10"),
        ("@leaky.check(points=4)\ndef values", "@leaky.check(points=6)\ndef values"),
    )
    told = week.run("rejudge", week.book, "--dry-run")
    assert week.grades() == before
    assert "Nothing was written." in told
    week.run("rejudge", week.book)
    after = week.grades()
    for name, row in after.items():
        if row["leaky"]:
            assert float(row["leaky"]) in (
                float(before[name]["leaky"]),
                float(before[name]["leaky"]) + 2,
            )
            assert row["why"] == before[name]["why"]
        else:
            assert row == {**before[name], "max_score": row["max_score"]}


def test_an_extension_and_a_void_check_are_decisions(week: Week) -> None:
    """Both move grades at once, and both can be taken back."""
    name = week.students[1].sid
    before = week.grades()[name]["grade"]
    week.run("gradebook", "extend", week.book, name, "2027-01-01 12:00", "--why", "ill")
    assert float(week.grades()[name]["grade"]) > float(before)
    cheat = week.students[4].sid
    week.void("leaky.values")
    assert float(week.grades()[cheat]["leaky"]) > 0
    week.run("void", week.book, "leaky.values", "--back")
    assert float(week.grades()[cheat]["leaky"]) == 0


def test_every_row_is_told_apart(week: Week) -> None:
    """The table of the results has a line for each attempt, the gradebook one for each student."""
    table = (week.results / "grades.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(table)))
    names = [row["submission"] for row in rows]
    assert len(set(names)) == len(names)
    assert len(names) >= sum(len(handed_in(place)) for place in range(SIZE) if place % 20 != 2)


def test_grades_go_back_to_the_platform(week: Week) -> None:
    """Each graded student's score stands in the platform's own table, and nothing else changes."""
    table = Canvas.roster(week.folder / "canvas.csv", week.students)
    filled = week.folder / "filled.csv"
    fill = ("publish", week.book, "--fill", table, "--column", "NN (4001)", "--out", filled)
    week.run(*fill, status=2)
    week.read_all()
    week.run(*fill)
    before, after = (
        list(csv.reader(io.StringIO(each.read_text("utf-8-sig")))) for each in (table, filled)
    )
    assert [row[:5] for row in before] == [row[:5] for row in after]
    scores = {row[2]: row[5] for row in after[3:-1]}
    grades = week.grades()
    assert scores == {name: row["grade"] for name, row in grades.items()}
    graded = {name for name, row in grades.items() if row["grade"]}
    assert {name for name, row in grades.items() if row["state"] == "published"} == graded


def test_each_student_gets_their_feedback_and_no_other(week: Week) -> None:
    """Whoever has a result has a page, and it is theirs."""
    feedback = week.folder / "feedback"
    week.run("publish", week.book, "--feedback", feedback)
    pages = sorted(feedback.rglob("*.html"))
    grades = week.grades()
    graded = {name for name, row in grades.items() if row["grade"]}
    assert {page.relative_to(feedback).parts[0] for page in pages} == graded
    told = {
        page.relative_to(feedback).parts[0]: set(
            re.findall(r"For (\d+)\.", page.read_text("utf-8"))
        )
        for page in pages
    }
    assert all(named <= {student} for student, named in told.items())
    assert sum(map(bool, told.values())) > SIZE / 2


def test_two_runs_are_compared(week: Week) -> None:
    """What a decision changed since is told by student and check."""
    shutil.copytree(week.results, week.folder / "before")
    student = week.students[4].sid
    week.run("gradebook", "points", week.book, student, 1, "--check", "leaky.values")
    told = week.run("diff", week.folder / "before", week.results)
    assert f"{student}/1/nn" in told
    assert "leaky.values" in told


def test_alike_solutions_are_listed(week: Week) -> None:
    """The class is compared with what was collected, the last attempt of each."""
    told = week.run("similar", week.submissions, "--assignment", week.assignment)
    assert "notebooks compared" in told
