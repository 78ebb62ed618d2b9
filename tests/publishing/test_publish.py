"""`grader publish` gives feedback and grades back, and keeps on record what was published."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from grader.collecting.roster import Person as Student
from grader.course.store import Store
from grader.gradebook.attempts import enrol
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide, undo
from grader.gradebook.tables import Attempt, Decision, Publication
from tests.gradebook.course import RIGHT, WRONG, Course

pytestmark = pytest.mark.xdist_group("publishing")

LATE = "\n[handing_in]\ndue = 2026-11-01T12:00:00Z\npercent_per_day = 10\n"
MOODLE = "Anna Lee_71_assignsubmission_file_/nn.ipynb"
CANVAS = "petrovboris_LATE_502_9002_Copy of nn.ipynb"
LIST = (
    "student,name,email,section,attempt,handed_in,late,file,source,note\r\n"
    f'"anna","Anna Lee","","","1","","","anna/nn.ipynb","sub.zip: {MOODLE}",""\r\n'
    f'"boris","Boris","","","1","","","boris/nn.ipynb","sub.zip: {CANVAS}",""\r\n'
    '"dora","Dora","","","0","","","","","nothing was handed in"\r\n'
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course of two who handed in and one who did not, with nothing pending.

    anna has 4.5 of 5 points, boris 1.
    """
    course = Course.made(tmp_path_factory.mktemp("published"))
    course.hand_in("anna/nn", RIGHT)
    course.hand_in("boris/nn", WRONG)
    (course.submissions / "collected.csv").write_text(LIST, "utf-8")
    assert course.grade() == 0
    with Gradebook.opened(course.book).writing() as session:
        people = [Student("anna", "Anna Lee", "anna@uni.edu"), Student("boris"), Student("dora")]
        enrol(session, people)
        for attempt in session.scalars(select(Attempt)):
            sums = (
                {"sum": 2, "clear": 0.5} if attempt.person_id == "anna" else {"sum": 1, "clear": 0}
            )
            for check, points in sums.items():
                decide(session, attempt, points, who="maria", exercise="why", check_id=check)
    return course


@pytest.fixture
def decided(graded: Course, tmp_path: Path) -> Iterator[Course]:
    """Return it, and have it as it was afterwards: results know where their files are."""
    shutil.copytree(graded.folder, tmp_path / "kept")
    yield graded
    shutil.rmtree(graded.folder)
    shutil.copytree(tmp_path / "kept", graded.folder)


def publications(course: Course) -> list[tuple[str, float, float, str]]:
    """Return what is on record."""
    with Gradebook.opened(course.book).reading() as session:
        return [
            (row.person_id, row.grade, row.pending, row.where)
            for row in session.scalars(select(Publication).order_by(Publication.id))
        ]


def states(course: Course) -> dict[str, str]:
    """Return the states of the grades."""
    told = json.loads(course.run("gradebook", "list", course.book, "--json", "-"))
    return {row["student"]: row["state"] for row in told}


def files(folder: Path) -> list[str]:
    """Return the files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_nothing_is_published_while_points_are_pending(decided: Course) -> None:
    """It is refused, who waits is told, and nothing is written; --provisional says otherwise."""
    course, out = decided, decided.folder / "feedback"
    with Gradebook.opened(course.book).writing() as session:
        for decision in session.scalars(select(Decision)):
            undo(session, decision, who="maria")
    told = course.run("publish", course.book, "--feedback", out, fails=True)
    assert "Points of 2 of 3 students are pending" in told
    assert "anna, boris" in told
    assert not out.exists()
    assert publications(course) == []
    course.run("publish", course.book, "--feedback", out, "--provisional")
    where = "feedback files for gradescope"
    assert publications(course) == [("anna", 2, 3, where), ("boris", 0, 3, where)]
    assert states(course) == {"anna": "published", "boris": "published", "dora": "draft"}


def test_each_student_has_a_file(decided: Course) -> None:
    """A folder a student, with what persons decided; who has no grade is listed."""
    out = decided.folder / "feedback"
    told = decided.run("publish", decided.book, "--feedback", out)
    assert files(out) == ["anna/nn.html", "boris/nn.html"]
    assert "Read by a person: 0.5 of 1 point" in (out / "anna/nn.html").read_text("utf-8")
    assert "  dora (missing)" in told
    assert "On record as published: 2 grades" in told


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("markdown", ["anna/nn.md", "boris/nn.md"]),
        ("notebook", ["anna/nn.feedback.ipynb", "boris/nn.feedback.ipynb"]),
        ("json", ["anna/nn.json", "boris/nn.json"]),
    ],
)
def test_feedback_comes_in_several_formats(decided: Course, form: str, names: list[str]) -> None:
    """Each tells what was taken off or given beside the checks, and the comment on it."""
    decided.run(
        *("gradebook", "points", decided.book, "anna", 3, "--comment", "You found our mistake.")
    )
    out = decided.folder / "feedback"
    decided.run("publish", decided.book, "--feedback", out, "--format", form)
    assert files(out) == names
    text = (out / names[0]).read_text("utf-8").replace("\\", "")
    assert "Your grade is 7.5 of 5 points. The checks came to 4.5. 3 points given by a pers" in text
    assert "You found our mistake." in text
    assert "Your grade is" not in (out / names[1]).read_text("utf-8")


def test_what_being_late_costs_is_told(decided: Course) -> None:
    """The student reads how many points were taken off, and why."""
    decided.settle(LATE)
    with Gradebook.opened(decided.book).writing() as session:
        for attempt in session.scalars(select(Attempt)):
            attempt.handed_in = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
    assert decided.grade() == 0
    out = decided.folder / "feedback"
    decided.run("publish", decided.book, "--feedback", out)
    told = (out / "anna/nn.html").read_text("utf-8")
    assert "Your grade is 4 of 5 points. The checks came to 4.5. 0.5 points taken off" in told


def test_moodle_gets_its_own_folders_back(decided: Course) -> None:
    """The zip has the folders of the download; who came from elsewhere is told of."""
    out = decided.folder / "feedback.zip"
    done = decided.run("publish", decided.book, "--feedback", out, "--for", "moodle", fails=True)
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["Anna Lee_71_assignsubmission_file_/nn.html"]
    assert "boris:" in done
    assert "did not come from a download of moodle" in done


@pytest.mark.parametrize(("form", "suffix"), [("html", ".html"), ("notebook", ".ipynb")])
def test_canvas_gets_its_own_names_back(decided: Course, form: str, suffix: str) -> None:
    """The numbers in a file's name say whose it is."""
    out = decided.folder / "feedback.zip"
    decided.run(
        *("publish", decided.book, "--feedback", out, "--for", "canvas", "--format", form),
        fails=True,
    )
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == [f"petrovboris_LATE_502_9002_Copy of nn{suffix}"]


@pytest.mark.parametrize("content", [LIST.replace("anna/nn", "nn").replace("71", "72"), "no list"])
def test_a_list_of_a_student_is_none(decided: Course, content: str) -> None:
    """Whose feedback it is, is the platform's word, and not that of a file beside the notebook."""
    (decided.submissions / "anna" / "collected.csv").write_text(content, "utf-8")
    out = decided.folder / "out"
    publish = ("publish", decided.book, "--feedback", out, "--for", "moodle")
    decided.run(*publish, fails=True)
    assert files(out) == ["Anna Lee_71_assignsubmission_file_/nn.html"]


def test_publishing_again_does_nothing_new(decided: Course) -> None:
    """The second call says so; a grade that changed is published alone, and known to have been."""
    out = decided.folder / "feedback.zip"
    decided.run("publish", decided.book, "--feedback", out)
    before = out.read_bytes()
    told = decided.run("publish", decided.book, "--feedback", out)
    assert "nothing is new" in told
    assert "No grade was published that was not before." in told
    assert out.read_bytes() == before
    decided.run("gradebook", "points", decided.book, "boris", 1)
    assert states(decided) == {"anna": "published", "boris": "changed", "dora": "draft"}
    assert "1 of them new or changed" in decided.run(
        "publish", decided.book, "--feedback", out, "--as", "maria"
    )
    assert [row[:2] for row in publications(decided)] == [("anna", 4.5), ("boris", 1), ("boris", 2)]
    assert states(decided)["boris"] == "published"
    told = decided.run("gradebook", "show", decided.book, "boris")
    assert "was told 2: feedback files for gradescope, by maria" in told


def test_other_words_for_the_same_grade_are_on_record(decided: Course) -> None:
    """A comment that changed is published although the grade is the same."""
    out = decided.folder / "feedback"
    decided.run("publish", decided.book, "--feedback", out)
    decided.run(
        *("gradebook", "points", decided.book, "anna", 0.5, "--check", "why.clear"),
        *("--comment", "Nearly."),
    )
    assert "1 of them new or changed" in decided.run("publish", decided.book, "--feedback", out)
    assert "Nearly." in (out / "anna/nn.html").read_text("utf-8")
    assert [row[0] for row in publications(decided)] == ["anna", "boris", "anna"]


def level(course: Course, name: str, told: str) -> None:
    """Have a result be one of a run that told so much."""
    store = Store(course.results)
    record = store.record(name)
    assert record is not None
    store.put(replace(record, feedback=told))


@pytest.mark.parametrize(("told", "shown"), [("hints", False), ("everything", True)])
def test_no_more_is_told_than_the_run_told(decided: Course, told: str, shown: bool) -> None:
    """What is expected stands in no file of an exam."""
    level(decided, "boris/nn", told)
    out = decided.folder / "feedback"
    decided.run("publish", decided.book, "--feedback", out, "--format", "json")
    check = json.loads((out / "boris/nn.json").read_text("utf-8"))["exercises"][0]["checks"][0]
    assert (check["message"] == "No.") is shown


def test_what_staff_was_told_is_nobody_s_feedback(decided: Course) -> None:
    """A run for staff is published at the level of students."""
    level(decided, "anna/nn", "staff")
    store = Store(decided.results)
    record = store.record("anna/nn")
    assert record is not None
    noted = replace(record.result, stopped=3)
    store.put(replace(record, result=noted))
    out = decided.folder / "feedback"
    decided.run("publish", decided.book, "--feedback", out, "--format", "json")
    assert json.loads((out / "anna/nn.json").read_text("utf-8"))["stopped"] == 0


def test_a_former_attempt_is_told_at_the_lowest_level(decided: Course) -> None:
    """Where another file lies in the place of the one that counts, its run's level is not known."""
    decided.hand_in("boris/nn", RIGHT, "")
    assert decided.grade() == 0
    decided.run("gradebook", "points", decided.book, "boris", 5, "--attempt", 1)
    decided.settle('\n[handing_in]\ncounts = "best"\n')
    assert decided.grade() == 0
    for check in ("why.sum", "why.clear"):
        decided.run(
            *("gradebook", "points", decided.book, "boris", 0, "--check", check, "--attempt", 2)
        )
    level(decided, "anna/nn", "hints")
    out = decided.folder / "feedback"
    decided.run("publish", decided.book, "--feedback", out, "--format", "json", "--provisional")
    told = json.loads((out / "boris/nn.json").read_text("utf-8"))
    assert told["score"] == 1
    assert told["exercises"][0]["checks"][0]["message"] == ""


def test_scores_are_filled_in_once_a_file_is_named(decided: Course) -> None:
    """Without --out it is told what would change; with it, it is done and on record."""
    export = decided.folder / "export.csv"
    content = (
        "\ufeffStudent,SIS Login ID,Tiny (12)\r\nPoints Possible,,10\r\nx,anna,\r\ny,boris,1\r\n"
    )
    export.write_bytes(content.encode())
    call = ("publish", decided.book, "--fill", export, "--column", "Tiny")
    told = decided.run(*call)
    assert ["anna", "4.5"] in [line.split() for line in told.splitlines()]
    assert "1 cell to change, 1 right already. Nothing was written" in told
    assert "export.csv gives 10 points at most, the gradebook 5" in told
    assert publications(decided) == []
    out = decided.folder / "filled.csv"
    decided.run(*call, "--out", out)
    assert out.read_bytes() == content.replace("x,anna,", "x,anna,4.5").encode()
    assert export.read_bytes() == content.encode()
    where = "scores in the table's column 'Tiny (12)'"
    assert publications(decided) == [("anna", 4.5, 0, where), ("boris", 1, 0, where)]
    assert "No grade was published that was not before." in decided.run(*call, "--out", out)


def test_an_export_is_written_over_only_by_force(decided: Course) -> None:
    """Naming the file itself is refused without --force, by another name for it too."""
    export = decided.folder / "export.csv"
    export.write_bytes(b"Username,Tiny\nanna,\n")
    (decided.folder / "link.csv").symlink_to(export)
    call = ("publish", decided.book, "--fill", export, "--column", "Tiny", "--out")
    assert "--force" in decided.run(*call, decided.folder / "link.csv", fails=True)
    assert export.read_bytes() == b"Username,Tiny\nanna,\n"
    told = decided.run(*call, export, "--force", fails=True)
    assert export.read_bytes() == b"Username,Tiny\nanna,4.5\n"
    assert "  boris" in told
    assert [row[0] for row in publications(decided)] == ["anna"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Say where to publish"),
        (("--fill", "x.csv"), "--fill needs --column"),
        (("--column", "x"), "belong to --fill"),
        (("--fill", "x.csv", "--column", "x"), "x.csv cannot be read"),
        (("--canvas", "https://x"), "--canvas needs --course N"),
        (("--moodle", "https://x"), "--moodle needs --assignment-id N"),
        (("--feedback", "x", "--send"), "--send belongs to"),
    ],
)
def test_a_call_that_lacks_something_is_told(
    decided: Course, arguments: tuple[str, ...], told: str
) -> None:
    """Before anything is written, and with what to add."""
    assert told in decided.run("publish", decided.book, *arguments, fails=True)
    assert publications(decided) == []
