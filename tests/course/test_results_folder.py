"""A folder of results holds what it held: rows, points by hand and pages follow their notebooks.

Nothing is run here: a notebook's result is made from what it says, so that hundreds of calls take
seconds. What is read, named, kept and written is the real thing.
"""

import csv
import errno
import io
import json
import os
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.assignment.model import Assignment
from grader.course import jobs
from grader.course.batch import grade_paths
from grader.course.rejudging import rejudge_folder
from grader.course.settling import there
from grader.course.store import FOLDER, Store, digest
from grader.course.submissions import HandedIn
from grader.errors import UsageError
from grader.notebook.reading import Notebook
from grader.results.model import (
    AssignmentInfo,
    CheckResult,
    ExerciseResult,
    Note,
    Result,
    SubmissionInfo,
)
from grader.sandbox.folders import remove
from tests.notebook.files import nested
from tests.tiny_assignment import DOUBLE, declare, write

SCORE = re.compile(r"score (\d)")


def made_of(notebook: Notebook, assignment: Assignment, how: Any, **_: Any) -> Result:
    """Return a result that the notebook's first cell states, with a check for a person."""
    said = SCORE.search(notebook.cells[0].source)
    points = int(said[1]) if said else 0
    checks = [
        CheckResult(
            id="own", title="Own", status="failed", points=points, max_points=9, message="m"
        ),
        CheckResult(id="sum", title="Sum", status="review", points=0, max_points=2),
    ]
    submission = SubmissionInfo(
        name=notebook.name,
        path=str(notebook.path),
        sha256=notebook.sha256,
        sources=notebook.sources,
    )
    return Result.of(
        exercises=[ExerciseResult.of(id="why", title="Why", checks=checks)],
        submission=submission,
        assignment=AssignmentInfo(name=assignment.name, title="Tiny", version="1"),
        integrity=[Note(text="SECRET")] + [Note(text=notebook.link)] * bool(notebook.link),
        sandbox="none",
        seconds=0.0,
        partial=bool(how.only),
    )


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Course":
    """Return an empty course whose notebooks are not run."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    return Course(tmp_path)


class Course:
    """A folder of submissions, and one of their results."""

    def __init__(self, base: Path) -> None:
        self.handed_in, self.out = base / "in", base / "out"
        self.handed_in.mkdir()
        self.assignment = declare(base / "tiny")

    def hand_in(self, below: str, score: int = 5, **metadata: Any) -> Path:
        """Write a notebook that states its score."""
        path = self.handed_in / below
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = [new_code_cell(f"# score {score}, {below}", id="a"), new_code_cell(DOUBLE, id="b")]
        path.write_text(nbformat.writes(new_notebook(cells=cells, metadata=metadata)), "utf-8")
        return path

    def grade(self, *paths: Path, **options: Any) -> int:
        """Grade the folder, or these paths."""
        named = paths or (self.handed_in,)
        fixed = {"jobs": 1, "assignment": str(self.assignment), "require_sandbox": False}
        return grade_paths(named, out=self.out, **{**fixed, **options})

    def comment(self, text: str) -> None:
        """Change the assignment's checks by a comment, as a new process would see it."""
        with (self.assignment / "checks.py").open("a", encoding="utf-8") as file:
            file.write(f"# {text}\n")
        digest.cache_clear()

    def rows(self) -> dict[str, dict[str, str]]:
        """Return the rows of `grades.csv` by their submissions."""
        with (self.out / "grades.csv").open(encoding="utf-8", newline="") as file:
            return {row["submission"]: row for row in csv.DictReader(file)}

    def scores(self) -> dict[str, str]:
        """Return the score of each row."""
        return {name: row["score"] for name, row in self.rows().items()}

    def result(self, stem: str) -> Any:
        """Return a result as it is written."""
        return json.loads((self.out / f"{stem}.json").read_text("utf-8"))

    def give(self, *rows: tuple[str, str]) -> int:
        """Give points by hand, by a table of names and points."""
        path = self.out.parent / "points.csv"
        lines = [f'"{name}",why,sum,{points}' for name, points in rows]
        path.write_text("\n".join(["submission,exercise,check,points", *lines]), "utf-8")
        return rejudge_folder(self.out, jobs=1, manual=path)


def test_a_name_depends_on_nobody_else(course: Course) -> None:
    """Who hands in late changes no other's name, and one late notebook leaves all rows."""
    course.hand_in("anna/nn.ipynb")
    course.grade()
    assert set(course.rows()) == {"anna/nn"}
    course.hand_in("boris/nn.ipynb", 4)
    course.grade()
    late = course.hand_in("alla/nn.ipynb", 3)
    course.grade(late)
    assert course.scores() == {"anna/nn": "5", "boris/nn": "4", "alla/nn": "3"}
    assert course.result("alla--nn")["submission"]["name"] == "alla/nn"


def test_two_files_never_share_a_row_or_a_report(course: Course) -> None:
    """Folders, control characters, suffixes and capitals tell them apart, in each file."""
    files = [
        *("a/b/hw.ipynb", "b/hw.ipynb", "a--b.ipynb", "x.ipynb", "x.gradescope.ipynb", "X.ipynb"),
        *("e\x07.ipynb", "e.ipynb", "=1.ipynb", "1.ipynb", "index.ipynb"),
    ]
    for number, name in enumerate(files):
        course.hand_in(name, number % 9)
    course.grade(report=["html", "gradescope"])
    assert len(course.rows()) == len(files)
    written = {path.name.casefold() for path in course.out.glob("[!.]*")}
    assert len(written) == 3 * len(files) + 2
    assert "<table" in (course.out / "index.html").read_text("utf-8")


def test_points_by_hand_go_to_whom_they_were_given(course: Course) -> None:
    """Also where names look alike, where others come and go, and where a file is saved again."""
    for name in ("anna", "boris", "e", "e\x07", "=1", "'=1"):
        course.hand_in(f"{name}.ipynb")
    course.grade()
    table = course.out / "waiting.csv"
    rejudge_folder(course.out, waiting=table)
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8"), newline="")))
    assert len({row["submission"] for row in rows}) == 6
    for place, row in enumerate(rows):
        row["points"] = "2" if place % 2 else "1"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert rejudge_folder(course.out, jobs=1, manual=table) == 0
    given = {row["submission"]: str(5 + int(row["points"])) for row in rows}
    assert course.scores() == given
    course.hand_in("aaron.ipynb")
    course.hand_in("boris.ipynb", kernelspec={"name": "python3", "display_name": "Saved again"})
    course.grade()
    assert course.scores() == {**given, "aaron": "5"}
    course.comment("A comment.")
    course.grade()
    assert course.scores() == {**given, "aaron": "5"}


def test_points_by_hand_are_for_the_notebook_that_was_read(course: Course) -> None:
    """A table that was written for another notebook is refused, by its line."""
    course.hand_in("anna.ipynb")
    course.grade()
    table = course.out / "waiting.csv"
    rejudge_folder(course.out, waiting=table)
    text = table.read_text("utf-8").replace('"sum",,', '"sum",2,')
    table.write_text(text, "utf-8")
    course.hand_in("anna.ipynb", 1)
    course.grade()
    with pytest.raises(UsageError, match="line 2: the line was written for another"):
        rejudge_folder(course.out, jobs=1, manual=table)


def test_a_renamed_file_keeps_its_points_and_leaves_no_second_row(course: Course) -> None:
    """Its record, its reports and what was given by hand get the new name with it."""
    anna = course.hand_in("anna.ipynb")
    course.hand_in("boris.ipynb", 4)
    course.grade(report=["html"])
    course.give(("anna", "2"), ("boris", "1"))
    anna.rename(course.handed_in / "zoe.ipynb")
    course.grade()
    assert course.scores() == {"zoe": "7", "boris": "5"}
    assert not (course.out / "anna.html").exists()
    assert "zoe" in (course.out / "zoe.html").read_text("utf-8")


def test_another_folder_named_is_the_same_course(course: Course) -> None:
    """Names may be longer by then: what was graded is not graded again, nor anything lost."""
    course.hand_in("a/anna/nn.ipynb")
    course.grade(course.handed_in / "a")
    course.give(("anna/nn", "2"))
    course.hand_in("b/anna/nn.ipynb", 3)
    course.grade()
    assert course.scores() == {"a/anna/nn": "7", "b/anna/nn": "3"}
    assert {path.name for path in course.out.glob("*.json")} == {
        *("a--anna--nn.json", "b--anna--nn.json")
    }


def test_another_section_does_not_replace_the_first(course: Course) -> None:
    """Two files that are both there cannot be one row: it is told before anything is written."""
    course.hand_in("a/nn.ipynb", 5)
    course.hand_in("b/nn.ipynb", 3)
    course.grade(course.handed_in / "a")
    with pytest.raises(UsageError, match="Name the folder above both"):
        course.grade(course.handed_in / "b")
    assert course.scores() == {"nn": "5"}


def test_a_folder_by_the_former_version_loses_no_points(course: Course) -> None:
    """Records without a name are recognised by their files, and get the names of today."""
    course.hand_in("anna/nn.ipynb", 5)
    course.hand_in("boris/nn.ipynb", 4)
    course.hand_in("Carl.ipynb", 3)
    course.grade(report=["html"])
    course.give(("anna/nn", "2"), ("boris/nn", "1"), ("Carl", "1"))
    _as_before(course, {"anna/nn": "anna-nn", "boris/nn": "boris-nn", "Carl": "Carl"})
    assert rejudge_folder(course.out, jobs=1, dry_run=True) == 0
    assert {path.stem for path in course.out.glob("*.json")} == {"anna-nn", "boris-nn", "Carl"}
    assert rejudge_folder(course.out, jobs=1) == 0
    assert course.scores() == {"anna-nn": "7", "boris-nn": "5", "Carl": "4"}
    course.grade()
    assert course.scores() == {"anna/nn": "7", "boris/nn": "5", "Carl": "4"}
    stems = {"anna--nn", "boris--nn", "Carl~1"}
    for suffix in ("json", "html"):
        assert {path.stem for path in course.out.glob(f"*.{suffix}")} - {"index"} == stems


def _as_before(course: Course, names: dict[str, str]) -> None:
    """Lay the folder of results out as the version before names were kept did."""
    store = Store(course.out)
    for stem in store.stems():
        path = store.folder / f"{stem}.json"
        record = json.loads(path.read_text("utf-8"))
        former = names[record["name"]]
        for field in ("name", "source", "folder", "named", "feedback", "floor"):
            del record[field]
        del record["result"]["submission"]["sources"]
        path.unlink()
        (store.folder / f"{former}.json").write_text(json.dumps(record), "utf-8")
        for suffix in ("json", "html"):
            found = course.out / f"{stem}.{suffix}"
            if found.exists():
                found.rename(course.out / f"{former}.{suffix}")
    points = store.folder / "by_hand.points"
    given = json.loads(points.read_text("utf-8"))
    for each in given.values():
        del each[0]["sources"]
    points.write_text(json.dumps({names[name]: each for name, each in given.items()}), "utf-8")


def test_rows_do_not_vanish(course: Course) -> None:
    """Neither those of files that cannot be used nor of files that are gone, whoever writes."""
    course.hand_in("anna.ipynb")
    (course.handed_in / "broken.ipynb").write_text("{", "utf-8")
    assert course.grade() == 2
    before = course.rows()
    assert before["broken"]["status"] == "unusable"
    rejudge_folder(course.out, jobs=1)
    assert course.rows() == before
    (course.handed_in / "anna.ipynb").unlink()
    course.hand_in("boris.ipynb", 1)
    course.grade()
    assert course.scores() == {"anna": "5", "broken": "", "boris": "1"}
    course.hand_in("broken.ipynb", 2)
    course.grade()
    assert course.scores() == {"anna": "5", "broken": "2", "boris": "1"}


def test_who_handed_in_no_notebook_has_a_row(course: Course) -> None:
    """A folder without one, an archive, a document: each is told, until a notebook is there."""
    course.hand_in("Anna_1/nn.ipynb")
    course.hand_in("boris_2_nn.ipynb")
    for name in ("Chen_3/essay.pdf", "Dora_4/", "eve_5_nn.zip", "finn_6_nn.pdf", "notes.csv"):
        path = course.handed_in / name
        (path if name.endswith("/") else path.parent).mkdir(exist_ok=True)
        if not name.endswith("/"):
            path.write_bytes({".zip": b"PK\3\4", ".pdf": b"%PDF-1.4"}.get(path.suffix, b"a"))
    (course.handed_in / "__MACOSX" / "Anna_1").mkdir(parents=True)
    assert course.grade() == 2
    told = {name.partition("~")[0]: row["note"] for name, row in course.rows().items()}
    assert list(told) == [
        "Anna_1/nn",
        "Chen_3",
        "Dora_4",
        "boris_2_nn",
        "eve_5_nn.zip",
        "finn_6_nn.pdf",
    ]
    assert "essay.pdf: ask for the .ipynb file itself" in told["Chen_3"]
    assert "it is empty" in told["Dora_4"]
    assert "is a zip archive" in told["eve_5_nn.zip"]
    assert "is a PDF" in told["finn_6_nn.pdf"]
    before = course.rows()
    assert course.grade() == 2
    assert course.rows() == before
    for name in ("Chen_3/late/nn.ipynb", "Dora_4/nn.ipynb", "eve_5_nn/nn.ipynb", "finn_6_nn.ipynb"):
        course.hand_in(name, 3)
    assert course.grade() == 0
    assert {row["score"] for row in course.rows().values()} == {"5", "3"}
    assert len(course.rows()) == 6


def test_whatever_one_folder_holds_the_others_are_graded(course: Course) -> None:
    """A folder nested without end is the row of who handed it in."""
    course.hand_in("anna/nn.ipynb")
    (course.handed_in / "mallory").mkdir()
    nested(course.handed_in / "mallory", "d", 1200, "x.txt")
    try:
        assert course.grade() == 2
    finally:
        remove(course.handed_in / "mallory")
    scores = {name.partition("~")[0]: score for name, score in course.scores().items()}
    assert scores == {"anna/nn": "5", "mallory": ""}


def test_a_notebook_on_which_reading_fails_costs_itself(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in it, before or in its own turn, is its own row."""
    course.hand_in("anna.ipynb")
    course.hand_in("mallory.ipynb")
    reading = HandedIn.read

    def read(each: HandedIn) -> Notebook:
        if each.path.stem == "mallory":
            raise RecursionError
        return reading(each)

    monkeypatch.setattr(HandedIn, "read", read)
    assert course.grade() == 3
    assert course.scores() == {"anna": "5", "mallory": ""}
    assert "RecursionError" in course.rows()["mallory"]["note"]


def test_who_cannot_be_looked_at_any_more_is_not_gone(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that was closed after it was graded is told of, and keeps its row and its name."""
    closed = str(course.hand_in("anna/nn.ipynb").parent) + "/"
    course.hand_in("boris/nn.ipynb", 3)
    assert course.grade() == 0

    def refusing(look: Callable[..., Any]) -> Callable[..., Any]:
        def looked(path: Any, *rest: Any, **options: Any) -> Any:
            if not isinstance(path, int) and os.fspath(path).startswith(closed):
                raise PermissionError(errno.EACCES, "Permission denied", path)
            return look(path, *rest, **options)

        return looked

    # By their modes nothing is closed to root.
    monkeypatch.setattr(os, "stat", refusing(os.stat))
    monkeypatch.setattr(os, "lstat", refusing(os.lstat))
    assert course.grade() == 2
    scores = {name.partition("~")[0]: score for name, score in course.scores().items()}
    assert scores == {"anna": "", "anna/nn": "5", "boris/nn": "3"}


def test_what_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is where it was unless the system says that it is not."""
    file, link = tmp_path / "nn.ipynb", tmp_path / "link.ipynb"
    file.touch()
    link.symlink_to("nowhere")
    assert there(file)
    assert there(link)
    for gone in (tmp_path / "other.ipynb", file / "nn.ipynb", tmp_path / ("x" * 300), Path("\0")):
        assert not there(gone), gone
    for number in (errno.EACCES, errno.EIO, errno.ESTALE):
        refused = OSError(number, os.strerror(number))
        with monkeypatch.context() as patched:
            patched.setattr(os, "lstat", Mock(side_effect=refused))
            assert there(tmp_path / "other.ipynb"), refused


def test_a_folder_of_ones_own_is_no_course(course: Course) -> None:
    """Beside a notebook, what helps it and what was released with it is not handed in."""
    course.hand_in("nn.ipynb")
    for name in ("public/checks.py", "data/images.bin", "README.md"):
        path = course.handed_in / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert course.grade() == 0
    assert list(course.rows()) == ["nn"]


def test_a_released_folder_is_one_submission(course: Course) -> None:
    """Students hand it in whole: the notebook as it was handed out, and feedback, are no rows."""
    course.hand_in("anna/nn.ipynb")
    course.hand_in("boris/nn.ipynb")
    course.hand_in("anna/public/handed_out.ipynb", 0)
    (course.handed_in / "anna" / "assignment.toml").write_text('title = "Tiny"\n', "utf-8")
    course.grade(report=["notebook"])
    course.out.rename(course.handed_in / "results")
    course.grade()
    assert list(course.rows()) == ["anna/nn", "boris/nn"]


def test_what_is_amiss_names_the_notebook(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error that one notebook of a folder runs into says whose, and none is called graded."""
    course.hand_in("anna.ipynb")
    course.hand_in("boris.ipynb")
    assert course.grade(only="walk", jobs=2) == 2
    told = capsys.readouterr().err
    assert f"Error: {course.handed_in / 'boris.ipynb'}: tiny has no exercise 'walk'" in told
    assert "2 of 2 done" in told
    assert "boris.ipynb" in course.rows()["boris"]["note"]


def test_tables_of_points_are_told_of(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    """What waits is counted where it is written, and a table without points is called one."""
    course.hand_in("anna.ipynb")
    course.grade()
    table = course.out / "waiting.csv"
    rejudge_folder(course.out, waiting=table)
    assert f"{table}: 1 check waits for a person." in capsys.readouterr().out
    rejudge_folder(course.out, jobs=1, manual=table)
    assert f"No line of {table} has points" in capsys.readouterr().out


def test_pages_and_the_overview_follow_the_results(course: Course) -> None:
    """What the folder holds is written again, by whatever command changes a result."""
    course.hand_in("anna.ipynb")
    course.hand_in("boris.ipynb", 4)
    course.grade(report=["html", "markdown", "notebook", "overview"])
    course.give(("anna", "2"))
    for name in ("anna.html", "anna.md", "anna.feedback.ipynb", "index.html"):
        assert "7 of 11" in (course.out / name).read_text("utf-8") or name == "index.html", name
    assert ">7<" in re.sub(r"\s", "", (course.out / "index.html").read_text("utf-8"))
    course.hand_in("anna.ipynb", 1)
    late = course.hand_in("zoe.ipynb", 3)
    course.grade(course.handed_in / "anna.ipynb", late)
    assert "1 of 11" in (course.out / "anna.html").read_text("utf-8")
    page = (course.out / "index.html").read_text("utf-8")
    assert all(name in page for name in ("anna", "boris", "zoe"))
    assert './zoe.html"' not in page


def test_what_stays_old_is_told(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    """A notebook with feedback cannot be made where the notebook is gone."""
    course.hand_in("anna.ipynb").chmod(0o644)
    course.grade(report=["notebook", "html"])
    course.give(("anna", "1"))
    (course.handed_in / "anna.ipynb").unlink()
    # A result is judged from the recording, of which there is none here: it keeps its own.
    assert rejudge_folder(course.out, jobs=1) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "A report of anna stays as it was" in told
    assert "6 of 11" in (course.out / "anna.html").read_text("utf-8")


def test_a_table_of_what_waits_is_a_table(course: Course) -> None:
    """`--waiting` alone writes it and nothing else."""
    course.hand_in("anna.ipynb")
    course.grade(report=["html"])
    course.comment("Another comment.")
    files = [path for path in course.out.rglob("*") if path.is_file()]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    assert rejudge_folder(course.out, waiting=course.out.parent / "w.csv") == 0
    assert '"anna","why","sum"' in (course.out.parent / "w.csv").read_text("utf-8")
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before}
    assert after == before
    assert len([path for path in course.out.rglob("*") if path.is_file()]) == len(files)


def test_judging_again_keeps_the_level_of_the_run(course: Course) -> None:
    """Files of an exam hold no more after it, unless that is asked for."""
    course.hand_in("anna.ipynb")
    course.grade(feedback="score")
    assert course.result("anna")["exercises"][0]["checks"][0]["id"] == "hidden"
    course.give(("anna", "1"))
    assert course.result("anna")["score"] == 6
    assert course.result("anna")["exercises"][0]["checks"][0]["id"] == "hidden"
    rejudge_folder(course.out, jobs=1, feedback="everything")
    assert course.result("anna")["exercises"][0]["checks"][0]["id"] == "own"
    rejudge_folder(course.out, jobs=1)
    assert course.result("anna")["exercises"][0]["checks"][0]["id"] == "own"


def test_a_record_of_another_version_is_told(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no result, and no reason to say that all is well; its row stays."""
    course.hand_in("a/anna.ipynb")
    course.hand_in("boris.ipynb")
    course.grade()
    path = course.out / FOLDER / "a--anna.json"
    record = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**record, "of_a_later_version": 1}), "utf-8")
    assert rejudge_folder(course.out, jobs=1) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "a--anna keeps its result: its record" in told
    assert "1 judged, 1 not" in told
    assert set(course.rows()) == {"a--anna", "boris"}
    assert "cannot be read by this version" in course.rows()["a--anna"]["note"]
    assert rejudge_folder(course.out, waiting=course.out / "w.csv") == 3
    course.grade()
    assert course.scores() == {"a/anna": "5", "boris": "5"}


def test_what_is_not_lowered_stays_so(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary `grade` after a comment in a check does not undo an instructor's choice."""
    course.hand_in("anna.ipynb")
    course.hand_in("boris.ipynb", 0)
    course.grade()
    monkeypatch.setattr(jobs, "grade", _strict)
    assert rejudge_folder(course.out, jobs=1, never_lower=True) == 0
    assert course.scores() == {"anna": "5", "boris": "0"}
    for number in range(2):
        course.comment(f"Comment {number}.")
        course.grade()
        assert course.scores() == {"anna": "5", "boris": "0"}
    rejudge_folder(course.out, jobs=1)
    assert course.scores() == {"anna": "0", "boris": "0"}


def _strict(notebook: Notebook, *arguments: Any, **known: Any) -> Result:
    result = made_of(notebook, *arguments, **known)
    (exercise,) = result.exercises
    none = replace(exercise.checks[0], points=0.0)
    own = ExerciseResult.of(id="why", title="Why", checks=[none, *exercise.checks[1:]])
    return replace(result, exercises=(own,), score=own.score)


def test_a_part_does_not_take_the_place_of_a_whole(course: Course) -> None:
    """`--only` into a folder of whole results is refused unless it is forced."""
    course.hand_in("anna.ipynb")
    course.grade()
    with pytest.raises(UsageError, match="--only would replace"):
        course.grade(only="double")
    assert course.grade(only="double", force=True) == 0


def test_two_calls_do_not_write_to_one_folder(course: Course) -> None:
    """The second says that there is another."""
    course.hand_in("anna.ipynb")
    course.grade()
    with Store(course.out).alone(), pytest.raises(UsageError, match="Another call"):
        course.grade()


# ------------------------------------------------------------------ what leads out, and what hangs


def fifo(path: Path) -> None:
    """Make a pipe that nobody writes to."""
    os.mkfifo(path)


def listening(path: Path) -> None:
    """Make a socket."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.fspath(path))


def endless(path: Path) -> None:
    """Make a link to a device that never ends."""
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [fifo, listening, endless])
def test_what_is_no_file_costs_itself(course: Course, make: Callable[[Path], None]) -> None:
    """A pipe, a socket and a device are told, and nothing waits for them."""
    course.hand_in("anna.ipynb")
    make(course.handed_in / "x.ipynb")
    assert course.grade() == 2
    assert course.scores() == {"anna": "5", "x": ""}


@pytest.mark.parametrize("target", ["../secret.ipynb", "{base}/secret.ipynb", "way/secret.ipynb"])
def test_a_link_does_not_lead_out_of_the_folder(course: Course, target: str) -> None:
    """What it leads to is neither graded nor in any file that is written."""
    secret = course.handed_in.parent / "secret.ipynb"
    write(secret, ["# score 9", DOUBLE, "THE_SOLUTION = 1"])
    (course.handed_in / "way").symlink_to(course.handed_in.parent)
    (course.handed_in / "x.ipynb").symlink_to(target.format(base=course.handed_in.parent))
    course.hand_in("anna.ipynb")
    assert course.grade(report=["notebook", "html"]) == 2
    assert course.scores() == {"anna": "5", "x": ""}
    for path in course.out.rglob("*"):
        assert path.is_dir() or b"THE_SOLUTION" not in path.read_bytes()


def test_a_folder_that_becomes_a_link_leads_nowhere(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between being found and being read, everything may be exchanged."""
    write(course.handed_in.parent / "nn.ipynb", ["# score 9", DOUBLE])
    found = course.hand_in("anna/nn.ipynb")

    def exchange(*_: object) -> int:
        found.unlink()
        found.parent.rmdir()
        found.parent.symlink_to(course.handed_in.parent)
        return 1

    monkeypatch.setattr("grader.course.batch.slowness", exchange)
    assert course.grade() == 2
    assert course.scores() == {"anna/nn": ""}


def test_a_link_inside_is_followed_once_and_noted(course: Course) -> None:
    """The instructor is told that it is one, and of which."""
    course.hand_in("boris/nn.ipynb", 4)
    (course.handed_in / "anna.ipynb").symlink_to("boris/nn.ipynb")
    (course.handed_in / "carl.ipynb").symlink_to("anna.ipynb")
    assert course.grade(report=["overview"]) == 2
    assert course.scores() == {"anna": "4", "boris/nn": "4", "carl": ""}
    assert "boris/nn.ipynb" in (course.out / "index.html").read_text("utf-8")


def test_a_named_link_is_what_the_caller_means(course: Course) -> None:
    """One file that is named itself is followed wherever it leads."""
    write(course.handed_in.parent / "own.ipynb", ["# score 3", DOUBLE])
    (course.handed_in / "x.ipynb").symlink_to("../own.ipynb")
    assert course.grade(course.handed_in / "x.ipynb") == 0
    assert course.scores() == {"x": "3"}


def test_the_reference_by_another_name_is_nobody_s_work(course: Course) -> None:
    """A hard link to it is refused, a copy of it noted; so are files that are the same."""
    reference = course.assignment / "solution.ipynb"
    course.hand_in("anna.ipynb")
    (course.handed_in / "boris.ipynb").write_bytes((course.handed_in / "anna.ipynb").read_bytes())
    (course.handed_in / "copy.ipynb").write_bytes(reference.read_bytes())
    (course.handed_in / "hard.ipynb").hardlink_to(reference)
    assert course.grade(report=["overview"]) == 2
    assert "hard link" in course.rows()["hard"]["note"]
    page = (course.out / "index.html").read_text("utf-8")
    assert "byte for byte the assignment&#39;s own reference" in page
    assert page.count("byte for byte the same as that of <code>boris</code>") <= 1
    assert "byte for byte the same as that of" in page


# --------------------------------------------------------------------------- each costs itself


def test_what_cannot_be_written_costs_itself(course: Course) -> None:
    """Names of 249 bytes, no UTF-8 in them, and metadata without end, in every format, twice."""
    course.hand_in("anna.ipynb")
    course.hand_in(f"{'x' * 249}.ipynb", 4)
    course.hand_in("b.ipynb", 3).rename(course.handed_in / os.fsdecode(b"\xff.ipynb"))
    deep = course.hand_in("deep.ipynb", 2)
    nested = '{"a":' * 975 + "{}" + "}" * 975
    text = json.dumps({**json.loads(deep.read_text("utf-8")), "metadata": "deep"})
    deep.write_text(text.replace('"deep"', nested), "utf-8")
    surrogate = course.hand_in("surrogate.ipynb", 1)
    raw = surrogate.read_text("utf-8").replace("def double", "x = '\\\\ud800'\\ndef double", 1)
    surrogate.write_text(raw, "utf-8")
    every = ["html", "notebook", "junit", "markdown", "annotations", "gradescope", "overview"]
    for _ in range(2):
        course.grade(report=[*every, "anonymous"])
        scores = list(course.scores().values())
        assert len(scores) == 5
        assert {"5", "4", "3", "1"} <= set(scores)
        assert "<table" in (course.out / "index.html").read_text("utf-8")
    assert rejudge_folder(course.out, jobs=1) in (0, 3)
    assert len(course.rows()) == 5


def test_a_report_that_cannot_be_written_costs_itself(course: Course) -> None:
    """Where a folder stands in a report's place its submission is told of, and no other."""
    course.hand_in("anna.ipynb")
    course.hand_in("boris.ipynb", 4)
    course.grade()
    (course.out / "anna.html").mkdir()
    for _ in range(2):
        assert course.grade(report=["html", "markdown"]) == 2
        assert course.scores() == {"anna": "", "boris": "4"}
        assert "is a folder" in course.rows()["anna"]["note"]
        assert (course.out / "anna.md").is_file()
        assert (course.out / "boris.html").is_file()
    (course.out / "anna.html").rmdir()
    assert course.grade(report=["html"]) == 0
    assert course.scores() == {"anna": "5", "boris": "4"}


def test_what_could_not_be_written_once_is_told_of_no_more(course: Course) -> None:
    """Once it is written, calls that grade others, judge again or look find a result like any."""
    course.hand_in("anna.ipynb")
    boris = course.hand_in("boris.ipynb", 4)
    course.grade()
    (course.out / "anna.html").mkdir()
    course.grade(report=["html"])
    (course.out / "anna.html").rmdir()
    course.grade(report=["html"])
    course.grade(boris, force=True)
    assert course.scores() == {"anna": "5", "boris": "4"}
    assert rejudge_folder(course.out, jobs=1) == 0
    assert course.scores() == {"anna": "5", "boris": "4"}


# ------------------------------------------------------------------------ whose folder it is


def test_what_others_may_have_written_is_not_believed(course: Course, tmp_path: Path) -> None:
    """A folder of records that is a link, or that others may write to, is refused."""
    course.hand_in("anna.ipynb")
    course.grade()
    kept = course.out / FOLDER
    kept.chmod(0o770)
    for call in (course.grade, partial(rejudge_folder, course.out, jobs=1)):
        with pytest.raises(UsageError, match="others than its owner"):
            call()
    kept.chmod(0o700)
    kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(tmp_path / "elsewhere")
    for call in (course.grade, partial(rejudge_folder, course.out, jobs=1)):
        with pytest.raises(UsageError, match="it is a link"):
            call()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_the_records_of_another_user_are_not_believed(course: Course) -> None:
    """Whoever laid them there may say what they like in them."""
    (course.out / FOLDER).mkdir(parents=True, mode=0o700)
    os.chown(course.out / FOLDER, 60999, 60999)
    course.hand_in("anna.ipynb")
    with pytest.raises(UsageError, match="belongs to another user"):
        course.grade()
