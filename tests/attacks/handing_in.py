"""Attacks by what lies in the folder of submissions, and by what it is called."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from grader.assignment.model import REFERENCE
from grader.reports.formats import COURSE_FORMATS, FORMATS
from tests.attacks.attack import Attack, Outcome
from tests.notebooks import ROOT
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

SECRET: Final = "canary_of_the_solution"
# Nobody waits for a pipe; a busy machine takes a while for the others.
SECONDS: Final = 400
# Of whom nothing may be taken: she has handed in everything that was asked.
VICTIM: Final = "anna"
FULL: Final = "5"


@dataclass(frozen=True)
class Course:
    """What grading the folder has left: the rows of the grades, and each file that was written."""

    rows: Mapping[str, str]
    files: Mapping[str, bytes]

    @property
    def leaks(self) -> bool:
        """Whether any file holds the solution."""
        return any(SECRET.encode() in content for content in self.files.values())

    @property
    def robbed(self) -> bool:
        """Whether the victim's row or one of her reports is not hers."""
        own = f'"{VICTIM}"'.encode() in self.files.get(f"{VICTIM}.json", b"")
        points = json.loads(self.files.get(f"{VICTIM}.gradescope.json", b"{}")).get("score")
        return self.rows.get(VICTIM) != FULL or not own or points != float(FULL)


@dataclass(frozen=True, kw_only=True)
class Laid(Attack):
    """An attack that `lay` puts into the folder of submissions, where the assignment is told.

    It has won where `won` says so of what came of the course.
    """

    lay: Callable[[Path, Path], object]
    won: Callable[[Course], bool]


def half(path: Path) -> None:
    """Write a notebook with half of what was asked, into a folder of its own if need be."""
    path.parent.mkdir(exist_ok=True)
    write(path, [DOUBLE])


def _deep(path: Path) -> None:
    half(path)
    document = {**json.loads(path.read_text("utf-8")), "metadata": "deep"}
    nested = '{"a":' * 975 + "{}" + "}" * 975
    path.write_text(json.dumps(document).replace('"deep"', nested), "utf-8")


def _with(path: Path, change: Callable[[str], str]) -> None:
    """Write a notebook with half of what was asked, and change its text."""
    half(path)
    path.write_text(change(path.read_text("utf-8")), "utf-8")


def _by_a_folder(folder: Path, assignment: Path) -> None:
    (folder / "way").symlink_to(assignment)
    (folder / "by_a_folder.ipynb").symlink_to(f"way/{REFERENCE}")


def earned(name: str) -> Callable[[Course], bool]:
    """Return whether the row of this name has a score, or a file the solution."""
    return lambda course: course.leaks or course.rows.get(name) != ""


def _alike(course: Course) -> list[str]:
    """Return the scores of those whose names only look like the victim's."""
    return [score for name, score in course.rows.items() if name.startswith(f"{VICTIM}~")]


def stopped(course: Course) -> bool:
    """Whether grading came to no end for the victim."""
    return course.rows.get(VICTIM) != FULL


LAID: Final = (
    Laid(
        name="link to the reference",
        must_not="the points of the instructor's solution, and a feedback notebook that holds it",
        lay=lambda folder, assignment: (folder / "link.ipynb").symlink_to(assignment / REFERENCE),
        won=earned("link"),
    ),
    Laid(
        name="link by way of a folder",
        must_not="the same, by a link to a folder inside that leads out",
        lay=_by_a_folder,
        won=earned("by_a_folder"),
    ),
    Laid(
        name="give the reference a second name",
        must_not="the same, by a hard link",
        lay=lambda folder, assignment: (folder / "hard.ipynb").hardlink_to(assignment / REFERENCE),
        won=earned("hard"),
    ),
    Laid(
        name="link to itself",
        must_not="a batch that stops at a link that leads nowhere for ever",
        lay=lambda folder, _: (folder / "loop.ipynb").symlink_to("loop.ipynb"),
        won=stopped,
    ),
    Laid(
        name="hand in a pipe",
        must_not="a grader that waits for somebody to write",
        lay=lambda folder, _: os.mkfifo(folder / "pipe.ipynb"),
        won=stopped,
    ),
    Laid(
        name="hand in a device",
        must_not="a grader that reads without end",
        lay=lambda folder, _: (folder / "device.ipynb").symlink_to("/dev/zero"),
        won=stopped,
    ),
    Laid(
        name="be called like another in a folder",
        must_not="the row and the reports of another student",
        lay=lambda folder, _: half(folder / "eve" / f"{VICTIM}.ipynb"),
        won=lambda course: course.robbed or course.rows.get(f"eve/{VICTIM}") != "2",
    ),
    Laid(
        name="be called like another but for what nobody sees",
        must_not="the points by hand of another student, by a line that looks like theirs",
        lay=lambda folder, _: half(folder / f"{VICTIM}\x07.ipynb"),
        won=lambda course: course.robbed or "2" not in _alike(course),
    ),
    Laid(
        name="be called like another's report",
        must_not="the report of another student, by a name that ends like one",
        lay=lambda folder, _: half(folder / f"{VICTIM}.gradescope.ipynb"),
        won=lambda course: course.robbed or course.rows.get(f"{VICTIM}.gradescope") != "2",
    ),
    Laid(
        name="be called by too many bytes",
        must_not="a batch that stops at a file which cannot be written",
        lay=lambda folder, _: half(folder / f"{'x' * 249}.ipynb"),
        won=stopped,
    ),
    Laid(
        name="be called by no text",
        must_not="a batch that stops at a name which is no UTF-8",
        lay=lambda folder, _: half(folder / os.fsdecode(b"\xff.ipynb")),
        won=stopped,
    ),
    Laid(
        name="nest metadata without end",
        must_not="a batch that stops at a notebook which is deeper than reports can be",
        lay=lambda folder, _: _deep(folder / "deep.ipynb"),
        won=stopped,
    ),
    Laid(
        name="write half of a character",
        must_not="a grader that fails where it writes down what was handed in",
        lay=lambda folder, _: _with(
            folder / "character.ipynb", lambda text: text.replace("def", "# \\ud800\\ndef", 1)
        ),
        won=lambda course: course.rows.get("character") != "2",
    ),
    Laid(
        name="be of an infinite version",
        must_not="a grader that fails where a library checks what was handed in",
        lay=lambda folder, _: _with(
            folder / "infinite.ipynb",
            lambda text: json.dumps({**json.loads(text), "nbformat_minor": float("inf")}),
        ),
        won=lambda course: course.rows.get("infinite") != "2",
    ),
)


@cache
def graded() -> Course:
    """Grade a folder with all of them in it, twice, and return what is there then."""
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place, "in"), Path(place, "out")
        folder.mkdir()
        assignment = declare(Path(place, "tiny"))
        write(assignment / REFERENCE, [DOUBLE, TRIPLE, f"{SECRET} = 1"])
        write(folder / f"{VICTIM}.ipynb", [DOUBLE, TRIPLE])
        for each in LAID:
            each.lay(folder, assignment)
        reports = [f"--report={name}" for name in (*FORMATS, *COURSE_FORMATS)]
        command = [sys.executable, "-m", "grader", str(folder), "--out", str(out), *reports]
        for _ in range(2):
            done = subprocess.run(
                [*command, "--assignment", str(assignment), "--no-require-sandbox"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=SECONDS,
            )
            if done.returncode not in (2, 3) or "Traceback" in done.stderr:
                raise RuntimeError(f"grading ended with {done.returncode}:\n{done.stderr}")
        with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["submission"]: row["score"] for row in csv.DictReader(file)}
        files = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        return Course(rows, files)


def outcomes() -> dict[str, Outcome]:
    """Return what came of each attack."""
    course = graded()
    return {each.slug: Outcome(each.won(course), str(dict(course.rows))) for each in LAID}
