"""A course graded in parts: they are joined to what one call writes, and nothing else.

In most of these tests nothing is run: a notebook's result is made from what it says. One grades the
tiny assignment by the command, as the jobs of a cluster do.
"""

import errno
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader.cli import grader
from grader.course import jobs, store
from grader.course.batch import grade_paths
from grader.course.parts.merging import merge
from grader.course.parts.part import Part
from grader.course.rejudging import rejudge_folder
from grader.course.store import FOLDER
from grader.errors import UsageError
from grader.results.model import Note, Result
from tests.course.test_batch import results
from tests.course.test_results_folder import Course, course, made_of
from tests.notebooks import ROOT
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

__all__ = ["course"]

NAMES = ("anna", "boris", "clara/nn", "dora", "emil", "fjodor/first", "gita", "hans")


@pytest.fixture
def handed_in(course: Course) -> Course:
    """Return a course of eight, one of whose files is broken and two of which are alike."""
    for number, name in enumerate(NAMES):
        course.hand_in(f"{name}.ipynb", number)
    (course.handed_in / "broken.ipynb").write_text("{", "utf-8")
    shutil.copy(course.handed_in / "anna.ipynb", course.handed_in / "copied.ipynb")
    return course


def in_parts(course: Course, of: int, numbers: Sequence[int] = (), **options: Any) -> None:
    """Grade parts of the course, all of them where none is named."""
    for number in numbers or range(1, of + 1):
        course.grade(shard=f"{number}/{of}", **options)


def join(course: Course, *parts: Path, out: Path | None = None, **options: Any) -> int:
    """Join parts, all that the folder of results holds where none is named."""
    wished = {"gradebook": None, "report": (), **options}
    return merge(parts or (course.out,), out=out or course.out, **wished)


def written(out: Path) -> dict[str, bytes]:
    """Return the files that a folder of results shows, by their names."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.is_file()}


def kept(out: Path) -> dict[str, Any]:
    """Return the records of a folder of results, with their keys."""
    found = {}
    for path in sorted((out / FOLDER).glob("*.json")):
        record = json.loads(path.read_text("utf-8"))
        del record["result"]["seconds"]
        for timed in record["result"]["cells"]:
            del timed["seconds"]
        found[path.stem] = record
    return found


def undated(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return files without the moments that results tell of."""
    moment = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?")
    return {name: moment.sub(b"", content) for name, content in files.items()}


NO_PARTS = ("", "3", "a/b", "1/", "/4", "-1/4", "1/4/2", "1.0/4", "0/0", "٣/٤")


@pytest.mark.parametrize("text", NO_PARTS)
def test_what_names_no_part_is_refused(text: str) -> None:
    """Also where a variable of a job was not set."""
    with pytest.raises(UsageError, match="names no part"):
        Part.named(text)


def test_parts_are_counted_from_one() -> None:
    """Who counts from 0, as Kubernetes does, is told how to add 1; so is who counts too far."""
    assert Part.named("1/4") == Part(1, 4)
    assert Part.named("04/4") == Part(4, 4)
    with pytest.raises(UsageError, match=re.escape("$((JOB_COMPLETION_INDEX + 1))/4")):
        Part.named("0/4")
    with pytest.raises(UsageError, match=r"no part 7 of 2.*SLURM_ARRAY_TASK_COUNT"):
        Part.named("7/2")


def test_each_submission_falls_to_one_part_of_about_the_same_size() -> None:
    """Of 20,000 names each falls to one of 16 parts, none of which is a tenth too large."""
    names = [f"student{number}/nn" for number in range(20_000)]
    sizes = [sum(Part(number, 16).has(name) for name in names) for number in range(1, 17)]
    assert sum(sizes) == len(names)
    assert max(sizes) < 1.1 * len(names) / 16


def test_parts_join_to_what_one_call_writes(handed_in: Course, tmp_path: Path) -> None:
    """Results, records with their keys, pages, overview and grades are the same, byte for byte."""
    in_parts(handed_in, 3, report=["html", "gradescope"])
    parts = sorted(path.name for path in handed_in.out.iterdir())
    assert parts == ["part-1-of-3", "part-2-of-3", "part-3-of-3"]
    assert join(handed_in) == 0
    whole = tmp_path / "whole"
    fixed: dict[str, Any] = {"assignment": str(handed_in.assignment), "require_sandbox": False}
    report = ["html", "gradescope"]
    assert grade_paths([handed_in.handed_in], out=whole, jobs=1, report=report, **fixed) == 2
    assert undated(written(handed_in.out)) == undated(written(whole))
    assert "index.html" in written(whole)
    assert kept(handed_in.out) == kept(whole)


def test_a_part_says_that_it_is_one(handed_in: Course, capsys: pytest.CaptureFixture[str]) -> None:
    """Its grades have a column that says so, and an overview of the whole it has not."""
    in_parts(handed_in, 3, report=["html", "anonymous"])
    for number in (1, 2, 3):
        folder = handed_in.out / f"part-{number}-of-3"
        header, *rows = (folder / "grades.csv").read_text("utf-8").splitlines()
        assert header.endswith(',"part"')
        assert rows
        assert all(row.endswith(f',"{number} of 3"') for row in rows)
        assert not list(folder.glob("index.html")) + list(folder.glob("anonymous.html"))
        assert f"Part {number} of 3: " in capsys.readouterr().err.replace("\n", " ") or number > 1
    join(handed_in)
    assert ',"part"' not in (handed_in.out / "grades.csv").read_text("utf-8")
    assert (handed_in.out / "anonymous.html").is_file()


def test_a_part_without_a_submission_is_one_all_the_same(course: Course) -> None:
    """More parts than submissions are no fault, and all of them join."""
    course.hand_in("anna.ipynb")
    in_parts(course, 5)
    assert len(list(course.out.glob("part-*-of-5/grades.csv"))) == 5
    assert join(course) == 0
    assert course.scores() == {"anna": "5"}


def test_who_hands_in_late_moves_nobody(handed_in: Course) -> None:
    """The parts have those that they had, and one of them the late one too."""
    in_parts(handed_in, 4)
    before = {path: path.read_bytes() for path in handed_in.out.glob(f"*/{FOLDER}/*.json")}
    handed_in.hand_in("late.ipynb", 3)
    in_parts(handed_in, 4)
    after = {path: path.read_bytes() for path in handed_in.out.glob(f"*/{FOLDER}/*.json")}
    assert {path: after[path] for path in before} == before
    assert [path.name for path in after.keys() - before.keys()] == ["late.json"]
    assert join(handed_in) == 0
    assert handed_in.scores()["late"] == "3"


def test_what_is_joined_is_not_graded_again(
    handed_in: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call of `grade` over the whole knows what the parts came to, by its keys."""
    in_parts(handed_in, 3)
    join(handed_in)
    capsys.readouterr()
    handed_in.grade()
    graded = len(NAMES) + 1
    assert f"{graded} of {graded + 1} were graded before" in capsys.readouterr().err


def test_joining_twice_changes_nothing(handed_in: Course) -> None:
    """Not a file is written anew, but for the grades."""
    in_parts(handed_in, 3, report=["html"])
    join(handed_in)
    before = {path: path.stat().st_ino for path in handed_in.out.glob("*.*") if path.is_file()}
    assert join(handed_in) == 0
    after = {path: path.stat().st_ino for path in before}
    del before[handed_in.out / "grades.csv"], after[handed_in.out / "grades.csv"]
    unusable = {path for path in before if before[path] != after[path]}
    assert unusable <= {handed_in.out / "index.html"}


def test_what_was_judged_again_since_stays(handed_in: Course) -> None:
    """Points by hand and mended checks of the whole are not undone by the parts of before."""
    in_parts(handed_in, 3)
    join(handed_in)
    handed_in.give(("anna", "2"))
    path = handed_in.out / FOLDER / "boris.json"
    record = json.loads(path.read_text("utf-8"))
    record["key"] = "judged again"
    (check,) = [c for c in record["result"]["exercises"][0]["checks"] if c["id"] == "own"]
    check["points"] = 8
    record["result"]["exercises"][0]["score"] = record["result"]["score"] = 8
    path.write_text(json.dumps(record), "utf-8")
    assert join(handed_in) == 0
    assert handed_in.scores()["anna"] == "2"
    assert handed_in.scores()["boris"] == "8"


def test_a_notebook_that_was_handed_in_again_takes_the_place(handed_in: Course) -> None:
    """Also in the history, where a result of the part before it stays."""
    in_parts(handed_in, 3)
    join(handed_in)
    handed_in.hand_in("boris.ipynb", 9)
    in_parts(handed_in, 3)
    join(handed_in)
    assert handed_in.scores()["boris"] == "9"
    assert [each["score"] for each in handed_in.result("boris")["history"]] == [1, 9]


def test_missing_and_unfinished_parts_are_told(
    handed_in: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is joined, says that it is incomplete, and is whole once the rest has come."""
    in_parts(handed_in, 4, [1, 3])
    assert join(handed_in) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "Parts 2, 4 of 4 are missing" in said
    assert '"incomplete"' in (handed_in.out / "grades.csv").read_text("utf-8")

    def interrupted(*_arguments: Any, **_options: Any) -> Result:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "grade", interrupted)
        in_parts(handed_in, 4, [2])
    in_parts(handed_in, 4, [4])
    assert join(handed_in) == 1
    assert "Part 2 of 4 in" in (said := " ".join(capsys.readouterr().err.split()))
    assert "is not finished" in said
    in_parts(handed_in, 4, [2])
    assert join(handed_in) == 0
    assert "incomplete" not in (handed_in.out / "grades.csv").read_text("utf-8")
    assert set(handed_in.scores()) == {*NAMES, "broken", "copied"}


def test_a_late_one_that_no_part_has_is_told(
    handed_in: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parts that found another number of submissions have perhaps not graded all."""
    in_parts(handed_in, 2, [1])
    handed_in.hand_in("late.ipynb")
    in_parts(handed_in, 2, [2])
    assert join(handed_in) == 1
    assert "found 10 submissions" in (said := " ".join(capsys.readouterr().err.split()))
    assert "and part 2 of 2 11" in said


def test_two_results_of_a_submission_are_told(
    handed_in: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The part that was named first counts; where both say the same nothing is told."""
    in_parts(handed_in, 1)
    there, again = handed_in.out / "part-1-of-1", tmp_path / "again" / "part-1-of-1"
    shutil.copytree(there, again)
    assert join(handed_in, there, again, out=tmp_path / "same") == 0
    path = again / FOLDER / "boris.json"
    path.write_text(path.read_text("utf-8").replace('"score":1.0', '"score":7.0'), "utf-8")
    path.write_text(path.read_text("utf-8").replace('"points":1.0', '"points":7.0'), "utf-8")
    assert join(handed_in, there, again, out=tmp_path / "both") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "boris has two results that differ: 1 of 11" in said
    assert "7 of 11" in said
    assert json.loads((tmp_path / "both" / "boris.json").read_text("utf-8"))["score"] == 1


def failing(*arguments: Any, **options: Any) -> Result:
    """Return a result at one of whose checks the grader itself failed."""
    result = made_of(*arguments, **options)
    (exercise,) = result.exercises
    checks = [replace(each, status="error", points=0) for each in exercise.checks]
    return Result.of(
        exercises=[exercise.with_checks(checks)],
        **{
            name: getattr(result, name)
            for name in ("submission", "assignment", "sandbox", "seconds")
        },
    )


@pytest.mark.parametrize("first", ["good", "faulty"])
def test_an_error_takes_the_place_of_no_result(
    handed_in: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Whichever comes first, in one call of merge or in two."""
    in_parts(handed_in, 1)
    good, faulty = handed_in.out / "part-1-of-1", tmp_path / "again" / "part-1-of-1"
    handed_in.out = tmp_path / "again"
    monkeypatch.setattr(jobs, "grade", failing)
    in_parts(handed_in, 1)
    order: Sequence[Path] = (good, faulty) if first == "good" else (faulty, good)
    for name, calls in {"once": [order], "twice": [order[:1], order[1:]]}.items():
        out = handed_in.out = tmp_path / name
        for parts in calls:
            assert join(handed_in, *parts, out=out) == 0
        assert handed_in.rows()["boris"]["status"] == "review"
        assert handed_in.result("boris")["score"] == 1


def test_an_error_alone_is_told_as_one_call_tells_it(
    handed_in: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row says so, and the next call grades it again."""
    monkeypatch.setattr(jobs, "grade", failing)
    in_parts(handed_in, 2)
    join(handed_in)
    joined = written(handed_in.out)
    handed_in.out = tmp_path / "whole"
    handed_in.grade()
    assert undated(joined) == undated(written(handed_in.out))
    assert handed_in.rows()["boris"]["status"] == "error"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 5}, "seed (None and 5)"),
        ({"only": "double"}, "only"),
        ({"feedback": "score"}, "how much reports tell (everything and score)"),
    ],
)
def test_parts_of_other_calls_do_not_fit(
    handed_in: Course, change: dict[str, Any], said: str
) -> None:
    """It is said in what they differ, and nothing is written."""
    in_parts(handed_in, 2, [1])
    in_parts(handed_in, 2, [2], **change)
    with pytest.raises(UsageError, match=re.escape(said)):
        join(handed_in)
    assert not (handed_in.out / "grades.csv").exists()


def test_parts_of_other_versions_do_not_fit(
    handed_in: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the assignment, of the grader, of another assignment, of another number of parts."""
    first = handed_in.out / "part-1-of-2"
    in_parts(handed_in, 2, [1])
    # What a file holds that was read before is remembered for as long as a process lives.
    (handed_in.assignment / "more.py").write_text("MORE = 1", "utf-8")
    store.digest.cache_clear()
    in_parts(handed_in, 2, [2])
    with pytest.raises(UsageError, match="the contents of the assignment tiny"):
        join(handed_in)
    with monkeypatch.context() as patched:
        patched.setattr("grader.__version__", "9.9")
        in_parts(handed_in, 2, [2])
        with pytest.raises(UsageError, match=r"the version of the grader \(.* and 9\.9\)"):
            join(handed_in)
    store.digest.cache_clear()
    handed_in.assignment = declare(tmp_path / "other")
    in_parts(handed_in, 2, [2])
    with pytest.raises(UsageError, match="assignment"):
        join(handed_in)
    handed_in.out = tmp_path / "four"
    in_parts(handed_in, 4, [1])
    with pytest.raises(UsageError, match=r"how many parts there are \(2 and 4\)"):
        join(handed_in, first, handed_in.out, out=tmp_path / "joined")


def test_parts_of_another_number_do_not_share_a_folder(handed_in: Course) -> None:
    """So it is where Slurm was asked for some of the tasks, and counts only these."""
    in_parts(handed_in, 4, [1])
    with pytest.raises(UsageError, match=r"holds parts of 4, and this is one of 2"):
        in_parts(handed_in, 2, [1])


def test_the_whole_alone_has_a_gradebook(handed_in: Course, tmp_path: Path) -> None:
    """A part is refused one, and the merge writes what one call would have written."""
    book, other = tmp_path / "course.db", tmp_path / "other.db"
    with pytest.raises(UsageError, match="--shard writes no gradebook"):
        in_parts(handed_in, 2, gradebook=book)
    in_parts(handed_in, 2)
    assert join(handed_in, gradebook=book) == 0
    handed_in.out = tmp_path / "whole"
    handed_in.grade(gradebook=other)
    assert grades(book) == grades(other)
    assert "boris" in grades(book)
    assert join(handed_in, tmp_path / "out", out=tmp_path / "out") == 0
    assert grades(book) == grades(other)


def grades(book: Path) -> str:
    """Return what a gradebook lists."""
    done = CliRunner().invoke(grader, ["gradebook", "list", str(book), "--csv", "-"])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("option", [{"json_file": "-"}, {"report": ["csv=a.csv"]}])
def test_a_part_writes_to_its_folder_alone(handed_in: Course, option: dict[str, Any]) -> None:
    """Two jobs would write over one another where a file was named."""
    with pytest.raises(UsageError, match="folder of its part"):
        in_parts(handed_in, 2, [1], **option)


def test_parts_come_from_folders_of_their_own(handed_in: Course, tmp_path: Path) -> None:
    """Each on another machine's disk, copied together, where no notebook is any more."""
    homes = []
    for number in (1, 2, 3):
        handed_in.out = tmp_path / f"machine{number}"
        in_parts(handed_in, 3, [number], report=["html"])
        homes.append(handed_in.out)
    handed_in.out = tmp_path / "whole"
    handed_in.grade(report=["html"])
    whole = written(handed_in.out)
    shutil.rmtree(handed_in.handed_in)
    assert join(handed_in, *homes, out=tmp_path / "joined") == 0
    assert undated(written(tmp_path / "joined")) == undated(whole)


def test_what_is_no_part_is_refused(handed_in: Course, tmp_path: Path) -> None:
    """A folder without parts, a whole, one that is not there, and a part to write to."""
    handed_in.grade()
    for folder in (handed_in.out, tmp_path / "none"):
        with pytest.raises(UsageError, match=r"holds no part|cannot be looked into"):
            join(handed_in, folder)
    in_parts(handed_in, 2)
    with pytest.raises(UsageError, match="is itself a part"):
        join(handed_in, out=handed_in.out / "part-1-of-2")


def test_a_file_that_went_is_in_no_part(handed_in: Course) -> None:
    """One that was renamed is there by its new name alone."""
    in_parts(handed_in, 3)
    (handed_in.handed_in / "boris.ipynb").rename(handed_in.handed_in / "boris2.ipynb")
    in_parts(handed_in, 3)
    assert join(handed_in) == 0
    assert "boris2" in handed_in.scores()
    assert "boris" not in handed_in.scores()


def test_one_late_notebook_by_itself_stays_with_the_others(handed_in: Course) -> None:
    """A later call for one file leaves what its part had."""
    in_parts(handed_in, 2)
    late = handed_in.hand_in("late.ipynb", 4)
    for number in (1, 2):
        handed_in.grade(late, shard=f"{number}/2")
    assert join(handed_in) == 0
    assert set(handed_in.scores()) == {*NAMES, "broken", "copied", "late"}


def test_rejudging_the_whole_after_merging(handed_in: Course) -> None:
    """The joined folder is a folder of results as any other."""
    in_parts(handed_in, 2, report=["html"])
    join(handed_in)
    handed_in.give(("anna", "1"))
    assert handed_in.scores()["anna"] == "1"
    assert rejudge_folder(handed_in.out, jobs=1, dry_run=True) in (0, 3)


def started(command: Sequence[object]) -> "subprocess.Popen[bytes]":
    """Start a command in a process group of its own."""
    nothing = subprocess.DEVNULL
    return subprocess.Popen(
        list(map(str, command)), cwd=ROOT, stdout=nothing, stderr=nothing, start_new_session=True
    )


def killed(command: Sequence[object], when: Callable[[], object]) -> None:
    """Run a command and kill it, and all that it started, once something is true."""
    running = started(command)
    while running.poll() is None and not when():
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def test_killed_parts_and_a_killed_merge_go_on(tmp_path: Path) -> None:
    """Parts that grade at once, are killed and called again join to what one call comes to."""
    folder, assignment = tmp_path / "in", declare(tmp_path / "tiny")
    folder.mkdir()
    for number in range(5):
        wrong = f"def triple(n):\n    return {number}"
        write(folder / f"s{number}.ipynb", [DOUBLE, wrong if number % 3 else TRIPLE, f"{number}"])
    options = ["--assignment", assignment, "--no-require-sandbox", "--jobs", 1]
    grading = [sys.executable, "-m", "grader", folder, *options, "--out"]
    out, whole = tmp_path / "out", tmp_path / "whole"
    parts = [[*grading, out, "--shard", f"{number}/2"] for number in (1, 2)]
    killed(parts[0], lambda: list(out.glob(f"part-1-of-2/{FOLDER}/s*.json")))
    assert all(each.wait() == 0 for each in [started(part) for part in parts])
    program = "from grader.cli import grader; grader()"
    merging = [sys.executable, "-c", program, "merge", out, "--out", out]
    killed(merging, lambda: list(out.glob("s*.json")))
    assert all(json.loads(path.read_bytes()) for path in out.glob("*.json"))
    assert started(merging).wait() == 0
    assert started([*grading, whole]).wait() == 0
    assert results(out) == results(whole)
    assert (out / "grades.csv").read_bytes() == (whole / "grades.csv").read_bytes()
    assert kept(out) == kept(whole)


def test_a_pipe_in_a_part_is_not_waited_for(
    handed_in: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part comes from another machine: one that says nothing is told, and so is a lost result."""
    in_parts(handed_in, 2)
    own = handed_in.out / "part-1-of-2" / FOLDER
    record = next(own.glob("*.json"))
    record.unlink()
    os.mkfifo(record)
    assert join(handed_in, out=tmp_path / "whole") == 1
    assert "is not finished: 1 of its" in " ".join(capsys.readouterr().err.split())
    (own / "part").unlink()
    os.mkfifo(own / "part")
    with pytest.raises(UsageError, match="a device, a pipe or a socket"):
        join(handed_in, out=tmp_path / "whole")


def test_a_pipe_in_the_place_of_the_lock_is_told(handed_in: Course) -> None:
    """Nobody waits for who might open it."""
    (handed_in.out / FOLDER).mkdir(mode=0o700, parents=True)
    os.mkfifo(handed_in.out / FOLDER / "lock")
    with pytest.raises(UsageError, match="lock cannot be opened"):
        handed_in.grade()


def test_a_file_system_without_locks_is_told_from_another_call(
    handed_in: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of a cluster may be, whose calls would otherwise seem to wait for one another."""

    def refused(_file: object, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(UsageError, match="keeps no locks"):
        in_parts(handed_in, 2, [1])
    monkeypatch.undo()
    folder = handed_in.out / "part-1-of-2"
    with store.Store(folder).alone(), pytest.raises(UsageError, match="Another call is writing"):
        in_parts(handed_in, 2, [1])


def test_a_report_that_cannot_be_written_anew_stays(handed_in: Course) -> None:
    """Where notebooks are gone by now, a part's former report takes the place of none."""
    in_parts(handed_in, 2, report=["html", "notebook"])
    join(handed_in)
    handed_in.give(("anna", "2"))
    before = handed_in.out / "anna.feedback.ipynb"
    told = before.read_bytes()
    points = [">2<", "of 11"]
    page = (handed_in.out / "anna.html").read_text("utf-8")
    shutil.rmtree(handed_in.handed_in)
    assert join(handed_in) == 0
    assert before.read_bytes() == told
    assert handed_in.scores()["anna"] == "2"
    assert all(each in page for each in points)
    assert all(each in (handed_in.out / "anna.html").read_text("utf-8") for each in points)


def test_two_failures_are_no_two_results(
    handed_in: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is told of what no part has a result of."""
    monkeypatch.setattr(jobs, "grade", failing)
    in_parts(handed_in, 1)
    first, handed_in.out = handed_in.out, tmp_path / "again"
    monkeypatch.setattr(
        jobs, "grade", lambda *a, **k: replace(failing(*a, **k), notes=(Note(text="n"),))
    )
    in_parts(handed_in, 1)
    assert join(handed_in, first, tmp_path / "again", out=tmp_path / "joined") == 0
